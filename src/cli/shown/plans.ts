/**
 * What a command would do. Pure.
 */
import { between, namesInWords } from "../../operations/inWords.ts"
import type { Plan } from "../../operations/plan.ts"
import { type Line, line, span } from "./text.ts"

const verbs = { drain: "wait", stop: "stop", start: "start" } as const

/** The sentence, and the steps one after the other. */
export const planLines = ({ goesOn, refused, sentence, steps, unlimited }: Plan): ReadonlyArray<Line> => [
  line(sentence, refused === undefined ? "bold" : "warn"),
  ...steps.map(({ action, atMost, services }, i): Line => [
    span(
      `  ${i + 1}. ${verbs[action]}${
        services.length > 0
          ? ` ${services.map((name) => namesInWords([name])).join(", ")}`
          : ""
      }`
    ),
    span(atMost === undefined ? "  (no limit)" : `  (${between(0, atMost)} at most)`, "dim")
  ]),
  ...(unlimited.length > 0 ? [line(`  no limit: ${namesInWords(unlimited)}`, "warn")] : []),
  ...(goesOn.length > 0 ? [line(`  go on without: ${namesInWords(goesOn)}`)] : [])
]

/** Who is hit beside those that were named. */
export const othersHit = (plans: ReadonlyArray<Plan>, named: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Set(named)
  const hit = new Set(plans.flatMap(({ steps }) => steps.flatMap(({ services }) => services)))
  return Array.from(hit).filter((name) => !known.has(name))
}
