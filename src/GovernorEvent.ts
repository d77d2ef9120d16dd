/**
 * Events as data: every fact about a service or its governor is one event.
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
 * - `stop`, `restart`, `remove`: the command of the service's handle
 * - `shutdown`: the governor shuts down
 * - `strategy`: another service restarts, and the strategy stops this service as well
 * - `dependency`: a service that it is bound to is not ready any more
 * - `lease`: the cluster has taken the service away from this process
 *
 * **Example** (Reporting stops by hand)
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
export type StopReason = "stop" | "restart" | "remove" | "shutdown" | "strategy" | "dependency" | "lease"

/**
 * The process or thread of a run of `effect-governor/process`.
 *
 * **Details**
 *
 * - `pid`: the number of the process
 * - `thread`: the number of the thread in its process, as `threadId` of `node:worker_threads`
 * - `memory`: how much memory it took when that was measured last, in bytes: what is resident of a process (where there is a
 *   `/proc`), the used heap of a thread. It is measured every 30 seconds, and every second with `maxMemory`
 * - `code`, `signal`: how it ended, by itself or by a signal; both are absent while it is there
 *
 * **Example** (The pid of a service)
 *
 * ```ts
 * import { command } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("hello", command(process.execPath, ["-e", "process.exit(3)"])).start()
 * await governor.waitForShutdown()
 * const { process: child } = governor.get("hello").status()
 * console.log(child?.pid !== undefined, child?.code) // true 3
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ProcessStatus {
  readonly pid?: number
  readonly thread?: number
  readonly memory?: number
  readonly code?: number
  readonly signal?: string
}

interface OfService<Tag extends string> {
  readonly _tag: Tag
  /** The name of the service. */
  readonly service: string
  /** The number of the run that the event is about, from 1; 0 before the first run. */
  readonly run: number
  /** When the event happened, in epoch milliseconds. */
  readonly time: number
  /** The number of the event, from 1. */
  readonly sequence: number
}

interface OfGovernor<Tag extends string> {
  readonly _tag: Tag
  readonly time: number
  readonly sequence: number
  /** The path of the service around the governor, where a governor around that one hears of the event. */
  readonly governor?: string
}

