/**
 * The status of a service, which follows from the events of the service.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import {
  type GovernorEvent,
  type ProcessStatus,
  type ServiceEvent,
  type StopReason,
  withCause
} from "./GovernorEvent.ts"

interface Base<Tag extends string, E> {
  readonly _tag: Tag
  readonly name: string
  /** The number of the latest run, from 1; 0 before the first run. */
  readonly run: number
  /** How often the policy restarted the service since the last start by hand. */
  readonly restarts: number
  /** How often `restart` was called and a run began for it; absent if never. No command sets it back. */
  readonly restartsByHand?: number
  /** How many runs have crashed. No command sets it back. */
  readonly crashes: number
  /** When the service entered this state, in epoch milliseconds. */
  readonly since: number
  /** When the latest run began, in epoch milliseconds. */
  readonly startedAt?: number
  /** When the latest run became ready, in epoch milliseconds; absent if the run is not ready, or was not when it ended. */
  readonly readyAt?: number
  /** The latest failure, also while the service is up again. */
  readonly lastFailure?: Failure<E>
  /** The process or thread of the latest run, if that is one. */
  readonly process?: ProcessStatus
}

/**
 * A failure of a run: the run crashed, failed while it stopped, or was abandoned.
 *
 * **Details**
 *
 * - `run`: the number of that run
 * - `at`: when it failed, in epoch milliseconds
 * - `cause`: what it failed with
 *
 * **Example** (Telling why a service that runs has crashed before)
 *
 * ```ts
 * import { Governor, RestartPolicy, Service } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * let attempts = 0
 * const feed = Effect.suspend(() => ++attempts === 1 ? Effect.fail("no connection") : Effect.never)
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
 *   const handle = yield* governor.add(Service.make("feed", feed))
 *   yield* handle.start
 *   yield* Effect.sleep("10 millis")
 *   const { _tag, crashes, lastFailure } = yield* handle.status
 *   return [_tag, crashes, lastFailure?.run, lastFailure && Cause.squash(lastFailure.cause)]
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // [ 'Running', 1, 1, 'no connection' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure<out E = unknown> {
  readonly run: number
  readonly at: number
  readonly cause: Cause.Cause<E>
}

/**
 * The status of a service.
 *
 * **Details**
 *
 * - `Pending`: the service was added and never started
 * - `Waiting`: the next run begins when the dependencies in `waitingFor` are ready
 * - `Standby`: a cluster decides where the service runs, and has not given it to this process; or its lease is being
 *   confirmed before the next run
 * - `Starting`: a run has begun and is not ready yet; or the run was ready and no longer is: it has said so, its
 *   readiness probe failed, it is hung, or it has failed and has not ended yet. `reason` says why, as far as it is known
 * - `Running`: the run is ready
 * - `Backoff`: the run has ended, and the next run begins at `until` (epoch milliseconds), or later: `until` is in the
 *   past while the service waits for the services that restart with it. `cause` is the crash, if the run crashed
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
  | Base<"Pending", E>
  | (Base<"Waiting", E> & { readonly waitingFor: ReadonlyArray<string> })
  | Base<"Standby", E>
  | (Base<"Starting", E> & { readonly reason?: string })
  | Base<"Running", E>
  | (Base<"Backoff", E> & { readonly until: number; readonly cause?: Cause.Cause<E> })
  | (Base<"Stopping", E> & { readonly reason: StopReason })
  | (Base<"Stopped", E> & { readonly outcome: "Completed" | "Stopped"; readonly cause?: Cause.Cause<E> })
  | (Base<"Failed", E> & { readonly cause: Cause.Cause<E> })

/**
 * The states, in the order in which a service usually passes them.
 *
 * @internal
 */
