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
 * @since 0.1.0
 * @category models
 */
export type StopReason = "stop" | "restart" | "remove" | "shutdown"

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
 * An event about one service, in the order in which it happened. A crash and restart reads `ServiceStarting`,
 * `ServiceReady`, `ServiceCrashed`, `RestartScheduled`, `ServiceStarting` …; a stop `ServiceStopping`,
 * `ServiceInterrupted`, `ServiceStopped`.
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
  /** A run that had been abandoned failed after all. */
  | (OfService<"LateFailure"> & { readonly cause: Cause.Cause<unknown> })

/**
 * Any event of a governor.
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
