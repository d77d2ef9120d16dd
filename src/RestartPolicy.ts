/**
 * Whether and when a service runs again: policies as data, and one pure decision.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import type * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { InvalidOption, RunAbandoned, RunTimedOut } from "./GovernorError.ts"
import * as Option from "./internal/input/GovernorOption.ts"

/**
 * The time between the end of a run and the beginning of the next: a duration, or any Effect `Schedule`.
 *
 * **Details**
 *
 * A duration, which may be zero, is `Schedule.spaced` of this duration. The input of a schedule is the `Exit` of the
 * run that ended. When the schedule is done, a completed service is `Stopped`, and a crashed service is `Failed`.
 *
 * **Example** (Restarts until the first completion)
 *
 * ```ts
 * import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Exit from "effect/Exit"
 * import * as Schedule from "effect/Schedule"
 *
 * const importer = ServiceRun.use(({ run }) => run < 3 ? Effect.fail("no connection") : Effect.logInfo("imported"))
 *
 * const delay: RestartPolicy.Delay = Schedule.exponential("10 millis").pipe(
 *   Schedule.setInputType<Exit.Exit<unknown, unknown>>(),
 *   Schedule.while(({ input }) => Exit.isFailure(input))
 * )
 *
 * const Services = Governor.service("importer", importer, { restart: RestartPolicy.always(delay) })
 *
 * const report = await Effect.runPromise(Governor.launch(Services)) // ends after the third run
 * console.log(report.services.map((service) => service.outcome)) // [ 'Stopped' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Delay = Duration.Input | Schedule.Schedule<unknown, Exit.Exit<unknown, unknown>, unknown>

/**
 * Which restarts are allowed, and how many.
 *
 * **Details**
 *
 * - `while` (default: every error): a condition on the typed error of a run that failed. If it is false, the service is
 *   `Failed` at once, with that error. It is not asked about defects, nor about `RunTimedOut` and `RunAbandoned`, which
 *   come from the governor. What it throws is logged as an error, and the policy decides without the condition
 * - `maxRestarts` (default: no limit): after more restarts than this inside `within`, the service is `Failed`, and its
 *   cause is `RestartLimitExceeded`
 * - `within` (default: for ever): the window in which restarts are counted
 * - `resetAfter` (default: 1 minute): once a run stayed ready for this long, the count is zero and the schedule starts
 *   over
 *
 * Restarts by hand do not count. Under a strategy, only the service that crashed counts its restart.
 *
 * **Example** (Giving up after five restarts in a minute)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const limits: RestartPolicy.Limits = { maxRestarts: 5, within: "1 minute" }
 *
 * const Services = Governor.service("feed", Effect.fail("no connection"), {
 *   restart: RestartPolicy.onFailure("5 millis", limits)
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Services))
 * console.log(report.services.map((service) => service.outcome)) // [ 'Failed' ]
 * ```
 *
 * **Example** (No restart after one kind of failure)
 *
 * ```ts
 * import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const login = ServiceRun.use(({ run }) => Effect.fail(run < 3 ? "no answer" : "wrong password"))
 *
 * const Services = Governor.service("session", login, {
 *   restart: RestartPolicy.onFailure("5 millis", { while: (error) => error !== "wrong password" })
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Services)) // ends after the third run
 * console.log(report.services.map((service) => service.outcome)) // [ 'Failed' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits<in E = unknown> {
  readonly while?: ((error: E) => boolean) | undefined
  readonly maxRestarts?: number | undefined
  readonly within?: Duration.Input | undefined
  readonly resetAfter?: Duration.Input | undefined
}

/**
 * When a service runs again after its run ended by itself: `Never`, `Always` (however the run ended) or `OnFailure`
 * (after a crash only).
 *
 * **Details**
 *
 * A policy is a value. The constructors of this module make it, and the governor checks it. `Never`, `Always` and
 * `OnFailure` are temporary, permanent and transient in OTP.
 *
 * A run that fails while its finalizers still have to work has crashed when it failed. The next run begins once the
 * finalizers are done. An abandoned run that settles while its service is still wanted up is a crash too.
 *
 * **Example** (Choosing a policy by the environment)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const policy: RestartPolicy.RestartPolicy = process.env["NODE_ENV"] === "production"
 *   ? RestartPolicy.onFailure("1 second")
 *   : RestartPolicy.never // a crash should not go unnoticed
 *
 * await Effect.runPromise(Governor.launch(Governor.service("hello", Effect.logInfo("hello")), { restart: policy }))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type RestartPolicy<E = unknown> =
  | { readonly _tag: "Never" }
  | { readonly _tag: "Always" | "OnFailure"; readonly delay: Delay; readonly limits: Limits<E> }

/**
 * Never restarts. This is the default.
 *
 * **Example** (One service that runs once, under a governor that restarts)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Services = Governor.service("migration", Effect.logInfo("migrated"), { restart: RestartPolicy.never })
 *
 * await Effect.runPromise(Governor.launch(Services, { restart: RestartPolicy.spaced("1 second") }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const never: RestartPolicy = { _tag: "Never" }

/**
 * Restarts however the run ended, after a delay.
 *
 * **Example** (Backoff with jitter, three restarts at the most)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 *
 * const backoff = Schedule.min([Schedule.exponential("10 millis"), Schedule.spaced("1 minute")]).pipe(
 *   Schedule.jittered,
 *   Schedule.upTo({ times: 3 })
 * )
 *
 * const Services = Governor.service("hello", Effect.logInfo("hello"), { restart: RestartPolicy.always(backoff) })
 *
 * await Effect.runPromise(Governor.launch(Services)) // ends when the schedule is done
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const always = <E = unknown>(delay: Delay, limits: Limits<E> = {}): RestartPolicy<E> => ({
  _tag: "Always",
  delay: scheduleOf(delay),
  limits
})

/**
 * Restarts after a crash only, after a delay.
 *
 * **Example** (Trying until it works)
 *
 * ```ts
 * import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const importer = Effect.gen(function*() {
 *   const { run } = yield* ServiceRun
 *   if (run < 3) return yield* Effect.fail("no connection")
 *   yield* Effect.logInfo(`imported by run ${run}`)
 * })
 *
 * const Services = Governor.service("importer", importer, {
 *   restart: RestartPolicy.onFailure("10 millis", { maxRestarts: 5, within: "1 minute" })
 * })
 *
 * await Effect.runPromise(Governor.launch(Services)) // ends once the third run has completed
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const onFailure = <E = unknown>(delay: Delay, limits: Limits<E> = {}): RestartPolicy<E> => ({
  _tag: "OnFailure",
  delay: scheduleOf(delay),
  limits
})

/**
 * Restarts however the run ended, always after the same delay, which may be zero. It is `always` of `Schedule.spaced`.
 *
 * **Example** (Every run a second after the last)
 *
 * ```ts
 * import { Governor, RestartPolicy, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 second") })
 *   const handle = yield* governor.add(Service.make("poll", Effect.logInfo("polled")))
 *   yield* governor.start
 *   return (yield* handle.status)._tag
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // Backoff
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const spaced = <E = unknown>(delay: Duration.Input, limits: Limits<E> = {}): RestartPolicy<E> =>
  always(delay, limits)

/** @internal */
export type DelaySchedule = Schedule.Schedule<unknown, Exit.Exit<unknown, unknown>, unknown>