export const states = [
  "Pending",
  "Waiting",
  "Standby",
  "Starting",
  "Running",
  "Backoff",
  "Stopping",
  "Stopped",
  "Failed"
] as const satisfies ReadonlyArray<ServiceStatus["_tag"]>

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
 * const running: ServiceStatus.ServiceStatus = {
 *   _tag: "Running",
 *   name: "api",
 *   run: 1,
 *   restarts: 0,
 *   crashes: 0,
 *   since: 0,
 *   startedAt: 0,
 *   readyAt: 0
 * }
 *
 * const status = ServiceStatus.transition(
 *   running,
 *   { _tag: "RestartScheduled", service: "api", run: 1, time: 5, sequence: 7, delay: 1000 }
 * )
 * console.log(status._tag, status.since, status.readyAt) // Backoff 5 0
 * ```
 *
 * @since 0.1.0
 * @category folding
 */
export const transition = (status: ServiceStatus, event: ServiceEvent): ServiceStatus => {
  const { run, service: name, time: since } = event
  const { crashes, restarts } = status
  switch (event._tag) {
    case "ServiceAdded":
      return { _tag: "Pending", name, run, restarts: 0, crashes: 0, since }
    case "ServiceWaiting": {
      const entered = status._tag === "Waiting" ? status.since : since
      const { waitingFor } = event
      return timed(status, { _tag: "Waiting", name, run, restarts, crashes, since: entered, waitingFor })
    }
    case "ServiceStandby":
      return timed(status, { _tag: "Standby", name, run, restarts, crashes, since })
    case "ServiceStarting": {
      const { restarts, restartsByHand } = event
      const next: ServiceStatus = { _tag: "Starting", name, run, restarts, crashes, since, startedAt: since }
      return withPast(next, status.lastFailure, restartsByHand)
    }
    case "ServiceReady": {
      const { startedAt = since } = status
      return kept(status, { _tag: "Running", name, run, restarts, crashes, since, startedAt, readyAt: since })
    }
    case "ServiceUnready": {
      const { startedAt = since } = status
      const next: ServiceStatus = { _tag: "Starting", name, run, restarts, crashes, since, startedAt }
      return kept(status, event.reason === undefined ? next : { ...next, reason: event.reason })
    }
    case "RestartScheduled":
      return backoff(status, event)
    case "ServiceStopping":
      return stopping(status, event)
    case "ServiceStopped":
      return stopped(status, event)
    case "ServiceFailed":
      return timed(status, { _tag: "Failed", name, run, restarts, crashes, since, cause: event.cause })
    case "ServiceCrashed":
      return { ...status, crashes: crashes + 1, lastFailure: { run, at: since, cause: event.cause } }
    case "ServiceInterrupted":
    case "ServiceAbandoned": {
      const { cause } = event
      return cause === undefined ? status : { ...status, lastFailure: { run, at: since, cause } }
    }
    case "ProcessStarted":
    case "ProcessMeasured":
    case "ProcessEnded":
      return { ...status, process: event.process }
    case "ServiceRemoved":
    case "ServiceCompleted":
    case "RestartLimitExceeded":
    case "LateFailure":
      return status
  }
}

type Of<Tag extends ServiceEvent["_tag"]> = Extract<ServiceEvent, { readonly _tag: Tag }>

// One literal each for the usual restart and the usual stop, because a spread takes a tenth of a restart.

const backoff = (status: ServiceStatus, event: Of<"RestartScheduled">): ServiceStatus => {
  const { cause, delay, run, service: name, time: since } = event
  const { crashes, readyAt, restarts, startedAt } = status
  const until = Math.round(since + delay)
  return startedAt === undefined || readyAt === undefined || cause !== undefined
    ? timed(status, withCause({ _tag: "Backoff", name, run, restarts, crashes, since, until }, cause))
    : kept(status, { _tag: "Backoff", name, run, restarts, crashes, since, startedAt, readyAt, until })
}

const stopping = (status: ServiceStatus, event: Of<"ServiceStopping">): ServiceStatus => {
  const { reason, run, service: name, time: since } = event
  const { crashes, readyAt, restarts, startedAt } = status
  return startedAt === undefined || readyAt === undefined
    ? timed(status, { _tag: "Stopping", name, run, restarts, crashes, since, reason })
    : kept(status, { _tag: "Stopping", name, run, restarts, crashes, since, startedAt, readyAt, reason })
}

const stopped = (status: ServiceStatus, event: Of<"ServiceStopped">): ServiceStatus => {
  const { cause, run, service: name, time: since } = event
  const { crashes, readyAt, restarts, startedAt } = status
  const outcome = outcomeAfter(status)
  return startedAt === undefined || readyAt === undefined || cause !== undefined
    ? timed(status, withCause({ _tag: "Stopped", name, run, restarts, crashes, since, outcome }, cause))
    : kept(status, { _tag: "Stopped", name, run, restarts, crashes, since, startedAt, readyAt, outcome })
}

/** The next status with the times of the latest run. */
const timed = (status: ServiceStatus, next: ServiceStatus): ServiceStatus => {
  const { readyAt, startedAt } = status
  if (startedAt === undefined) return kept(status, next)
  return kept(status, readyAt === undefined ? { ...next, startedAt } : { ...next, startedAt, readyAt })
}

/** The next status with what few services have. */
const kept = ({ lastFailure, process, restartsByHand }: ServiceStatus, next: ServiceStatus): ServiceStatus => {
  const whole = withPast(next, lastFailure, restartsByHand)
  return process === undefined ? whole : { ...whole, process }
}

const withPast = (
  next: ServiceStatus,
  lastFailure: Failure | undefined,
  restartsByHand: number | undefined
): ServiceStatus =>
  lastFailure === undefined && restartsByHand === undefined
    ? next
    : { ...next, ...(restartsByHand !== undefined && { restartsByHand }), ...(lastFailure && { lastFailure }) }

/** A service that was asked to end was `Stopping` before. */
const outcomeAfter = ({ _tag }: ServiceStatus): "Completed" | "Stopped" => _tag === "Stopping" ? "Stopped" : "Completed"

/**
 * The statuses of services at one moment.
 *
 * **Details**
 *
 * - `sequence`: the number of the latest event that is in the statuses; 0 if there was no event yet
 * - `services`: the statuses
 *
 * Events with a larger `sequence` came later. Other events are in the statuses already, also if a listener hears of them
 * after the snapshot was taken. So a snapshot and the later events together miss nothing and tell nothing twice.
 *
 * **Example** (Following a governor from a snapshot on)
 *
 * ```ts
 * import { Governor, type GovernorEvent, Service, ServiceStatus } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("api", Effect.never))
 *   const later: Array<GovernorEvent.GovernorEvent> = []
 *   governor.listen((event) => later.push(event))
 *   const snapshot: ServiceStatus.Snapshot = yield* governor.snapshot
 *   yield* governor.start
 *   return ServiceStatus.replay(later, snapshot).map(({ _tag, name }) => `${name}: ${_tag}`)
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // [ 'api: Running' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly sequence: number
  readonly services: ReadonlyArray<ServiceStatus>
}

