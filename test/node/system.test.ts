import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
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

it("replaces what is in a file, makes no file, and does not wait for the reader of a pipe", () => {
  const folder = mkdtempSync(join(tmpdir(), "effect-governor-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [file, none, pipe] = [join(folder, "file"), join(folder, "none"), join(folder, "pipe")]
  writeFileSync(file, "what was there before")
  execFileSync("mkfifo", [pipe])
  for (const path of [file, none, pipe, folder]) real.overwrite(path, new TextEncoder().encode("new"))
  expect(readFileSync(file, "utf8")).toBe("new")
  expect(existsSync(none)).toBe(false)
})
