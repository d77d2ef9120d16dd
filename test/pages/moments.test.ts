import { expect, test } from "vitest"
import { failureFrom, failuresIn, indexOf, momentInWords } from "../../src/page/moments.ts"
import { asked, crash } from "../operations/made.ts"

const events = [3, 4, 8].map((sequence) => crash("api", sequence))

test.each([[0, 0], [2, 0], [3, 1], [4, 2], [7, 2], [8, 3], [99, 3]])(
  "what was after event %i is what was after %i of the events that are kept",
  (sequence, index) => {
    expect(indexOf(events, sequence)).toBe(index)
    expect(indexOf([], sequence)).toBe(0)
  }
)

test("a moment says how long ago it was, and what happened", () => {
  expect(momentInWords(crash("api", 1000), 63_500)).toMatch(
    /^\d\d:\d\d:\d\d\.000 \(1 min 2 s ago\) api: run 1 crashed: Error: no connection$/
  )
  expect(momentInWords(undefined, 0)).toBe("before the oldest event that is kept")
})

test("the failures before and after a moment are found, and not the one that is shown", () => {
  const events = [asked("api", "stop"), crash("api", 2), asked("api", "stop"), crash("api", 4)]
  const found = [0, 1, 2, 3, 4].map((index) => [failureFrom(events, index, -1), failureFrom(events, index, 1)])
  expect(found).toEqual([[undefined, 2], [undefined, 2], [undefined, 4], [2, 4], [2, undefined]])
})

test("each failure is counted in its part of the events", () => {
  const events = Array.from({ length: 10 }, (_, i) => i % 4 === 0 ? crash("api", i) : asked("api", "stop"))
  expect(failuresIn(events, 5)).toEqual([1, 0, 1, 0, 1])
  expect(failuresIn(events, 1)).toEqual([3])
  expect(failuresIn([], 3)).toEqual([0, 0, 0])
})
