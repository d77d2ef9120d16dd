/**
 * The parts of a process that governors need: signals, timers, an exit code. Either the real process, or a simulated
 * one in a test.
 */
import type { AsyncLocalStorage } from "node:async_hooks"
import type { Enter } from "../ServiceRun.ts"

type Run = Parameters<Enter>[0]

/** The part of a process that decides when and how it ends. */
export interface System {
  readonly on: (event: string, listener: (what: never) => void) => void
  readonly off: (event: string, listener: (what: never) => void) => void
  /** The exit code, once one was set. */
  exitCode: number | string | null | undefined
  /** Ends the process at once, whatever still runs. */
  readonly exit: (code?: number) => void
  /** Monotonic time, in milliseconds. */
  readonly now: () => number
  /** Runs a task after some time, if the process is still up. Waiting for the task does not keep the process up. */
  readonly later: (millis: number, task: () => void) => void
  /** Runs a task in the next turn of the event loop. Waiting for the task does not keep the process up. */
  readonly soon: (task: () => void) => void
  /** Sets whether the process survives when the reader of its output is gone. */
  readonly outliveReaders: (does: boolean) => void
  /** Keeps the process up until the returned function is called. A promise or a signal listener does not keep it up. */
  readonly hold: () => () => void
  /** Sets whether the channel to the parent process, if there is one, keeps the process up. */
  readonly holdChannel: (does: boolean) => void
  /** Begins a run. `entered` tells of it in all that follows from the run: in its promises, its timers, its callbacks. */
  readonly enter: Enter
  /** The run that the present work follows from, if it was entered. */
  readonly entered: () => Run | undefined
  /** The kinds of resources that keep the process up, including resources of the user. */
  readonly holders: () => ReadonlyArray<string>
  /** Replaces what is in a file, at once. A file that is not there is not made, and no error is thrown. */
  readonly overwrite: (path: string, bytes: Uint8Array) => void
}

/** In milliseconds. A timer of more than that would fire at once. */
const longest = 2 ** 31 - 1

/** Follows work from callback to callback. Made at the first run that is entered: nobody else pays for it. */
let entered: AsyncLocalStorage<Run> | undefined

const makeEntered = (): typeof entered => {
  const hooks = process.getBuiltinModule?.("node:async_hooks")
  return hooks && new hooks.AsyncLocalStorage()
}

/** The real process. */
export const real: System = {
  on: (event, listener) => void process.on(event, listener as (what: unknown) => void),
  off: (event, listener) => void process.off(event, listener as (what: unknown) => void),
  get exitCode() {
    return process.exitCode
  },
  set exitCode(code) {
    process.exitCode = code
  },
  // An undefined argument would replace the exit code that is set.
  exit: (code) => code === undefined ? process.exit() : process.exit(code),
  now: () => performance.now(),
  later: (millis, task) => {
    if (millis <= longest) setTimeout(task, millis).unref()
    else setTimeout(() => real.later(millis - longest, task), longest).unref()
  },
  soon: (task) => void setImmediate(task).unref(),
  outliveReaders: (does) => {
    for (const output of [process.stdout, process.stderr]) {
      output.off("error", onOutputError)
      if (does) output.on("error", onOutputError)
    }
  },
  hold: () => {
    const timer = setInterval(() => {}, longest)
    return () => clearInterval(timer)
  },
  holdChannel: (does) => {
    if (does) process.channel?.ref()
    else process.channel?.unref()
  },
  enter: (run, begin) => {
    entered ??= makeEntered()
    return entered === undefined ? begin() : entered.run(run, begin)
  },
  entered: () => entered?.getStore(),
  holders: () => process.getActiveResourcesInfo(),
  overwrite: (path, bytes) => {
    const files = process.getBuiltinModule?.("node:fs")
    if (files === undefined) return
    const { O_NONBLOCK, O_TRUNC, O_WRONLY } = files.constants // a pipe without a reader would block the process
    try {
      const file = files.openSync(path, O_WRONLY | O_TRUNC | O_NONBLOCK)
      try {
        files.writeSync(file, bytes)
      } finally {
        files.closeSync(file)
      }
    } catch {
      // The process is about to leave: nobody could do anything about it.
    }
  }
}

/**
 * Ignores errors of a closed output. The reader of the log, such as `tee`, may end before this process on Ctrl-C. That
 * must not end the process before its services have stopped.
 */
function onOutputError(this: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EIO") return
  if (this.listenerCount("error") === 1) throw error // as Node does if nobody listens
}
