/**
 * A plan in one sentence, and why a command does nothing. Pure.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { named, namesInWords } from "./inWords.ts"
import type { Command, Plan, Step } from "./plan.ts"
import { isUp, type Node } from "./Tree.ts"
import type { View } from "./View.ts"

/** Why the command is refused, or changes nothing. */
export const refusal = (
  { closing }: View,
  command: Exclude<Command["_tag"], "Shutdown">,
  { around, downIn, path }: Node
): string | undefined => {
  const name = named(path)
  if (closing !== undefined) return `the governor shuts down, and ${name} with it`
  if (downIn !== undefined) return `${named(downIn.path)}, around ${name}, is not up`
  for (let one = around; one !== undefined; one = one.around) {
    if (!isUp(one)) return `${named(one.path)}, around ${name}, is stopping`
  }
  return undefined
}

/** `stops worker and database, in 15 s at most; api goes on without it`. */
export const planInWords = (plan: Omit<Plan, "sentence">): string => {
  const { atMost, command, goesOn, refused, steps, unlimited } = plan
  if (refused !== undefined) return `does nothing: ${refused}`
  if (steps.length === 0) return command._tag === "Shutdown" ? "stops nothing: no service is up" : idle(command)
  const parts = [doing(steps, "drain"), doing(steps, "stop"), doing(steps, "start")].filter((part) => part !== "")
  const rest = [
    ...(atMost === undefined && unlimited.length > 0 ? [`${namesInWords(unlimited)} may take as long as needed`] : []),
    ...(goesOn.length > 0
      ? [`${namesInWords(goesOn)} ${goesOn.length === 1 ? "goes" : "go"} on ${all[command._tag]}`]
      : [])
  ]
  return [`${parts.join(", then ")}${limitInWords(atMost)}`, ...rest].join("; ")
}

const limitInWords = (atMost: number | undefined): string => {
  if (atMost === undefined) return ""
  return atMost === 0 ? ", at once" : `, in ${durationInWords(atMost)} at most`
}

/** How those go on that depend on what is hit. */
const all = { Stop: "without it", Restart: "meanwhile", Start: "meanwhile", Shutdown: "meanwhile" } as const

const idle = (command: Exclude<Command, { readonly _tag: "Shutdown" }>): string =>
  command._tag === "Stop"
    ? `stops nothing: ${named(command.service)} is not up`
    : `starts nothing: ${named(command.service)} is up, or about to be`

const verbs = { drain: "waits", stop: "stops", start: "starts" } as const

const doing = (steps: ReadonlyArray<Step>, action: Step["action"]): string => {
  const those = steps.filter((step) => step.action === action)
  if (those.length === 0) return ""
  if (action === "drain") return `waits ${durationInWords(those[0]!.atMost ?? 0)}`
  const services = those.flatMap(({ services }) => services)
  return services.length > 5
    ? `${verbs[action]} ${services.length} services in ${those.length === 1 ? "1 step" : `${those.length} steps`}`
    : `${verbs[action]} ${those.map(({ services }) => namesInWords(services)).join(", then ")}`
}
