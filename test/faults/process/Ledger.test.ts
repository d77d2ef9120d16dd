import { expect, it } from "vitest"
import { rangesOf, rowsIn } from "./Ledger.ts"

it.each([
  ["nothing", [], []],
  ["one sequence", [0, 1, 2], [[0, 2]]],
  ["one that is missing", [0, 2, 3], [[0, 0], [2, 3]]],
  ["a wrong order", [1, 0, 2], [[1, 1], [0, 0], [2, 2]]],
  ["one twice", [0, 0], [[0, 0], [0, 0]]]
])("the ranges of %s", (_, numbers, ranges) => {
  expect(rangesOf(numbers)).toEqual(ranges)
})

it("a row that was being written when its process was killed is no row", () => {
  expect(rowsIn(`{"_tag":"Began","pid":1}\n{"_tag":"Al`)).toEqual([{ _tag: "Began", pid: 1 }])
})
