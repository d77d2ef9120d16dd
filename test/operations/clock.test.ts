import { expect, test } from "vitest"
import { clockOf, dayOf, exactClockOf } from "../../src/operations/clock.ts"

const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 3, 9, 7).getTime()

test("a time of the day has always the same length", () => {
  expect([clockOf(at(29, 4)), exactClockOf(at(29, 4)), exactClockOf(at(29, 18))]).toEqual([
    "04:03:09",
    "04:03:09.007",
    "18:03:09.007"
  ])
})

test.each([[29, 1, ""], [28, 23, ""], [28, 1, "2026-11-28 "], [3, 4, "2026-11-03 "]])(
  "at four in the morning of the 29th, the %ith at %i o'clock is of %j",
  (day, hour, words) => expect(dayOf(at(day, hour), at(29, 4))).toBe(words)
)
