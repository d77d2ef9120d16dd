import { expect, test } from "vitest"
import { noWish } from "../../src/page/address.ts"
import { moved } from "../../src/page/keys.ts"
import { rowsOf } from "../../src/page/rows.ts"
import { madeView, running } from "../operations/made.ts"

const names = ["a", "b", "b/c", "b/d", "e"]
const view = madeView(Object.fromEntries(names.map((name) => [name, { status: running }])))
const open = rowsOf(view, noWish, new Set())
const closed = rowsOf(view, noWish, new Set(["b"]))

const focus = (index: number) => ({ _tag: "Focus", index })

test.each<readonly [string, number, object | undefined]>([
  ["ArrowDown", -1, focus(0)],
  ["ArrowDown", 0, focus(1)],
  ["ArrowDown", 4, focus(4)],
  ["ArrowUp", 0, focus(0)],
  ["ArrowUp", 3, focus(2)],
  ["PageDown", 1, focus(4)],
  ["PageUp", 4, focus(1)],
  ["Home", 3, focus(0)],
  ["End", 0, focus(4)],
  ["ArrowRight", 1, focus(2)],
  ["ArrowRight", 0, undefined],
  ["ArrowLeft", 1, { _tag: "Fold", path: "b", isFolded: true }],
  ["ArrowLeft", 3, focus(1)],
  ["ArrowLeft", 4, undefined],
  ["Enter", 2, { _tag: "Select", path: "b/c" }],
  [" ", -1, { _tag: "Select", path: "a" }],
  ["x", 0, undefined]
])("%s on row %i moves as a treegrid does", (key, from, move) => {
  expect(moved(key, from, open, 3)).toEqual(move)
})

test("a folded row is unfolded first, and an empty table has no keys", () => {
  expect(moved("ArrowRight", 1, closed, 3)).toEqual({ _tag: "Fold", path: "b", isFolded: false })
  expect(moved("ArrowLeft", 1, closed, 3)).toBeUndefined()
  expect(moved("ArrowDown", -1, [], 3)).toBeUndefined()
})
