/**
 * The owner of services: it starts them, restarts those that stop or crash, and ends them all.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { ParentSpanKey } from "effect/Tracer"
import {
  DuplicateService,
  GovernorClosed,
  InvalidOption,
  RestartLimitExceeded,
  RunAbandoned,
  UnknownService
} from "./GovernorError.ts"
import type { GovernorEvent } from "./GovernorEvent.ts"
import * as Option from "./GovernorOption.ts"
import { Fleet, type Hold } from "./internal/Fleet.ts"
import { Handle } from "./internal/Handle.ts"
import type { Listener } from "./internal/Outbox.ts"
import * as Spec from "./internal/spec.ts"
import * as RestartPolicy from "./RestartPolicy.ts"
import type * as Service from "./Service.ts"
import type { ServiceStatus } from "./ServiceStatus.ts"
import type { ShutdownReason, ShutdownReport } from "./ShutdownReport.ts"

/**
 * - `name`: what the governor is called. Default: `"governor"`
 * - `restart`: the policy of services that have none of their own. Default: `RestartPolicy.never`
 * - `stopTimeout`: how long the stop of one service may take before its run is abandoned. Default: no limit
 * - `shutdownTimeout`: how long a shutdown may take as a whole. Default: no limit
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name?: string | undefined
  readonly restart?: RestartPolicy.RestartPolicy | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * One service of a governor. Commands may come from anywhere at any time: the latest wins, and every caller returns when its
 * state is reached or another command has taken over.
 *
 * - `start`: returns when the run has begun. Clears the count of restarts
 * - `stop`: returns when the run has settled or was abandoned
 * - `restart`: stops it if it runs, starts it, and returns when the next run has begun
 * - `remove`: as `stop`; the name is free then
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceHandle<out E = never> {
  readonly name: string
  readonly status: Effect.Effect<ServiceStatus<E | RunAbandoned | RestartLimitExceeded>>
  readonly start: Effect.Effect<void, GovernorClosed | RunAbandoned | UnknownService>
  readonly stop: Effect.Effect<void>
  readonly restart: Effect.Effect<void, GovernorClosed | RunAbandoned | UnknownService>
  readonly remove: Effect.Effect<void, RunAbandoned>
}

/**
 * A governor.
 *
 * - `add`: takes a service, which runs once it is started. Its requirements are those of the effect that adds it
 * - `start`: starts all that were added and never started, together; returns when they run
 * - `awaitReady`: returns when each service started so far is ready, or over
 * - `shutdown`, `shutdownWith`: stops all services, and returns when all have stopped. Every call gets the same report
 * - `awaitShutdown`: returns when a shutdown is complete, or every started service is over
 * - `get`: the handle of a service
 * - `status`: of every service, in the order in which they were added
 * - `changes`: each new status, from now on
 * - `events`: each event, from now on, until the shutdown is complete. The buffer is bounded: the oldest are dropped and counted
 * - `subscribe`: the same as a subscription, which misses nothing from the moment it is there
 *
 * @since 0.1.0
 * @category models
 */
export interface Governor {
  readonly name: string
  readonly add: <E, R>(
    service: Service.Service<E, R>
  ) => Effect.Effect<ServiceHandle<E>, DuplicateService | GovernorClosed | InvalidOption, R>
  readonly start: Effect.Effect<void>
  readonly awaitReady: Effect.Effect<void>
  readonly shutdown: Effect.Effect<ShutdownReport>
  readonly shutdownWith: (
    reason: ShutdownReason | string,
    options?: { readonly timeout?: Duration.Input | undefined }
  ) => Effect.Effect<ShutdownReport>
  readonly awaitShutdown: Effect.Effect<ShutdownReport>
  /** Returns when a shutdown begins, with its reason. */
  readonly awaitShutdownStart: Effect.Effect<ShutdownReason>
  readonly get: (name: string) => Effect.Effect<ServiceHandle<unknown>, UnknownService>
  readonly status: Effect.Effect<ReadonlyArray<ServiceStatus>>
  readonly changes: Stream.Stream<ServiceStatus>
  readonly events: Stream.Stream<GovernorEvent>
  readonly subscribe: Effect.Effect<PubSub.Subscription<GovernorEvent>, never, Scope.Scope>
  /** Calls `listener` for each event, at once and in order, until the returned function is called. */
  readonly listen: (listener: Listener) => () => void
  /** @internal */
  readonly door: Door
}