/**
 * The statuses of all services after a list of events, in the order in which the services were added. Services inside of
 * a governor come behind the service around them.
 *
 * **Details**
 *
 * Replaying all events of a governor gives the statuses that the governor reports. Replaying all events of a governor and
 * the governors inside it, with paths as names, gives their statuses. A removed service is not in the result, and neither
 * are the services inside it. When a service begins its next run, the services inside the run before are not in the
 * result any more.
 *
 * With a `snapshot` the replay begins with its statuses, and leaves out the events that the snapshot has already.
 *
 * **Example** (From events to statuses)
 *
 * ```ts
 * import { ServiceStatus } from "effect-governor"
 *
 * const statuses = ServiceStatus.replay([
 *   { _tag: "ServiceAdded", service: "api", run: 0, time: 0, sequence: 1 },
 *   { _tag: "ServiceStarting", service: "api", run: 1, time: 5, sequence: 2, restarts: 0 }
 * ])
 * console.log(statuses.map(({ _tag, name, startedAt }) => [_tag, name, startedAt])) // [ [ 'Starting', 'api', 5 ] ]
 * ```
 *
 * @since 0.1.0
 * @category folding
 */
export const replay = (events: Iterable<GovernorEvent>, snapshot?: Snapshot): ReadonlyArray<ServiceStatus> => {
  const { hear, statuses } = fold(snapshot)
  for (const event of events) hear(event)
  return statuses()
}

/**
 * A `replay` that goes on: the events come one by one.
 *
 * @internal
 */
export interface Fold {
  readonly hear: (event: GovernorEvent) => void
  readonly statuses: () => ReadonlyArray<ServiceStatus>
}

/** @internal */
export const fold = (snapshot?: Snapshot): Fold => {
  const top: Level = new Map()
  for (const status of snapshot?.services ?? []) nodeOf(top, status.name).status = status
  return {
    hear: (event) => {
      if ("service" in event && event.sequence > (snapshot?.sequence ?? 0)) add(top, event)
    },
    statuses: () => statusesOf(top)
  }
}

const add = (top: Level, event: ServiceEvent): void => {
  const node = nodeOf(top, event.service)
  if (event._tag === "ServiceRemoved") node.level.delete(node.name)
  else node.status = transition(node.status ?? initial, event)
  if (event._tag === "ServiceStarting") node.inside = undefined
}

/** The services of one governor, by their names. */
type Level = Map<string, Node>

interface Node {
  readonly name: string
  readonly level: Level
  /** Undefined for a service whose events are not in the list, though those of a service inside are. */
  status: ServiceStatus | undefined
  inside: Level | undefined
}

const nodeOf = (top: Level, path: string): Node => {
  let level = top
  for (let begin = 0;;) {
    const end = path.indexOf("/", begin)
    const name = path.slice(begin, end < 0 ? undefined : end)
    let node = level.get(name)
    if (node === undefined) level.set(name, node = { name, level, status: undefined, inside: undefined })
    if (end < 0) return node
    level = node.inside ??= new Map()
    begin = end + 1
  }
}

/** A loop, because a tree may be deeper than a stack. */
const statusesOf = (top: Level): ReadonlyArray<ServiceStatus> => {
  const statuses: Array<ServiceStatus> = []
  const levels = [top.values()]
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { done, value: node } = level.next()
    if (node?.status !== undefined) statuses.push(node.status)
    if (node?.inside !== undefined) levels.push(node.inside.values())
    if (done === true) levels.pop()
  }
  return statuses
}

/**
 * The status of a service of which nothing is known. As its times are undefined, V8 keeps the times of all statuses as
 * references, so that `since` and `readyAt` of a service that runs share one number: 16 bytes less for each idle service.
 */
const initial = {
  _tag: "Pending",
  name: "",
  run: 0,
  restarts: 0,
  crashes: 0,
  since: undefined,
  startedAt: undefined,
  readyAt: undefined
} as unknown as ServiceStatus
