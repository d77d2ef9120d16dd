/**
 * The numbers of a governor, and the time limits of a manager around it that follow from them. Pure.
 */

/** Lengths of time are milliseconds. One that is missing has no limit, or is not known. */
export interface Numbers {
  readonly name: string
  /** How long it takes at most until all services are ready. */
  readonly longestStart?: number
  /** How long the stops of all services take at most, one after the other where they depend on each other. */
  readonly longestStop?: number
  /** How long a shutdown may take, with the time before the first stop. */
  readonly shutdownTimeout?: number
  /** How long a shutdown waits before its first stop. */
  readonly drainDelay?: number
  /** The longest time without a heartbeat that a service is given. */
  readonly heartbeat?: number
  /** Where the probes ask. */
  readonly port: number
}

/** What the manager waits beyond the governor, so that the governor is the one who gives up, and says whom. */
const slack = 5000

/** How long a process takes before its first service begins: a cold container has to load everything. */
const load = 30_000

/** Without a limit of the start, as long as systemd waits by itself. */
const startFallback = 90_000

/** Without a limit of the shutdown, as long as `catchSignals` allows. */
const stopFallback = 25_000

const watchdogFallback = 30_000

/** How long a start may take: the time to load the program, and the longest start. */
export const startSeconds = ({ longestStart }: Numbers): number =>
  longestStart === undefined ? seconds(startFallback) : seconds(longestStart + load)

/**
 * How long a stop may take: the time before the first stop, the longest stop, and the slack; and never less than the
 * governor allows itself, with the slack.
 */
export const stopSeconds = ({ drainDelay = 0, longestStop = 0, shutdownTimeout = stopFallback }: Numbers): number =>
  seconds(Math.max(drainDelay + longestStop, shutdownTimeout) + slack)

/**
 * How long the process may say nothing: twice the longest heartbeat, because the governor restarts a service that hangs,
 * which is less than to restart the process; at least 10 seconds, because a process may have to wait for a processor; at most a
 * minute, because what says nothing is the event loop, and not a service.
 */
export const watchdogSeconds = ({ heartbeat }: Numbers): number =>
  heartbeat === undefined ? seconds(watchdogFallback) : Math.min(60, Math.max(10, seconds(2 * heartbeat)))

/** Where the limit of the start comes from. */
export const startInWords = ({ longestStart }: Numbers): string =>
  longestStart === undefined
    ? "No limit of the start is known: as long as systemd waits by itself."
    : "The longest start, and 30 s to load the program."

/** Whole seconds, never fewer than needed. */
export const seconds = (millis: number): number => Math.ceil(millis / 1000)
