import { describe, expect, it } from "vitest"
import { mayBeUnwell, mayBeWell, type Result, resultOf, type Timing } from "./probes.ts"

const timing: Timing = { every: 10, timeout: 50, failures: 2, successes: 2 }

/** Results in short: `"++-?"`. */
const results = (short: string): ReadonlyArray<Result> =>
  Array.from(short, (sign) => sign === "+" ? "passed" : sign === "-" ? "failed" : "late")

describe("what the checks of a probe say", () => {
  it.each<[hasPassed: boolean, millis: number, Result]>([
    [true, 0, "passed"],
    [true, 48, "passed"],
    [true, 49, "late"],
    [false, 48, "failed"],
    [false, 60, "late"]
  ])("one that passes: %j, after %d ms", (hasPassed, millis, result) => {
    expect(resultOf(hasPassed, millis, timing)).toBe(result)
  })

  it.each<[short: string, well: boolean, unwell: boolean]>([
    ["", false, false],
    ["+", false, false],
    ["++", true, false],
    ["+-+", false, false],
    ["++-", true, false],
    ["++--", false, true],
    ["++-+-", true, false],
    ["++--+", false, false],
    ["++--++", true, false],
    ["-", false, false],
    ["--", false, true],
    ["+?", true, true],
    ["?", false, true],
    ["++?", true, true],
    ["++?-", true, true],
    ["++?--", false, true],
    ["++?+", true, false]
  ])("after %s", (short, well, unwell) => {
    expect([mayBeWell(results(short), timing), mayBeUnwell(results(short), timing)]).toEqual([well, unwell])
  })
})
