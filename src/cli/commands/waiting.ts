/**
 * `wait`: until services are ready, or have stopped. It looks when something has happened, and never in between.
 */
import { healthOf } from "../../operations/health.ts"
import { namesInWords } from "../../operations/inWords.ts"
import { hasRun, type Node, treeOf } from "../../operations/Tree.ts"
import type { View } from "../../operations/View.ts"
import { why } from "../../operations/why.ts"
import type { Address } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { follow, type Heard } from "../following.ts"
import { complain, print } from "../output.ts"
import { withoutName } from "../shown/services.ts"
import { type Line, line } from "../shown/text.ts"
import { parseDuration } from "../shown/times.ts"
import { chosen } from "./status.ts"

export const goals = ["ready", "stopped"] as const

export type Goal = (typeof goals)[number]

/** How far it is. */
export type Progress =
  | { readonly _tag: "Reached"; readonly count: number }
  | { readonly _tag: "Missing"; readonly missing: ReadonlyArray<Node> }
  /** These do not get there by themselves. */
  | { readonly _tag: "Hopeless"; readonly failed: ReadonlyArray<Node> }

/** The services of these names and patterns, or all that somebody wants up. */
export const progressOf = (view: View, names: ReadonlyArray<string>, goal: Goal): Progress => {
  const nodes = chosen(Array.from(treeOf(view).nodes.values()), names)
  const counted = names.length > 0 || goal === "stopped"
    ? nodes
    : nodes.filter(({ spec, status }) => healthOf(status, spec?.readiness ?? "manual") !== "NotCounted")
  const missing = counted.filter((node) => !isThere(node, goal))
  const failed = goal === "ready" ? missing.filter(({ status }) => status._tag === "Failed") : []
  if (failed.length > 0) return { _tag: "Hopeless", failed }
  // Before anything is started, all that is wanted up is nothing.
  if (missing.length > 0 || counted.length === 0) return { _tag: "Missing", missing }
  return { _tag: "Reached", count: counted.length }
}

const isThere = (node: Node, goal: Goal): boolean => {
  const { spec, status } = node
  return goal === "ready"
    ? healthOf(status, spec?.readiness ?? "manual") === "Ready"
    : !hasRun(node) && status._tag !== "Backoff" && status._tag !== "Waiting"
}

export const wait = async (
  address: Address,
  { goal, names, stable, timeout }: {
    readonly names: ReadonlyArray<string>
    readonly goal: Goal
    readonly timeout: string
    readonly stable: string
  }
): Promise<ExitCode> => {
  const code = await waitFor(address, names, goal, millisOf("--timeout", timeout), millisOf("--stable", stable))
  if (code === exitCodes.done) print([line(`${names.length === 0 ? "all" : namesInWords(names)}: ${goal}`, "good")])
  return code
}

export const millisOf = (flag: string, text: string): number => {
  const millis = parseDuration(text)
  if (millis !== undefined) return millis
  throw new Failed(exitCodes.usage, `${flag}: expected a duration such as 10s, 500ms or 2m`)
}

/** Says what is missing and why, if it does not come in time. */
export const waitFor = async (
  address: Address,
  names: ReadonlyArray<string>,
  goal: Goal,
  millis: number,
  stable = 0
): Promise<ExitCode> => {
  const over = AbortSignal.timeout(Math.min(millis, 2 ** 31 - 1))
  const steady = steadily(stable)
  let latest: (() => View) | undefined
  let lost = "no governor answers"
  // Who waits for a start may come before the governor. Who waits for an end comes after its beginning.
  for await (const heard of follow(address, AbortSignal.any([over, steady.signal]), goal === "ready")) {
    if (heard._tag === "Lost") lost = heard.why
    if (heard._tag === "Back") complain(`waiting until ${wanted(names)} ${goal === "ready" ? "ready" : "over"}`)
    if (heard._tag === "Ended") return goal === "stopped" ? exitCodes.done : ended()
    latest = viewAfter(heard) ?? latest
    if (latest === undefined || (heard._tag !== "Began" && heard._tag !== "Events")) continue
    const progress = progressOf(latest(), names, goal)
    if (progress._tag === "Reached" && stable === 0) return exitCodes.done
    steady.look(progress._tag === "Reached")
    if (progress._tag === "Hopeless") return tell(latest(), progress.failed, exitCodes.notUp)
  }
  steady.look(false)
  if (steady.signal.aborted) return exitCodes.done
  if (latest === undefined) throw new Failed(exitCodes.unreachable, lost)
  const progress = progressOf(latest(), names, goal)
  return tell(latest(), progress._tag === "Missing" ? progress.missing : [], exitCodes.timedOut)
}

/** Aborts its signal when something has been so for this long, in milliseconds. */
const steadily = (millis: number): { readonly signal: AbortSignal; readonly look: (isSo: boolean) => void } => {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  return {
    signal: controller.signal,
    look: (isSo) => {
      if (isSo) timer ??= setTimeout(() => controller.abort(), millis)
      else {
        clearTimeout(timer)
        timer = undefined
      }
    }
  }
}

const wanted = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "all are" : `${namesInWords(names)} ${names.length === 1 ? "is" : "are"}`

const viewAfter = (heard: Heard): (() => View) | undefined => {
  if (heard._tag !== "Began") return undefined
  const { offset, recording } = heard.incident
  return () => recording.view(Date.now() + offset)
}

const ended = (): ExitCode => {
  print([line("the governor has shut down", "bad")])
  return exitCodes.notUp
}

/** All that are missing, and why. */
const tell = (view: View, nodes: ReadonlyArray<Node>, code: ExitCode): ExitCode =>
  inVain(code, nodes.map(({ path }) => line(`${path}: ${withoutName(path, why(view, path)?.sentence ?? "")}`)))

/** Says that the wait was in vain: the time is over, or what is missing does not come any more. */
export const inVain = (code: ExitCode, missing: ReadonlyArray<Line>): ExitCode => {
  const head = code === exitCodes.timedOut ? "the time is over; missing:" : "not to be expected any more:"
  print([line(missing.length === 0 ? "the time is over, and no service was started" : head, "bad"), ...missing])
  return code
}
