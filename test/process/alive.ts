/** What the system knows of a process. */
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { expect, vi } from "vitest"

/** One that is dead and that nobody has reaped is not alive. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

/** The number in this file, when it is there. */
export const pidIn = (file: string): Promise<number> =>
  vi.waitFor(async () => {
    const pid = Number(await readFile(file, "utf8"))
    expect(pid).toBeGreaterThan(0)
    return pid
  }, { timeout: 10_000, interval: 10 })
