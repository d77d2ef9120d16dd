/**
 * What is wrong, and why. Pure. The sentences are those of the governor.
 */
import { inLine, named, namesInWords } from "../../operations/inWords.ts"
import type { Problem, Why } from "../../operations/why.ts"
import { withoutName } from "./services.ts"
import { type Line, line, padded, span, widthOf } from "./text.ts"
import { age, clock } from "./times.ts"

/** What is wrong in all: what, since when, why, what is next, and who else suffers. */
export const problemLines = (
  news: string,
  problems: ReadonlyArray<Problem>,
  now: number,
  more = "effect-governor why"
): ReadonlyArray<Line> => {
  if (problems.length === 0) return [line(news, "good")]
  return [line(news, "bold"), ...problems.flatMap((problem) => [[], ...problemIn(problem, now, more)])]
}

const problemIn = (problem: Problem, now: number, more: string): ReadonlyArray<Line> => [
  sinceWhen(problem, now),
  line(`  why: ${withoutName(problem.root, problem.sentence)}`),
  ...affected(problem),
  line(`  more: ${more} ${quoted(problem.root)}`, "dim")
]

const sinceWhen = ({ root, since }: Problem, now: number): Line => [
  span(named(root), "bad"),
  span(` is not well since ${clock(since, now)}, for ${age(now - since)}`)
]

const affected = ({ affects }: Problem): ReadonlyArray<Line> =>
  affects.length > 0
    ? [line(`  so ${affects.length === 1 ? "this is" : "these are"} not well either: ${namesInWords(affects)}`)]
    : []

/** As a shell takes it. */
export const quoted = (name: string): string =>
  /^[\w./:@-]+$/.test(name) ? name : `'${inLine(name).replaceAll("'", "'\\''")}'`

/** From what is seen of one service to what that comes from, and the error behind it. `problem`: what comes from the service. */
export const whyLines = (why: Why, now: number, problem?: Problem): ReadonlyArray<Line> => {
  const { chain, isWell, leftOut, roots } = why
  const width = Math.max(...chain.map(({ name }) => widthOf(named(name))))
  const isRoot = new Set(roots)
  const links = chain.map(({ name, sentence, since, state }, i): Line => [
    span(i === 0 ? "  " : "← "),
    span(padded(named(name), width), isRoot.has(name) && !isWell ? "bad" : undefined),
    span(`  ${state.padEnd(8)}  since ${clock(since, now)} (${age(now - since)})  `),
    span(withoutName(name, sentence))
  ])
  return [
    line(why.sentence, isWell ? "good" : "bold"),
    [],
    ...links,
    ...(problem === undefined ? [] : [[], sinceWhen(problem, now), ...affected(problem)]),
    ...(leftOut > 0 ? [line(`  and ${leftOut} more`, "dim")] : []),
    ...(isWell || roots.includes(why.name) ? [] : [[], line(`root: ${namesInWords(roots)}`)]),
    ...stackOf(why)
  ]
}

/** How many lines of a stack a reader takes in. */
const most = 8

const stackOf = ({ chain, roots }: Why): ReadonlyArray<Line> => {
  const because = chain.find(({ name }) => name === roots[0])?.because
  if (because === undefined) return []
  const cause = "cause" in because ? because.cause : "lastCrash" in because ? because.lastCrash?.cause : undefined
  const origin = "origin" in because ? because.origin?.cause : undefined
  const stack = (origin ?? cause)?.stack
  if (stack === undefined || stack === "") return []
  const lines = stack.split("\n")
  return [[], ...lines.slice(0, most).map((text) => line(`  ${inLine(text, 300)}`, "dim"))]
}
