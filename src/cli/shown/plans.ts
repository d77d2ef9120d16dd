/**
 * What a command would do. Pure.
 */
import { between, named } from "../../operations/inWords.ts"
import type { Plan } from "../../operations/plan.ts"
import { type Line, line, span } from "./text.ts"

const verbs = { drain: "wait", stop: "stop", start: "start" } as const

/** The sentence, and the steps one after the other. */
export const planLines = ({ atMost, goesOn, refused, sentence, steps, unlimited }: Plan): ReadonlyArray<Line> => [
  line(sentence, refused === undefined ? "bold" : "warn"),
  ...steps.map(({ action, atMost, services }, i): Line => [
    span(
      `  ${i + 1}. ${verbs[action]}${
        services.length > 0
          ? ` ${listed(services)}`
          : ""
      }`
    ),
    span(atMost === undefined ? "  (no limit)" : `  (${between(0, atMost)} at most)`, "dim")
  ]),
  ...(atMost === undefined && unlimited.length > 0 ? [line(`  no limit: ${listed(unlimited)}`, "warn")] : []),
  ...(goesOn.length > 0 ? [line(`  ${goesOn.length === 1 ? "goes" : "go"} on: ${listed(goesOn)}`)] : [])
]

/** All of them: who asks for a plan wants to know. */
const listed = (names: ReadonlyArray<string>): string => names.map(named).join(", ")

/** Who is hit beside those that were named. */
export const othersHit = (plans: ReadonlyArray<Plan>, wanted: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Set(wanted)
  const hit = new Set(plans.flatMap(({ steps }) => steps.flatMap(({ services }) => services)))
  return Array.from(hit).filter((name) => !known.has(name))
}
