/** What the system knows of processes. */
import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, vi } from "vitest"

/** One that is dead and that nobody has reaped is not alive. */
export const isAlive = (pid: number): boolean => /^[^ZX]$/.test(stateOf(pid))

export const isSuspended = (pid: number): boolean => stateOf(pid) === "T"

/** The state of a process as one letter; empty if it is gone. */
const stateOf = (pid: number): string => {
  try {
    return /^\d+ \(.*\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))![1]!
  } catch {
    return ""
  }
}

/** The number in this file, when it is there. */
export const pidIn = (file: string): Promise<number> =>
  vi.waitFor(async () => {
    const pid = Number(await readFile(file, "utf8"))
    expect(pid).toBeGreaterThan(0)
    return pid
  }, { timeout: 10_000, interval: 10 })

/** The children of a process. */
export const childrenOf = (pid: number): ReadonlyArray<number> =>
  readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === pid).map(Number)

/** The children of a process, and theirs. */
export const descendantsOf = (pid: number): ReadonlyArray<number> => {
  const children = childrenOf(pid)
  return children.concat(children.flatMap(descendantsOf))
}

const parentOf = (pid: string): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ")[1])
  } catch {
    return NaN // it is gone
  }
}

/** The shell that waits for the end of the process of a governor. */
export const shellOf = (pid: number): number | undefined =>
  childrenOf(pid).find((child) => commandOf(child).includes("read -r what who"))

/** What the process runs, with its arguments. */
export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1")
  } catch {
    return "" // it is gone
  }
}

/** These processes do not outlive the test. */
export const killAtEnd = (pids: ReadonlyArray<number>): void =>
  onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, "SIGKILL")))

/** Waits until all of these processes are gone. */
export const gone = async (pids: ReadonlyArray<number>): Promise<void> => {
  killAtEnd(pids)
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 10 })
}

/** A folder that is removed with the test. */
export const freshFolder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "governor-process-"))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}
