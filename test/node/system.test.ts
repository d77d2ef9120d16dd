import { expect, it, onTestFinished, vi } from "vitest"
import { real } from "../../src/node/system.ts"

it("outlives who reads its outputs; any other error of them ends it as it would without, unless somebody else hears of it", () => {
  const heard: Array<Error> = []
  const hear = (error: Error) => void heard.push(error)
  const fail = (code: string) => process.stderr.emit("error", Object.assign(new Error(code), { code }))
  onTestFinished(() => void process.stderr.off("error", hear))
  onTestFinished(() => real.outliveReaders(false))
  expect(() => fail("EPIPE")).toThrow("EPIPE")
  real.outliveReaders(true)
  fail("EPIPE")
  fail("EIO")
  expect(() => fail("ENOSPC")).toThrow("ENOSPC")
  process.stderr.on("error", hear)
  fail("ENOSPC")
  expect(heard.map(({ message }) => message)).toEqual(["ENOSPC"])
  process.stderr.off("error", hear)
  real.outliveReaders(false)
  expect(() => fail("EPIPE")).toThrow("EPIPE")
})

it("runs a task later, also after a time that is longer than a timer", () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const task = vi.fn<() => void>()
  real.later(2 ** 32, task)
  vi.advanceTimersByTime(2 ** 32 - 1)
  expect(task).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(task).toHaveBeenCalledOnce()
})