/**
 * The delays of the schedules that were made of a duration here, in milliseconds. Such a schedule need not be stepped.
 */
const constants = new WeakMap<DelaySchedule, number>()

/**
 * A duration becomes a schedule. An invalid one stays as it came: the governor says what is wrong, and of which
 * service.
 */
const scheduleOf = (delay: Delay): Delay => {
  if (Schedule.isSchedule(delay)) return delay
  try {
    return spacedBy(Option.durationMillis("restart", delay))
  } catch {
    return delay
  }
}

const spacedBy = (millis: number): DelaySchedule => {
  const schedule = Schedule.spaced(millis)
  constants.set(schedule, millis)
  return schedule
}

/**
 * A policy after the checks. All durations are in milliseconds.
 *
 * @internal
 */
export type Checked =
  | { readonly _tag: "Never" }
  | {
    readonly _tag: "Always" | "OnFailure"
    readonly schedule: DelaySchedule
    /** The delay, where the schedule always gives the same. A property test holds that it does. */
    readonly constant: number | undefined
    readonly condition: Condition | undefined
    readonly maxRestarts: number
    readonly within: number
    readonly resetAfter: number
  }

/**
 * Whether a service may restart after a run that ended with this reason. May throw.
 *
 * @internal
 */
export type Condition = (reason: Cause.Fail<unknown> | Cause.Die) => boolean

