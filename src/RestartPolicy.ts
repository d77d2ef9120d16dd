/**
 * Whether and when a service runs again: data, and one pure decision.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Option from "./GovernorOption.ts"

/**
 * Any Effect `Schedule` is a delay: its input is the `Exit` of the run that ended. When the schedule is done, a completed
 * service is `Stopped` and a crashed one `Failed`. A plain duration is `Schedule.spaced` of it.
 *
 * @since 0.1.0
 * @category models
 */
export type Delay = Duration.Input | Schedule.Schedule<unknown, Exit.Exit<unknown, unknown>>

/**
 * How many restarts are too many.
 *
 * - `maxRestarts` (default: no limit): more restarts than this inside `within` and the service is `Failed`.
 * - `within` (default: for ever): the window that is counted.
 * - `resetAfter` (default: 1 minute): once a run stayed ready for this long, the count is zero and the schedule starts over.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly maxRestarts?: number | undefined
  readonly within?: Duration.Input | undefined
  readonly resetAfter?: Duration.Input | undefined
}

/**
 * When a service that ended runs again: `Never`, `Always` (however it ended) or `OnFailure` (after a crash only). OTP's
 * temporary, permanent and transient.
 *
 * @since 0.1.0
 * @category models
 */
export type RestartPolicy =
  | { readonly _tag: "Never" }
  | { readonly _tag: "Always" | "OnFailure"; readonly delay: Delay; readonly limits: Limits }

/**
 * Never restart: the default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const never: RestartPolicy = { _tag: "Never" }

/**
 * Restart however the run ended, after the delay of the schedule.
 *
 * @example
 * import { RestartPolicy } from "effect-governor"
 * import * as Schedule from "effect/Schedule"
 *
 * export const policy = RestartPolicy.always(Schedule.exponential("100 millis").pipe(Schedule.jittered))
 *
 * @since 0.1.0
 * @category constructors
 */
export const always = (delay: Delay, limits: Limits = {}): RestartPolicy => ({ _tag: "Always", delay, limits })

/**
 * Restart after a crash only, after the delay of the schedule.
 *
 * @example
 * import { RestartPolicy } from "effect-governor"
 *
 * export const policy = RestartPolicy.onFailure("1 second", { maxRestarts: 5, within: "1 minute" })
 *
 * @since 0.1.0
 * @category constructors
 */
export const onFailure = (delay: Delay, limits: Limits = {}): RestartPolicy => ({ _tag: "OnFailure", delay, limits })

/**
 * Restart however the run ended, always after the same delay, which may be zero: `always` of `Schedule.spaced`.
 *
 * @example
 * import { RestartPolicy } from "effect-governor"
 *
 * export const policy = RestartPolicy.spaced("1 second")
 *
 * @since 0.1.0
 * @category constructors
 */
export const spaced = (delay: Duration.Input, limits: Limits = {}): RestartPolicy => always(delay, limits)

/** @internal */
export type CheckedDelay = number | Schedule.Schedule<unknown, Exit.Exit<unknown, unknown>>

/**
 * A policy whose input was checked: all durations in milliseconds.
 *
 * @internal
 */
export type Checked =
  | { readonly _tag: "Never" }
  | {
    readonly _tag: "Always" | "OnFailure"
    readonly delay: CheckedDelay
    readonly maxRestarts: number
    readonly within: number
    readonly resetAfter: number
  }

const limitKeys = ["maxRestarts", "within", "resetAfter"]
const minute = 60_000

/**
 * Checks the input as it came. Throws `InvalidOption`.
 *
 * @internal
 */
export const check = (policy: RestartPolicy, service?: string): Checked => {
  const _tag = Option.oneOf("restart", policy?._tag, ["Never", "Always", "OnFailure"], service)
  if (policy._tag === "Never" || _tag === "Never") return { _tag: "Never" }
  const { delay, limits } = policy
  const { maxRestarts, resetAfter, within } = Option.known("restart", limits, limitKeys, service)
  return {
    _tag,
    delay: Schedule.isSchedule(delay) ? delay : Option.durationMillis("restart", delay, { service }),
    maxRestarts: maxRestarts === undefined ? Infinity : Option.count("maxRestarts", maxRestarts, 0, service),
    within: within === undefined ? Infinity : Option.timeoutMillis("within", within, service),
    resetAfter: resetAfter === undefined ? minute : Option.timeoutMillis("resetAfter", resetAfter, service)
  }
}

/**
 * The ends that were followed by a restart and still count, oldest first.
 *
 * @internal
 */
export type History = ReadonlyArray<{ readonly at: number; readonly exit: Exit.Exit<unknown, unknown> }>

/** @internal */
export type Decision =
  | { readonly _tag: "AskSchedule"; readonly delay: CheckedDelay; readonly history: History }
  | { readonly _tag: "Stop" }
  | {
    readonly _tag: "GiveUp"
    readonly maxRestarts: number
    readonly withinMillis: number
    readonly exits: ReadonlyArray<Exit.Exit<unknown, unknown>>
  }

const stop: Decision = { _tag: "Stop" }

/** @internal */
export const noHistory: History = []

/**
 * What follows a run that ended by itself. Pure; `now` is monotonic milliseconds.
 *
 * @internal
 */
export const decide = (
  policy: Checked,
  history: History,
  exit: Exit.Exit<unknown, unknown>,
  now: number
): Decision => {
  if (policy._tag === "Never" || (policy._tag === "OnFailure" && exit._tag === "Success")) return stop
  const { delay, maxRestarts, within: withinMillis } = policy
  if (maxRestarts === Infinity) return { _tag: "AskSchedule", delay, history: noHistory }
  const counted = [...history.filter((end) => now - end.at < withinMillis), { at: now, exit }]
  return counted.length > maxRestarts
    ? { _tag: "GiveUp", maxRestarts, withinMillis, exits: counted.map((end) => end.exit) }
    : { _tag: "AskSchedule", delay, history: counted }
}
