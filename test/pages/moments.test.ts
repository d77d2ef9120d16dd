import { expect, test } from "vitest"
import { indexOf, momentInWords } from "../../src/page/moments.ts"
import { crash } from "../operations/made.ts"

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
