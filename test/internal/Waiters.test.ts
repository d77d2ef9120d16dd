import { expect, it } from "vitest"
import { Waiters } from "../../src/internal/telling/Waiters.ts"

it("those whose wait is over are called once, in the order in which they came; who took it back is not", () => {
  const waiters = new Waiters<number>()
  const called: Array<string> = []
  waiters.add((n) => n > 1, () => called.push("a"))
  const takeBack = waiters.add((n) => n > 1, () => called.push("b"))
  waiters.add((n) => n > 2, () => called.push("c"))
  waiters.add((n) => n > 1, () => called.push("d"))
  expect(waiters.take(1)).toBeUndefined()
  takeBack()
  waiters.take(2)?.()
  expect(called).toEqual(["a", "d"])
  waiters.take(3)?.()
  expect(called).toEqual(["a", "d", "c"])
  expect(waiters.take(3)).toBeUndefined()
})