const tags: ReadonlySet<string> = new Set(["Never", "Always", "OnFailure"])
const limitKeys = ["while", "maxRestarts", "within", "resetAfter"]
const minute = 60_000

/**
 * Checks the raw policy. Throws `InvalidOption`.
 *
 * @internal
 */
export const check = (policy: RestartPolicy<never>, service?: string): Checked => {
  if (!tags.has(policy?._tag)) {
    const expected = "a RestartPolicy, such as RestartPolicy.spaced(\"1 second\")"
    throw new InvalidOption({ service, field: "restart", expected, actual: Option.show(policy) })
  }
  if (policy._tag === "Never") return { _tag: "Never" }
  const { _tag, delay, limits } = policy
  const { maxRestarts, resetAfter, while: isWanted, within } = Option.known("restart", limits, limitKeys, service)
  const schedule = Schedule.isSchedule(delay) ? delay : spacedBy(Option.durationMillis("restart", delay, { service }))
  return {
    _tag,
    schedule,
    constant: constants.get(schedule),
    condition: isWanted === undefined ? undefined : onTyped(Option.callable("while", isWanted, service)),
    maxRestarts: maxRestarts === undefined ? Infinity : Option.count("maxRestarts", maxRestarts, 0, service),
    within: within === undefined ? Infinity : Option.limitMillis("within", within, service),
    resetAfter: resetAfter === undefined ? minute : Option.timeoutMillis("resetAfter", resetAfter, service)
  }
}

/** The condition on the typed errors of a service. The errors of the governor are none of them. */
const onTyped = (isWanted: (error: never) => boolean): Condition => (reason) =>
  reason._tag === "Die" || reason.error instanceof RunTimedOut || reason.error instanceof RunAbandoned ||
  isWanted(reason.error as never)

/**
 * The ends of runs that were followed by a restart and still count, the oldest first.
 *
 * @internal
 */
export type History = ReadonlyArray<{ readonly at: number; readonly exit: Exit.Exit<unknown, unknown> }>

/**
 * What follows. `threw` is what the condition of the policy threw.
 *
 * @internal
 */
export type Decision =
  | {
    readonly _tag: "Restart"
    readonly schedule: DelaySchedule
    readonly constant: number | undefined
    readonly history: History
    readonly threw?: Cause.Die | undefined
  }
  | { readonly _tag: "Stop" }
  | {
    readonly _tag: "GiveUp"
    readonly maxRestarts: number
    readonly withinMillis: number
    readonly exits: ReadonlyArray<Exit.Exit<unknown, unknown>>
    readonly threw?: Cause.Die | undefined
  }

const stop: Decision = { _tag: "Stop" }

/** @internal */
export const noHistory: History = []

/**
 * Decides what follows a run that ended by itself. This function is pure; `now` is monotonic, in milliseconds.
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
  if (policy.condition === undefined || exit._tag === "Success") return decideByCount(policy, history, exit, now)
  const answer = ask(policy.condition, exit.cause)
  if (answer === false) return stop
  const decision = decideByCount(policy, history, exit, now)
  return answer === true || decision._tag === "Stop" ? decision : { ...decision, threw: answer }
}

/** The answer of the condition to all errors of a cause, or what it threw. */
const ask = (condition: Condition, { reasons }: Cause.Cause<unknown>): boolean | Cause.Die => {
  try {
    return reasons.every((reason) => reason._tag === "Interrupt" || condition(reason))
  } catch (error) {
    return Cause.makeDieReason(error)
  }
}

const decideByCount = (
  { constant, maxRestarts, schedule, within: withinMillis }: Exclude<Checked, { readonly _tag: "Never" }>,
  history: History,
  exit: Exit.Exit<unknown, unknown>,
  now: number
): Decision => {
  if (maxRestarts === Infinity) return { _tag: "Restart", schedule, constant, history: noHistory }
  const counted = [...history.filter((end) => now - end.at < withinMillis), { at: now, exit }]
  return counted.length > maxRestarts
    ? { _tag: "GiveUp", maxRestarts, withinMillis, exits: counted.map((end) => end.exit) }
    : { _tag: "Restart", schedule, constant, history: counted }
}