/**
 * What the doors need of a governor, and nobody else.
 *
 * - `whileActive`: the hold is called when the first service becomes active, and what it returned when all are over
 * - `limitShutdown`: bounds a shutdown, in milliseconds, unless the governor was made with a bound
 * - `isAwaited`: whether somebody waits for the end, or it has begun
 *
 * @internal
 */
export interface Door {
  readonly whileActive: (hold: Hold) => void
  readonly limitShutdown: (millis: number) => void
  readonly isAwaited: () => boolean
}

/**
 * Makes a governor that lives as long as the scope: closing the scope shuts it down, just as `shutdown` does.
 *
 * @example
 * import { Governor, RestartPolicy, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 second") })
 *   yield* governor.add(Service.make("hello", Effect.logInfo("hello")))
 *   yield* governor.start
 *   yield* Effect.sleep("3 seconds")
 *   return yield* governor.shutdown
 * }).pipe(Effect.scoped)
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Governor, InvalidOption, Scope.Scope> =>
  Effect.gen(function*() {
    const checked = yield* orFail<CheckedOptions, InvalidOption>(() => check(options))
    const fleet = new Fleet(ownContext(yield* Effect.context()), checked.shutdownTimeout)
    const governor = fromFleet(fleet, checked)
    yield* Effect.addFinalizer(() => governor.shutdownWith({ _tag: "ScopeClosed" }))
    return governor
  })

interface CheckedOptions extends Spec.Defaults {
  readonly name: string
  readonly shutdownTimeout: number | undefined
}

const check = (options: Options): CheckedOptions => {
  const { name, restart, shutdownTimeout, stopTimeout } = Option.known("options", options, [
    "name",
    "restart",
    "shutdownTimeout",
    "stopTimeout"
  ])
  return {
    name: name === undefined ? "governor" : Option.name(name),
    policy: RestartPolicy.check(restart ?? RestartPolicy.never),
    stopTimeout: Option.timeoutMillis("stopTimeout", stopTimeout ?? Infinity),
    shutdownTimeout: shutdownTimeout === undefined
      ? undefined
      : Option.timeoutMillis("shutdownTimeout", shutdownTimeout)
  }
}

const fromFleet = (fleet: Fleet, options: CheckedOptions): Governor => {
  const shutdownWith: Governor["shutdownWith"] = (reason, within) =>
    Effect.suspend(() => {
      const timeout = within?.timeout === undefined ? undefined : Option.timeoutMillis("timeout", within.timeout)
      return fleet.shutdown(asReason(reason), timeout)
    })
  const { outbox } = fleet
  let latest: { readonly from: Context.Context<never>; readonly own: Context.Context<never> } | undefined
  const contextOf = (from: Context.Context<never>) => {
    if (latest?.from !== from) latest = { from, own: ownContext(from) }
    return latest.own
  }
  return {
    name: options.name,
    add: (service) =>
      Effect.contextWith((context) =>
        orFail(() => new Handle(fleet, fleet.add(Spec.fromService(service, contextOf(context), options))))
      ),
    start: fleet.start,
    awaitReady: fleet.awaitReady,
    shutdown: shutdownWith({ _tag: "Requested" }),
    shutdownWith,
    awaitShutdown: fleet.awaitShutdown,
    awaitShutdownStart: fleet.closing,
    get: (name) => orFail(() => new Handle(fleet, fleet.get(name))),
    status: Effect.sync(() => fleet.status),
    changes: outbox.changes,
    events: outbox.events,
    subscribe: outbox.subscription,
    listen: (listener) => outbox.listen(listener),
    door: {
      whileActive: (hold) => fleet.whileActive(hold),
      limitShutdown: (millis) => fleet.limitShutdown(millis),
      isAwaited: () => fleet.isAwaited
    }
  }
}

/**
 * What services run in: the context they were added in, without its span, which would become the parent of whatever they
 * do for days; and flat, for every run adds to it.
 */
const ownContext = (context: Context.Context<never>): Context.Context<never> => {
  const services = new Map(context.mapUnsafe)
  services.delete(ParentSpanKey)
  return Context.makeUnsafe(services)
}

/** From JavaScript anything may come; a shutdown is not refused for it. */
const asReason = (reason: ShutdownReason | string): ShutdownReason => {
  if (typeof reason === "string") return { _tag: "Requested", message: reason }
  return typeof reason?._tag === "string" ? reason : { _tag: "Requested", message: Option.show(reason) }
}

/** The checks and the fleet throw typed errors, and nothing else. */
const orFail = <A, E>(task: () => A): Effect.Effect<A, E> => Effect.try({ try: task, catch: (error) => error as E })
