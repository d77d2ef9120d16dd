/**
 * What the process does at a signal, and how it leaves when nothing is active any more. Pure: time and facts are
 * arguments.
 */
import type { ShutdownReason } from "../ShutdownReport.ts"

/** In milliseconds. How long something may keep the process up before the log names it. */
export const grace = 1000

/**
 * What a signal does that came first at `first`, if it came before. Sooner than `again`, it is an echo: a terminal and
 * a process manager send the same signal, or send it twice.
 */
export const atSignal = (first: number | undefined, now: number, again: number): "Shutdown" | "Ignore" | "Exit" => {
  if (first === undefined) return "Shutdown"
  return now - first < again ? "Ignore" : "Exit"
}

/**
 * Whether the abandoned runs of a governor may end the process: a signal, an uncaught error or its own services ended
 * the governor. After a shutdown by hand the program goes on, and a run that hangs is its own business.
 *
 * `atEnd` is the reason of the shutdown at the moment when no service was active any more, if there was a shutdown.
 * `later` is the reason now: a scope that closes around services that are over makes no shutdown by hand of their end.
 */
export const endsProcess = (atEnd: ShutdownReason | undefined, later: ShutdownReason | undefined): boolean =>
  !isByHand(later) && !isByHand(atEnd) && atEnd?._tag !== "ScopeClosed"

const isByHand = (reason: ShutdownReason | undefined): boolean =>
  reason?._tag === "Requested" || reason?._tag === "Aborted"

/** The process, one grace after nothing was active any more. Something keeps it up. */
export interface Remains {
  /** Whether abandoned runs may end the process, and have not settled. */
  readonly isAbandoned: boolean
  /** Whether an error was not caught, or a program of `runMain` has ended with an exit code other than 0. */
  readonly hasFailed: boolean
  /** When the first signal came, if one came, and how long the shutdown may take from then on. */
  readonly asked: number | undefined
  readonly limit: number
  readonly now: number
}

/** In how many milliseconds the process has to exit. Undefined: nobody has asked it to leave. */
export const exitsIn = ({ asked, hasFailed, isAbandoned, limit, now }: Remains): number | undefined => {
  if (isAbandoned || hasFailed) return 0
  return asked === undefined ? undefined : Math.max(0, asked + limit - now)
}

/** The outputs of a process are among its resources, and do not keep it up. */
const outputs = new Set(["TTYWrap", "PipeWrap"])

/** Says what keeps the process up. `kinds` is what Node lists: no thread, and of the pipes only their kind. */
const holdersOf = (kinds: ReadonlyArray<string>): string => {
  const named = new Set(kinds.filter((kind) => !outputs.has(kind)))
  return named.size > 0
    ? `these resources keep the process up: ${Array.from(named).join(", ")}`
    : "something that Node does not list keeps the process up: " +
      "a worker thread, a pipe, a Unix socket, standard input or the channel to the parent process"
}

/** Says what keeps the process up, and in how many milliseconds the process exits all the same. */
export const heldLine = (kinds: ReadonlyArray<string>, millis: number, code: number | string): string => {
  const held = `shut down, but ${holdersOf(kinds)}`
  if (millis === Infinity) return held
  return millis === 0 ? `${held}; exiting with code ${code}` : `${held}; exiting in ${seconds(millis)}`
}

/** Says what keeps the process up after a program that nobody has asked to end. */
export const stayingLine = (kinds: ReadonlyArray<string>): string => `the program has ended, but ${holdersOf(kinds)}`

const seconds = (millis: number): string => `${Math.ceil(millis / 1000)} s`
