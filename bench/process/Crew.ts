/**
 * The processes that the supervisors keep up: shells that write their process id into a pipe, and become `sleep`. They start as
 * quickly as a process can, so that the start of the supervisor's next process is measured, and not what the process does.
 */
import { execFileSync } from "node:child_process"
import { constants, openSync, writeFileSync } from "node:fs"
import { Socket } from "node:net"
import { join } from "node:path"
import { end, now } from "./system.ts"

/** A process that has begun, and when this process has heard of that, in milliseconds. */
export interface Begun {
  readonly pid: number
  readonly at: number
}

/**
 * - `folder`: of the supervisor, for all that it needs
 * - `program`: what it shall run
 * - `next`: the next process that begins; each is given once
 * - `close`: ends each process that has begun, whatever the supervisor has left
 */
export interface Crew {
  readonly folder: string
  readonly program: string
  readonly count: number
  readonly next: () => Promise<Begun>
  readonly close: () => Promise<void>
}

/** The numbers of whole lines. */
export const numbersIn = (text: string): ReadonlyArray<number> =>
  text.split("\n").filter((line) => /^\d+$/.test(line)).map(Number)

/** How long a process may take to begin, in milliseconds. */
const patience = 30_000

export const makeCrew = (folder: string, count: number): Crew => {
  const [pipe, program] = [join(folder, "pipe"), join(folder, "child")]
  execFileSync("mkfifo", [pipe])
  writeFileSync(program, `#!/bin/sh\necho "$$" > "${pipe}"\nexec sleep 1000\n`, { mode: 0o755 })
  const input = new Socket({
    fd: openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false
  })
  const pids = new Set<number>()
  const begun: Array<Begun> = []
  const waiting: Array<(begun: Begun) => void> = []
  input.on("data", (bytes) => { // each line is written at once
    const at = now()
    for (const pid of numbersIn(bytes.toString())) {
      pids.add(pid)
      const call = waiting.shift()
      if (call === undefined) begun.push({ pid, at })
      else call({ pid, at })
    }
  })
  const next = async () =>
    begun.shift() ?? new Promise<Begun>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no process has begun for ${patience} ms`)), patience)
      waiting.push((one) => {
        clearTimeout(late)
        resolve(one)
      })
    })
  const close = async () => {
    input.destroy()
    for (const pid of pids) await end(pid, "SIGKILL")
  }
  return { folder, program, count, next, close }
}
