/**
 * What has signals, timers and an exit code: the process this runs in, or one that a test plays.
 */

/** The part of a process that decides when it ends, and how. */
export interface System {
  readonly on: (event: string, listener: (what: never) => void) => void
  readonly off: (event: string, listener: (what: never) => void) => void
  /** The code it ends with, once anything said so. */
  exitCode: number | string | null | undefined
  /** Ends it at once, whatever runs. */
  readonly exit: (code?: number) => void
  /** Monotonic time, in milliseconds. */
  readonly now: () => number
  /** Does something later, if the process is still there: to wait for this does not hold it. */
  readonly later: (millis: number, task: () => void) => void
  /** Does something in the next turn of the event loop, in the same way. */
  readonly soon: (task: () => void) => void
  /** Whether it goes on when nobody reads any more what it writes. */
  readonly outliveReaders: (does: boolean) => void
  /** Keeps it up until the returned function is called: neither a promise nor a signal listener does. */
  readonly hold: () => () => void
  /** What holds it, whosever it is. */
  readonly holders: () => ReadonlyArray<string>
}

/** The process this runs in. */
export const real: System = {
  on: (event, listener) => void process.on(event, listener as (what: unknown) => void),
  off: (event, listener) => void process.off(event, listener as (what: unknown) => void),
  get exitCode() {
    return process.exitCode
  },
  set exitCode(code) {
    process.exitCode = code
  },
  exit: (code) => code === undefined ? process.exit() : process.exit(code), // undefined would replace its own
  now: () => performance.now(),
  later: (millis, task) => void setTimeout(task, millis).unref(),
  soon: (task) => void setImmediate(task).unref(),
  outliveReaders: (does) => {
    for (const output of [process.stdout, process.stderr]) {
      output.off("error", onOutputError)
      if (does) output.on("error", onOutputError)
    }
  },
  hold: () => {
    const timer = setInterval(() => {}, 2 ** 31 - 1)
    return () => clearInterval(timer)
  },
  holders: () => process.getActiveResourcesInfo()
}

/** Who reads the log may go before us, as `tee` does at Ctrl-C. That must not end the process past every stop. */
function onOutputError(this: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EIO") return
  if (this.listenerCount("error") === 1) throw error // as it is where nobody listens
}
