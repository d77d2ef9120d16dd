/**
 * What happened, as data: every fact about a service or its governor is one event.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type { ShutdownReason, ShutdownReport } from "./ShutdownReport.ts"

/**
 * Why a service is stopping.
 *
 * **Details**
 *
 * - `stop`, `restart`, `remove`: its handle was told to
 * - `shutdown`: the whole governor shuts down
 * - `strategy`: another service restarts, and takes it with it
 *
 * **Example** (Hearing of stops by hand)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   governor.listen((event) => {
 *     if (event._tag !== "ServiceStopping" || event.reason === "shutdown") return
 *     console.log(`somebody said "${event.reason}" to "${event.service}"`)
 *   })
 *   const handle = yield* governor.add(Service.make("idle", Effect.never))
 *   yield* handle.start
 *   yield* handle.restart
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type StopReason = "stop" | "restart" | "remove" | "shutdown" | "strategy"

interface OfService<Tag extends string> {
  readonly _tag: Tag
  /** The service's name. */
  readonly service: string
  /** The number of the run it is about, from 1; 0 before the first. */
  readonly run: number
  /** When, in epoch milliseconds. */
  readonly time: number
}

interface OfGovernor<Tag extends string> {
  readonly _tag: Tag
  readonly time: number
}

/**
 * An event about one service, in the order in which it happened.
 *
 * **Details**
 *
 * A crash and restart reads `ServiceStarting`, `ServiceReady`, `ServiceCrashed`, `RestartScheduled`,
 * `ServiceStarting` …; a stop `ServiceStopping`, `ServiceInterrupted`, `ServiceStopped`. Each has the name of its
 * `service`, the number of the `run` (from 1; 0 before the first) and the `time` in epoch milliseconds.
 *
 * **Example** (Putting an event into words)
 *
 * ```ts
 * import type { GovernorEvent } from "effect-governor"
 * import * as Cause from "effect/Cause"
 *
 * const inWords = (event: GovernorEvent.ServiceEvent): string => {
 *   switch (event._tag) {
 *     case "ServiceCrashed":
 *       return `run ${event.run} of "${event.service}" crashed: ${Cause.pretty(event.cause)}`
 *     case "RestartScheduled":
 *       return `"${event.service}" runs again in ${event.delay} ms`
 *     default:
 *       return `"${event.service}": ${event._tag}`
 *   }
 * }
 *
 * console.log(inWords({ _tag: "RestartScheduled", service: "api", run: 1, time: Date.now(), delay: 1000 }))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceEvent =
  | OfService<"ServiceAdded">
  | OfService<"ServiceRemoved">
  /** A run begins; `restarts` counts the restarts by policy since the last start by hand. */
  | (OfService<"ServiceStarting"> & { readonly restarts: number })
  | OfService<"ServiceReady">
  /** The run has stopped saying that it is alive, and is asked to end. */
  | (OfService<"ServiceUnready"> & { readonly cause: Cause.Cause<unknown> })
  /** The run returned, or a `StopService` was thrown. */
  | OfService<"ServiceCompleted">
  /** The run failed, died, threw, rejected, or interrupted itself. */
  | (OfService<"ServiceCrashed"> & { readonly cause: Cause.Cause<unknown> })
  /** The run ended because we asked; `cause` is what it threw nevertheless. */
  | (OfService<"ServiceInterrupted"> & { readonly cause?: Cause.Cause<unknown> })
  /** `delay` in milliseconds; `cause` is the crash that is behind it, if it was one. */
  | (OfService<"RestartScheduled"> & { readonly delay: number; readonly cause?: Cause.Cause<unknown> })
  | (OfService<"RestartLimitExceeded"> & { readonly cause: Cause.Cause<unknown> })
  | (OfService<"ServiceStopping"> & { readonly reason: StopReason })
  | (OfService<"ServiceStopped"> & { readonly cause?: Cause.Cause<unknown> })
  | (OfService<"ServiceFailed"> & { readonly cause: Cause.Cause<unknown> })
  /** The run did not settle before the deadline of its stop and is left to itself. */
  | (OfService<"ServiceAbandoned"> & { readonly cause: Cause.Cause<unknown> })
  /** A run that had been abandoned, or something that a run had left behind, failed after all. */
  | (OfService<"LateFailure"> & { readonly cause: Cause.Cause<unknown> })

/**
 * Any event of a governor.
 *
 * **Details**
 *
 * `listen`, `subscribe` and `events` of a governor give them. Every fact is one event; a status is what the events of
 * a service add up to.
 *
 * **Example** (Reading all events from a subscription)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const subscription = yield* governor.subscribe // misses nothing from here on
 *   yield* governor.add(Service.make("hello", Effect.logInfo("hello")))
 *   yield* governor.start
 *   yield* governor.shutdown
 *   yield* Stream.fromSubscription(subscription).pipe(
 *     Stream.takeUntil((event) => event._tag === "ShutdownCompleted"),
 *     Stream.runForEach((event) => Effect.sync(() => console.log(event._tag)))
 *   )
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type GovernorEvent =
  | ServiceEvent
  | (OfGovernor<"ShutdownStarted"> & { readonly reason: ShutdownReason })
  | (OfGovernor<"ShutdownCompleted"> & { readonly report: ShutdownReport })
  /** A subscriber was too slow: `count` of its oldest events are gone. */
  | (OfGovernor<"EventsDropped"> & { readonly count: number })

/**
 * A fact, with its cause if there is one.
 *
 * @internal
 */
export const withCause = <A extends object>(fact: A, cause: Cause.Cause<unknown> | undefined): A =>
  cause === undefined ? fact : { ...fact, cause }
