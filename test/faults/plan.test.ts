import { describe, expect, it } from "vitest"
import { expected, type Facts, kinds, type Plan, planFrom } from "./plan.ts"
import { randomFrom } from "./random.ts"
import { wrongWith } from "./round.ts"

const plan = (of: Partial<Plan>): Plan => ({
  ...planFrom(randomFrom(1), of.kind ?? "a signal"),
  signal: "SIGTERM",
  mark: "up",
  ...of
})

const facts: Facts = { within: 500, listened: true, threw: false, fell: false }

/** In short: `"143 torn"`. */
const outcomes = (of: Partial<Plan>, known: Partial<Facts> = {}): ReadonlyArray<string> =>
  expected(plan(of), { ...facts, ...known }).map(({ exit, whole }) => `${exit} ${whole ? "whole" : "torn"}`)

describe("what must come of it", () => {
  it.each<[Plan["kind"], Partial<Facts>, ReadonlyArray<string>]>([
    ["a signal", {}, ["0 whole"]],
    ["a signal before it listens", {}, ["0 whole"]],
    ["a signal before it listens", { listened: false }, ["SIGTERM whole", "0 whole"]],
    ["both signals at once", {}, ["0 whole", "SIGINT whole"]],
    ["the other signal while it stops", {}, ["0 whole"]],
    ["an echo", {}, ["0 whole"]],
    ["an echo", { within: 1000 }, ["0 whole", "143 torn"]],
    ["the same signal a second later", {}, ["143 torn"]],
    ["SIGKILL", {}, ["SIGKILL torn"]],
    ["SIGKILL while it stops", {}, ["SIGKILL torn", "0 whole"]],
    ["a hung service", {}, ["1 whole"]],
    ["a blocked event loop", {}, ["0 whole"]],
    ["closed outputs", {}, ["0 whole"]],
    ["a failure for good", {}, ["1 whole"]],
    ["a failure for good and a signal", {}, ["0 whole"]],
    ["a failure for good and a signal", { fell: true }, ["1 whole", "SIGTERM whole", "0 whole"]],
    ["a run that was given up and is back", {}, ["0 whole"]],
    ["a signal of its own choice", {}, ["0 whole"]],
    ["a signal that it does not catch", {}, ["SIGTERM torn"]],
    ["the same signal soon enough", {}, ["143 torn"]],
    ["the same signal, and never enough", {}, ["0 whole"]],
    ["an uncaught error", { threw: true }, ["1 whole"]],
    ["an uncaught error and a signal", {}, ["0 whole"]],
    ["an uncaught error and a signal", { threw: true }, ["1 whole", "SIGTERM whole"]]
  ])("of %s, when %j", (kind, known, due) => {
    expect(outcomes({ kind }, known)).toEqual(due)
  })

  it("of SIGINT, a second time", () => {
    expect(outcomes({ kind: "the same signal a second later", signal: "SIGINT" })).toEqual(["130 torn"])
  })

  it("is drawn for each kind", () => {
    const random = randomFrom(1)
    for (const kind of kinds) expect(expected(planFrom(random, kind), facts).length).toBeGreaterThan(0)
  })
})

describe("what came of it is held against that:", () => {
  const log = "12:00:00.000 info shutting down: received SIGTERM\n12:00:00.010 info shut down in 10 ms\n"
  const written = "begin store 1\nend store 1\n"
  it.each([
    ["as promised", { exit: 0, log, written }, []],
    ["the exit code", { exit: 1, log, written }, ["it ended with 1, and not with 0"]],
    ["a cleanup", { exit: 0, log, written: "begin store 1\n" }, [`"store" has not ended`]],
    [
      "the last line",
      { exit: 0, log: "12:00:00.000 info up\n", written },
      [`its last line is "12:00:00.000 info up", and not /shut down in [^,]*$/`]
    ]
  ])("%s", (_, end, problems) => {
    expect(wrongWith(plan({ kind: "a signal" }), facts, end)).toEqual(problems)
  })
})
