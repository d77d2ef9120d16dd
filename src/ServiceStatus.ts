/**
 * The status of a service, which follows from the events of the service.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import { type GovernorEvent, type ServiceEvent, type StopReason, withCause } from "./GovernorEvent.ts"

interface Base<Tag extends string> {
  readonly _tag: Tag
  readonly name: string
  /** The number of the latest run, from 1; 0 before the first run. */
  readonly run: number
  /** How often the policy restarted the service since the last start by hand. */
  readonly restarts: number
  /** When the service entered this state, in epoch milliseconds. */
  readonly since: number
}

/**
 * The status of a service.
 *
 * **Details**
 *
 * - `Pending`: the service was added and never started
 * - `Starting`: a run has begun and is not ready yet; or the run was ready and no longer is, because it is hung, or has
 *   failed and has not ended yet
 * - `Running`: the run is ready
 * - `Backoff`: the run has ended, and the next run begins at `until` (epoch milliseconds), or later: `until` is in the
 *   past while the service waits for its dependencies, or for the services that restart with it. `cause` is the crash, if
 *   the run crashed
 * - `Stopping`: the run was asked to end and has not ended yet
 * - `Stopped`: the service is over. `outcome` says whether it completed, or was asked to end. `cause` is the error of
 *   the run while it stopped, if there was one
 * - `Failed`: the service is over because of `cause`, or its run was abandoned
 *
 * A service whose abandoned run settles later can leave `Failed`: its policy may restart it, or a start by hand.
 *
 * **Example** (Printing what every service is doing)
 *
 * ```ts
 * import { Governor, Service, type ServiceStatus } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const line = (status: ServiceStatus.ServiceStatus): string => {
 *   const why = status._tag === "Failed" ? Cause.pretty(status.cause) : `run ${status.run}`
 *   return `${status.name}: ${status._tag}, ${why}, since ${new Date(status.since).toISOString()}`
 * }
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("idle", Effect.never))
 *   yield* governor.add(Service.make("broken", Effect.fail("no connection")))
 *   yield* governor.start
 *   return (yield* governor.status).map(line)
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program)))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceStatus<E = unknown> =
  | Base<"Pending">
  | Base<"Starting">
  | Base<"Running">
  | (Base<"Backoff"> & { readonly until: number; readonly cause?: Cause.Cause<E> })
  | (Base<"Stopping"> & { readonly reason: StopReason })
  | (Base<"Stopped"> & { readonly outcome: "Completed" | "Stopped"; readonly cause?: Cause.Cause<E> })
  | (Base<"Failed"> & { readonly cause: Cause.Cause<E> })

/**
 * Whether a service in this state is neither up nor about to be: `Pending`, `Stopped` or `Failed`.
 *
 * **Example** (Finding the services that are not up)
 *
 * ```ts
 * import { Governor, Service, ServiceStatus } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("idle", Effect.never))
 *   yield* governor.add(Service.make("hello", Effect.logInfo("hello")))
 *   yield* governor.start
 *   return (yield* governor.status).filter(ServiceStatus.isOver).map((status) => status.name)
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // [ 'hello' ]
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isOver = (status: ServiceStatus): boolean =>
  status._tag === "Pending" || status._tag === "Stopped" || status._tag === "Failed"

/**
 * The status that follows from a status and an event.
 *
 * **When to use**
 *
 * To follow one service by its events. `replay` does this for all services in a list of events.
 *
 * **Details**
 *
 * Some events leave the status as it is, because another event that follows changes the status. For example
 * `ServiceCompleted` is followed by `RestartScheduled` or `ServiceStopped`.
 *
 * **Example** (Following a service)
 *
 * ```ts
 * import { ServiceStatus } from "effect-governor"
 *
 * const running: ServiceStatus.ServiceStatus = { _tag: "Running", name: "api", run: 1, restarts: 0, since: 0 }
 *
 * const status = ServiceStatus.transition(
 *   running,
 *   { _tag: "RestartScheduled", service: "api", run: 1, time: 5, delay: 1000 }
 * )
 * console.log(status) // { _tag: 'Backoff', name: 'api', run: 1, restarts: 0, since: 5, until: 1005 }
 * ```
 *
 * @since 0.1.0
 * @category folding
 */
export const transition = (status: ServiceStatus, event: ServiceEvent): ServiceStatus => {
  const { run, service: name, time: since } = event
  const restarts = status.restarts
  switch (event._tag) {
    case "ServiceAdded":
      return { _tag: "Pending", name, run, restarts: 0, since }
    case "ServiceStarting":
      return { _tag: "Starting", name, run, restarts: event.restarts, since }
    case "ServiceUnready":
      return { _tag: "Starting", name, run, restarts, since }
    case "ServiceReady":
      return { _tag: "Running", name, run, restarts, since }
    case "RestartScheduled":
      return withCause(
        { _tag: "Backoff", name, run, restarts, since, until: Math.round(since + event.delay) },
        event.cause
      )
    case "ServiceStopping":
      return { _tag: "Stopping", name, run, restarts, since, reason: event.reason }
    case "ServiceStopped":
      return withCause({ _tag: "Stopped", name, run, restarts, since, outcome: outcomeAfter(status) }, event.cause)
    case "ServiceFailed":
      return { _tag: "Failed", name, run, restarts, since, cause: event.cause }
    case "ServiceRemoved":
    case "ServiceCompleted":
    case "ServiceCrashed":
    case "ServiceInterrupted":
    case "RestartLimitExceeded":
    case "ServiceAbandoned":
    case "LateFailure":
      return status
  }
}

/** A service that was asked to end was `Stopping` before. */
const outcomeAfter = ({ _tag }: ServiceStatus): "Completed" | "Stopped" => _tag === "Stopping" ? "Stopped" : "Completed"

/**
 * The statuses of all services after a list of events, in the order in which the services were added.
 *
 * **Details**
 *
 * Replaying all events of a governor gives the statuses that the governor reports. A removed service is not in the
 * result.
 *
 * **Example** (From events to statuses)
 *
 * ```ts
 * import { ServiceStatus } from "effect-governor"
 *
 * const statuses = ServiceStatus.replay([
 *   { _tag: "ServiceAdded", service: "api", run: 0, time: 0 },
 *   { _tag: "ServiceStarting", service: "api", run: 1, time: 5, restarts: 0 }
 * ])
 * console.log(statuses) // [ { _tag: 'Starting', name: 'api', run: 1, restarts: 0, since: 5 } ]
 * ```
 *
 * @since 0.1.0
 * @category folding
 */
export const replay = (events: Iterable<GovernorEvent>): ReadonlyArray<ServiceStatus> => {
  const statuses = new Map<string, ServiceStatus>()
  for (const event of events) {
    if (!("service" in event)) continue
    if (event._tag === "ServiceRemoved") statuses.delete(event.service)
    else statuses.set(event.service, transition(statuses.get(event.service) ?? initial, event))
  }
  return [...statuses.values()]
}

const initial: ServiceStatus = { _tag: "Pending", name: "", run: 0, restarts: 0, since: 0 }
