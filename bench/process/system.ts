/** What is asked of the system. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"

/** Milliseconds of the clock that all processes of this machine have in common. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** One that is dead and that nobody has reaped is not alive. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

export const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)

/** How long a process may take to end as it was asked to, in milliseconds. */
const patience = 10_000

/** Sends the signal, and returns when the process has gone. */
export const end = async (pid: number, signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
  if (!isAlive(pid)) return
  process.kill(pid, signal)
  const late = now() + patience
  while (isAlive(pid)) {
    if (now() > late) process.kill(pid, "SIGKILL")
    await delay(5)
  }
}

/** Until it is so, which it will be. */
export const until = async (isSo: () => boolean): Promise<void> => {
  const late = now() + patience
  while (!isSo()) {
    if (now() > late) throw new Error("it is not so yet")
    await delay(5)
  }
}

export const isOnPath = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)))

/** Installs packages of Debian, if this process may. Says whether it could. */
export const install = (...names: ReadonlyArray<string>): boolean => {
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) return false
  try {
    execFileSync("apt-get", ["install", "-y", "--no-install-recommends", ...names], {
      stdio: "ignore",
      timeout: 120_000
    })
    return true
  } catch {
    return false
  }
}
