import { expect, it, onTestFinished, vi } from "vitest"
import { watching } from "../../src/process/watching.ts"

const withTimers = () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

it("looks again and again at each that is watched, and not at one that is watched no more", () => {
  withTimers()
  const [first, second] = [vi.fn(), vi.fn()]
  const rest = [watching(100, first), watching(100, second)]
  vi.advanceTimersByTime(200)
  rest[0]!()
  vi.advanceTimersByTime(100)
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 3])
  rest[1]!()
  expect(vi.getTimerCount()).toBe(0)
})

it("has one timer for all that are looked at equally often", () => {
  withTimers()
  const rest = [100, 100, 100, 200].map((millis) => watching(millis, () => {}))
  expect(vi.getTimerCount()).toBe(2)
  rest.forEach((one) => one())
  expect(vi.getTimerCount()).toBe(0)
})

it("has one timer again after all were watched no more", () => {
  withTimers()
  const look = vi.fn()
  watching(100, () => {})()
  const rest = watching(100, look)
  vi.advanceTimersByTime(100)
  rest()
  expect(look).toHaveBeenCalledOnce()
})

it.each([Infinity, 1e12])("does not look at once if the time is %d", (millis) => {
  withTimers()
  const look = vi.fn()
  const rest = watching(millis, look)
  vi.advanceTimersByTime(1000)
  rest()
  expect(look).not.toHaveBeenCalled()
})