/**
 * An event about one service.
 *
 * **Details**
 *
 * Events come in the order in which they happened. A crash and a restart give `ServiceStarting`, `ServiceReady`,
 * `ServiceCrashed`, `RestartScheduled`, `ServiceStarting` …. A stop gives `ServiceStopping`, `ServiceInterrupted`,
 * `ServiceStopped`. Each event has the name of its `service`, the number of the `run` (from 1; 0 before the first run),
 * the `time` in epoch milliseconds, and the `sequence`.
 *
 * `ProcessStarted`, `ProcessMeasured` and `ProcessEnded` are told of runs of `effect-governor/process` only: each of them is
 * a process or a thread. How the run ends is told by the other events.
 *
 * `ServiceWaiting` tells that the next run has to wait for dependencies, and for which. It is not told for dependencies
 * that begin together with the service, nor while a group or a closing layer holds the service. A service that waits for
 * more than 100 others is told of again once in a turn of the event loop.
 *
 * A run that fails while its finalizers still have to work has crashed when it failed: `ServiceCrashed` comes at once,
 * and the next run begins when the finalizers are done.
 *
 * An abandoned run gives `ServiceAbandoned` and `ServiceFailed`. When the abandoned run settles, `LateFailure` tells
 * the error it ended with, if there is one. If the service is still wanted up and the governor is open,
 * `ServiceCrashed` follows, and the restart policy decides.
 *
 * **Example** (Describing an event in words)
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
 * console.log(inWords({ _tag: "RestartScheduled", service: "api", run: 1, time: Date.now(), sequence: 7, delay: 1000 }))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceEvent =
  | OfService<"ServiceAdded">
  | OfService<"ServiceRemoved">
  /** The next run has to wait for these dependencies. Told again when the dependencies change that it waits for. */
  | (OfService<"ServiceWaiting"> & { readonly waitingFor: ReadonlyArray<string> })
  /** A cluster decides where the service runs, and has not given it to this process; or its lease is being confirmed. */
  | OfService<"ServiceStandby">
  /**
   * A run begins. `restarts` is how often the policy restarted the service since the last start by hand. `restartsByHand`
   * is how often it was restarted by hand, ever; absent if never. `epoch` is how often it has begun in the whole cluster,
   * where a cluster decides where it runs.
   */
  | (OfService<"ServiceStarting"> & {
    readonly restarts: number
    readonly restartsByHand?: number
    readonly epoch?: number
  })
  | OfService<"ServiceReady">
  /**
   * A run does not do its work for now: it has said so, or its readiness probe failed. `reason` says why. Or the run is
   * hung and is asked to end, or has failed and has not ended yet: then `cause` has the error, and there is no `reason`.
   */
  | (OfService<"ServiceUnready"> & { readonly reason?: string; readonly cause?: Cause.Cause<unknown> })
  /** The run returned, or a `StopService` was thrown. */
  | OfService<"ServiceCompleted">
  /**
   * The run failed, died, threw, rejected, or interrupted itself; or an abandoned run settled while its service was
   * still wanted up.
   */
  | (OfService<"ServiceCrashed"> & { readonly cause: Cause.Cause<unknown> })
  /** The run ended because the governor asked it to. `cause` is the error it ended with nevertheless. */
  | (OfService<"ServiceInterrupted"> & { readonly cause?: Cause.Cause<unknown> })
  /** `delay` is in milliseconds. `cause` is the crash before the restart, if the run crashed. */
  | (OfService<"RestartScheduled"> & { readonly delay: number; readonly cause?: Cause.Cause<unknown> })
  | (OfService<"RestartLimitExceeded"> & { readonly cause: Cause.Cause<unknown> })
  | (OfService<"ServiceStopping"> & { readonly reason: StopReason })
  | (OfService<"ServiceStopped"> & { readonly cause?: Cause.Cause<unknown> })
  | (OfService<"ServiceFailed"> & { readonly cause: Cause.Cause<unknown> })
  /** The run did not settle within its time to stop. The governor no longer waits for it. */
  | (OfService<"ServiceAbandoned"> & { readonly cause: Cause.Cause<unknown> })
  /** An abandoned run, or an effect that a run left behind, has failed later. */
  | (OfService<"LateFailure"> & { readonly cause: Cause.Cause<unknown> })
  /** The run is a process or a thread of its own. */
  | (OfService<"ProcessStarted"> & { readonly process: ProcessStatus })
  /** How much memory it takes. Told again when that has changed by a tenth. */
  | (OfService<"ProcessMeasured"> & { readonly process: ProcessStatus })
  /** It has ended. What it has started may still be there. */
  | (OfService<"ProcessEnded"> & { readonly process: ProcessStatus })

/**
 * Any event of a governor.
 *
 * **Details**
 *
 * `listen`, `subscribe` and `events` of a governor give these events. Every fact is one event. The status of a service
 * follows from its events.
 *
 * `sequence` is the number of the event, from 1. A governor and all governors inside it count their events together. Who
 * listens with `{ tree: true }` to the outermost governor hears every number once, in order.
 *
 * **Gotchas**
 *
 * Who listens to one governor of several misses the numbers of the others. `EventsDropped` has no number of its own: its
 * `sequence` is that of the latest event that was dropped.
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
  /**
   * `until` is when the time of the shutdown is over, and `drainsUntil` when its first stop begins, in epoch milliseconds;
   * absent: there is no limit, and no delay.
   */
  | (OfGovernor<"ShutdownStarted"> & {
    readonly reason: ShutdownReason
    readonly until?: number
    readonly drainsUntil?: number
  })
  | (OfGovernor<"ShutdownCompleted"> & { readonly report: ShutdownReport })
  /** A subscriber was too slow: its `count` oldest events were dropped, the latest of them with this `sequence`. */
  | (OfGovernor<"EventsDropped"> & { readonly count: number })

/**
 * A fact, with its cause if it has one.
 *
 * @internal
 */
export const withCause = <A extends object>(fact: A, cause: Cause.Cause<unknown> | undefined): A =>
  cause === undefined ? fact : { ...fact, cause }
