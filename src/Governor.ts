/**
 * The owner of services: it starts them, restarts those that stop or crash, and ends them all.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { ParentSpanKey } from "effect/Tracer"
import {
  DuplicateService,
  GovernorClosed,
  GovernorFailed,
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
import * as Service from "./Service.ts"
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
 * The governor an effect or a layer is in: what `layer` and `supervise` provide.
 *
 * @example
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * export const names = Effect.gen(function*() {
 *   const governor = yield* Governor.Governor
 *   return (yield* governor.status).map((status) => status.name)
 * }).pipe(Effect.provide(Governor.layer()))
 *
 * @since 0.1.0
 * @category services
 */
export const Governor: Context.Service<Governor, Governor> = Context.Service("effect-governor/Governor")

/**
 * What the doors need of a governor, and nobody else.
 *
 * - `whileActive`: the hold is called when the first service becomes active, and what it returned when all are over
 * - `limitShutdown`: bounds a shutdown, in milliseconds, unless the governor was made with a bound
 * - `isAwaited`: whether somebody waits for the end
 * - `isClosing`: whether a shutdown has begun
 *
 * @internal
 */
export interface Door {
  readonly whileActive: (hold: Hold) => void
  readonly limitShutdown: (millis: number) => void
  readonly isAwaited: () => boolean
  readonly isClosing: () => boolean
}

/**
 * Where governors are made that wants to know of them: a process, which tells them of its signals. What it returns is called
 * with the report when the governor's scope has closed.
 *
 * @internal
 */
export type Host = (governor: Governor) => (report: ShutdownReport) => void

/**
 * Nowhere in particular, by default.
 *
 * @internal
 */
export const Host = Context.Reference<Host | undefined>("effect-governor/Host", { defaultValue: () => undefined })

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
    const fleet = new Fleet(checked.name, ownContext(yield* Effect.context()), checked.shutdownTimeout)
    const governor = fromFleet(fleet, checked)
    const leave = (yield* Host)?.(governor)
    yield* Effect.addFinalizer(() =>
      Effect.map(governor.shutdownWith({ _tag: "ScopeClosed" }), (report) => {
        fleet.close()
        leave?.(report)
      })
    )
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
      isAwaited: () => fleet.isAwaited,
      isClosing: () => !fleet.open
    }
  }
}

/**
 * What services run in: the context they were added in, without its span, which would become the parent of whatever they
 * do for days, and without its host, for the governors of a service are its own; and flat, for every run adds to it.
 */
const ownContext = (context: Context.Context<never>): Context.Context<never> => {
  const services = new Map(context.mapUnsafe)
  services.delete(ParentSpanKey)
  services.delete(Host.key)
  return Context.makeUnsafe(services)
}

/** From JavaScript anything may come; a shutdown is not refused for it. */
const asReason = (reason: ShutdownReason | string): ShutdownReason => {
  if (typeof reason === "string") return { _tag: "Requested", message: reason }
  return typeof reason?._tag === "string" ? reason : { _tag: "Requested", message: Option.show(reason) }
}

/** The checks and the fleet throw typed errors, and nothing else. */
const orFail = <A, E>(task: () => A): Effect.Effect<A, E> => Effect.try({ try: task, catch: (error) => error as E })

/**
 * A governor as a layer, which shuts it down when its scope closes. It starts nothing by itself: say `start`, or use
 * `supervise`.
 *
 * @example
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Governor.service("greeter", Effect.logInfo("hello"))
 *
 * export const program = Effect.gen(function*() {
 *   const governor = yield* Governor.Governor
 *   yield* governor.start
 *   return yield* governor.awaitShutdown
 * }).pipe(Effect.provide(Layer.provideMerge(Services, Governor.layer())))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Governor, InvalidOption> => Layer.effect(Governor, make(options))

/**
 * A service as a layer: added to the governor as the layer is built, stopped and removed when the layer's scope closes. What
 * the service needs is provided to the layer in the usual way, shared, and never restarted.
 *
 * @example
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * export const Ticker = Governor.service("ticker", Effect.logInfo("tick"), { stopTimeout: "5 seconds" })
 *
 * @since 0.1.0
 * @category layers
 */
export const service: {
  <E, R>(service: Service.Service<E, R>): Layer.Layer<never, AddError, Governor | R>
  <E, R>(
    name: string,
    run: Effect.Effect<unknown, E, R>,
    options?: Service.Options
  ): Layer.Layer<never, AddError, Governor | Exclude<R, Scope.Scope>>
} = <E, R>(
  first: string | Service.Service<E, R>,
  run: Effect.Effect<unknown, E, R> = Effect.void,
  options?: Service.Options
): Layer.Layer<never, AddError, Governor | R> => {
  const service = typeof first === "string" ? Service.make(first, run, options) : first
  const added = Governor.use((governor) => governor.add(service))
  return Layer.effectDiscard(Effect.acquireRelease(added, (handle) => Effect.ignore(handle.remove)))
}

type AddError = DuplicateService | GovernorClosed | InvalidOption

/**
 * Supervises the services of these layers: builds the layers, starts all services when all are built, and shuts the governor
 * down before anything they use is closed. An ordinary layer, which provides the governor and what the layers provide.
 *
 * @example
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Layer.mergeAll(
 *   Governor.service("ticker", Effect.logInfo("tick")),
 *   Governor.service("ticker too", Effect.logInfo("tock"))
 * )
 *
 * export const Supervised = Governor.supervise(Services, { restart: RestartPolicy.spaced("1 second") })
 *
 * @since 0.1.0
 * @category layers
 */
export const supervise = <A, E, R>(
  services: Layer.Layer<A, E, R>,
  options?: Options
): Layer.Layer<A | Governor, E | InvalidOption, Exclude<R, Governor>> =>
  started.pipe(Layer.provideMerge(services), Layer.provideMerge(layer(options)))

/** Made last, so that the shutdown comes first. */
const started = Layer.effectDiscard(Effect.gen(function*() {
  const governor = yield* Governor
  yield* Effect.addFinalizer(() => governor.shutdownWith({ _tag: "ScopeClosed" }))
  yield* governor.start
}))

/**
 * Supervises services as a program: ends with the report when a shutdown is complete, or all are over. Fails if a layer does,
 * and with `GovernorFailed` if a significant service failed. Interrupting it shuts the governor down.
 *
 * @example
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Services = Governor.service("migration", Effect.logInfo("migrated"))
 *
 * export const program = Governor.launch(Services)
 *
 * @since 0.1.0
 * @category layers
 */
export const launch = <A, E, R>(
  services: Layer.Layer<A, E, R>,
  options?: Options
): Effect.Effect<ShutdownReport, E | InvalidOption | GovernorFailed, Exclude<R, Governor>> =>
  Effect.gen(function*() {
    const { awaitShutdown, name } = Context.get(yield* Layer.build(supervise(services, options)), Governor)
    const report = yield* awaitShutdown
    const { reason } = report
    if (reason._tag !== "Significant" || reason.cause === undefined) return report
    return yield* new GovernorFailed({ governor: name, service: reason.service, report })
  }).pipe(Effect.scoped)
