/**
 * The owner of services: a governor starts services, restarts the services that end or crash, and stops all of them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ClusterStatus } from "./ClusterStatus.ts"
import {
  type DependencyFailed,
  type DuplicateService,
  type GovernorClosed,
  type GovernorFailed,
  type InvalidOption,
  type NotReady,
  type RestartLimitExceeded,
  type RunAbandoned,
  type RunTimedOut,
  type ServiceInUse,
  type UnknownService
} from "./GovernorError.ts"
import type { GovernorEvent } from "./GovernorEvent.ts"
import { type Door, govern, type Options, tagKey } from "./internal/govern.ts"
import * as Option from "./internal/input/GovernorOption.ts"
import { Placement } from "./internal/Placement.ts"
import { reasonInWords } from "./internal/telling/log.ts"
import type { Source } from "./internal/telling/Outbox.ts"
import { changes, events, subscription } from "./internal/telling/streams.ts"
import * as RestartPolicy from "./RestartPolicy.ts"
import * as Service from "./Service.ts"
import { ServiceRun } from "./ServiceRun.ts"
import type { ServiceStatus, Snapshot } from "./ServiceStatus.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport } from "./ShutdownReport.ts"

/** @internal */
export { Host } from "./internal/govern.ts"
export type { Options } from "./internal/govern.ts"

/**
 * One service of a governor.
 *
 * **Details**
 *
 * Commands may come from anywhere at any time, and the latest command wins. A command returns when its state is
 * reached, or when another command has taken over and its state is reached.
 *
 * - `start`: starts the service and its dependencies that are not up. Returns when the run has begun, or waits for its
 *   dependencies. Clears the count of restarts. Fails with `InvalidOption` if a dependency is missing
 * - `stop`: stops the service. Returns when the run has settled or was abandoned. Services that depend on it go on
 * - `restart`: stops the service if it runs, and starts it. Returns when the next run has begun
 * - `remove`: stops the service and frees its name. Returns as `stop` does. Fails with `ServiceInUse` if other services
 *   depend on it
 * - `awaitReady`: true once the service does its work, or has completed; false once it is over in any other way
 * - `awaitOver`: how the service ended, once it has no run and shall not have one
 *
 * A fiber of a run of the service would wait for itself, so for that fiber all commands return at once.
 *
 * While an abandoned run has not settled, `start`, `restart` and `remove` fail with `RunAbandoned`. In a shutdown,
 * `stop` and `remove` return at once, and `start` and `restart` fail with `GovernorClosed`.
 *
 * **Example** (Starting, restarting and removing a service)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const feed = yield* governor.add(Service.make("feed", Effect.never))
 *   yield* feed.start
 *   yield* feed.restart // with a new configuration, say
 *   const { _tag, run } = yield* feed.status
 *   yield* feed.remove
 *   return { _tag, run, left: yield* governor.status }
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // { _tag: 'Running', run: 2, left: [] }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceHandle<out E = never> {
  readonly name: string
  readonly status: Effect.Effect<
    ServiceStatus<E | DependencyFailed | RestartLimitExceeded | RunAbandoned | RunTimedOut>
  >
  readonly start: Effect.Effect<void, GovernorClosed | InvalidOption | RunAbandoned | UnknownService>
  readonly stop: Effect.Effect<void>
  readonly restart: Effect.Effect<void, GovernorClosed | InvalidOption | RunAbandoned | UnknownService>
  readonly remove: Effect.Effect<void, RunAbandoned | ServiceInUse>
  readonly awaitReady: Effect.Effect<boolean>
  readonly awaitOver: Effect.Effect<ServiceReport>
}

/**
 * What a governor can do.
 *
 * **Details**
 *
 * - `add`: adds a service, which runs once it is started. The effect that adds the service has to provide what it
 *   requires
 * - `start`: starts together all services that were added and never started. Each begins once its dependencies are
 *   ready. Returns when the services run that wait for no dependency. Fails with `InvalidOption`, and starts nothing,
 *   if a dependency is missing or services depend on one another in a circle
 * - `awaitReady`: returns when each service that was started so far has been ready, or is over
 * - `awaitReadyWithin`: as `awaitReady`, for so long at the most. Then it fails with `NotReady`, which says who is missing,
 *   and why
 * - `shutdown`, `shutdownWith`: stops all services, and returns when all have stopped. Every call gets the same report.
 *   The report has the reason of the first call. The `timeout` of the first call replaces `shutdownTimeout`
 * - `awaitShutdown`: returns when a shutdown is complete, or every started service is over
 * - `get`: the handle of a service, by its name, or by its path into governors inside: `get("ingest/reader")`. The
 *   `name` of such a handle is the path. When the governor inside begins its next run, it makes new services, and the
 *   handle is of the new service of that path. While there is none, `start` and `restart` fail with `UnknownService`, or
 *   with `GovernorClosed` if the governor of the latest run is still there
 * - `status`: the status of every service, in the order in which the services were added
 * - `clusterStatus`: the services of the cluster, on whichever node they run, as this node knows them now. Empty if the
 *   governor is in no cluster
 * - `snapshot`: the same as `status`, with the `sequence` of the latest event that is in it
 * - `changes`: each new status, from now on
 * - `events`: each event, from now on, until the shutdown is complete. The buffer is bounded; the oldest events are
 *   dropped and counted. The shutdown does not wait for those who read: who needs the last events must not be cut off
 *   before the stream has ended
 * - `subscribe`: a subscription to the same events, from the moment it exists, with the same bounded buffer
 * - `tree`: `status`, `snapshot`, `changes`, `events`, `subscribe` and `listen` of this governor and all governors inside
 *   it
 *
 * **Gotchas**
 *
 * A service that asks for the shutdown of its own governor would wait for itself. `shutdown` and `shutdownWith`, called by
 * a fiber of one of its runs, return at once, with the report of the services that have ended by then. So does
 * `awaitShutdown` once a shutdown has begun.
 *
 * **Example** (Shutting down when all are ready)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const tryOut = Effect.fnUntraced(function*(governor: Governor.Governor) {
 *   yield* governor.awaitReady
 *   console.log((yield* governor.status).map((status) => `${status.name}: ${status._tag}`)) // [ 'api: Running' ]
 *   yield* governor.shutdownWith("seen enough")
 * })
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(Service.make("api", Effect.never))
 *   yield* governor.start
 *   yield* Effect.forkChild(tryOut(governor))
 *   return yield* governor.awaitShutdown
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program)))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Governor {
  readonly name: string
  readonly add: <E, R>(
    service: Service.Service<E, R>
  ) => Effect.Effect<ServiceHandle<E>, DuplicateService | GovernorClosed | InvalidOption, Exclude<R, Scope.Scope>>
  readonly start: Effect.Effect<void, InvalidOption>
  readonly awaitReady: Effect.Effect<void>
  readonly awaitReadyWithin: (timeout: Duration.Input) => Effect.Effect<void, InvalidOption | NotReady>
  readonly shutdown: Effect.Effect<ShutdownReport>
  readonly shutdownWith: (
    reason: ShutdownReason | string,
    options?: { readonly timeout?: Duration.Input | undefined }
  ) => Effect.Effect<ShutdownReport>
  readonly awaitShutdown: Effect.Effect<ShutdownReport>
  /** Returns the reason of the shutdown when a shutdown begins. */
  readonly awaitShutdownStart: Effect.Effect<ShutdownReason>
  readonly get: (name: string) => Effect.Effect<ServiceHandle<unknown>, UnknownService>
  readonly status: Effect.Effect<ReadonlyArray<ServiceStatus>>
  readonly clusterStatus: Effect.Effect<ReadonlyArray<ClusterStatus>>
  readonly snapshot: Effect.Effect<Snapshot>
  readonly changes: Stream.Stream<ServiceStatus>
  readonly events: Stream.Stream<GovernorEvent>
  readonly subscribe: Effect.Effect<PubSub.Subscription<GovernorEvent>, never, Scope.Scope>
  /**
   * Calls `listener` for each event, at once and in order, until the returned function is called. A listener that is
   * added while an event is told does not hear that event. With `{ tree: true }` it hears the events of the governors
   * inside too, as `tree.listen` does.
   */
  readonly listen: (
    listener: (event: GovernorEvent) => unknown,
    options?: { readonly tree?: boolean | undefined }
  ) => () => void
  readonly tree: Tree
  /** @internal */
  readonly door: Door
}

/**
 * What can be seen of a governor and of all governors inside it, to any depth.
 *
 * **Details**
 *
 * A service of a governor inside has its path as its name: `"ingest/reader"`. In the statuses each service is followed by
 * the services inside it. In the events `service` is the path; the events `ShutdownStarted` and `ShutdownCompleted` of a
 * governor inside have the path of the service around it as `governor`.
 * Other names, such as those in `waitingFor`, are of services beside it in the same governor.
 *
 * All events come in the order in which they happened. Heard from the outermost governor, their `sequence` has no gaps.
 * `events` and `changes` end with the shutdown of this governor.
 *
 * When the run of a service ends that has a governor inside, the services inside keep their last statuses until the next
 * run begins, or the service is removed. Then their statuses are dropped, without an event of their own.
 *
 * **Gotchas**
 *
 * A governor that is made by hand in a run, with `Governor.make`, is a tree of its own. `asService` makes a governor that
 * is inside.
 *
 * A run that was abandoned can fail later. If its governor has left the tree by then, because the next run has made
 * another one, only the listeners of that governor itself hear of that.
 *
 * **Example** (Everything at a glance)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const ingest = Governor.asService("ingest", Governor.service("reader", Effect.never))
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const heard: Array<string> = []
 *   governor.tree.listen((event) => heard.push(`${event.sequence} ${event._tag}`))
 *   yield* governor.add(ingest)
 *   yield* governor.start
 *   yield* governor.awaitReady
 *   const statuses = yield* governor.tree.status
 *   return { statuses: statuses.map(({ _tag, name }) => `${name}: ${_tag}`), first: heard[0] }
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program)))
 * // { statuses: [ 'ingest: Running', 'ingest/reader: Running' ], first: '1 ServiceAdded' }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Tree extends Pick<Governor, "status" | "snapshot" | "changes" | "events" | "subscribe" | "listen"> {}

/**
 * The governor of an effect or of a layer. `layer` and `supervise` provide it.
 *
 * **Example** (A service that reads the statuses of its governor)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const report = Effect.gen(function*() {
 *   const governor = yield* Governor.Governor
 *   const statuses = yield* governor.status
 *   yield* Effect.logInfo(statuses.map((status) => `${status.name}: ${status._tag}`).join(", "))
 * })
 *
 * await Effect.runPromise(Governor.launch(Governor.service("reporter", report)))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const Governor: Context.Service<Governor, Governor> = /* @__PURE__ */ Context.Service(tagKey)

/**
 * Makes a governor that lives as long as its scope. Closing the scope shuts the governor down, as `shutdown` does.
 *
 * **Example** (A governor by hand)
 *
 * ```ts
 * import { Governor, RestartPolicy, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make({ restart: RestartPolicy.spaced("10 millis") })
 *   yield* governor.add(Service.make("hello", Effect.logInfo("hello")))
 *   yield* governor.start
 *   yield* Effect.sleep("25 millis")
 *   return yield* governor.shutdown
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<Governor, InvalidOption, Scope.Scope> =>
  Effect.map(govern(options), ({ outbox, treeSnapshot, treeStatus, ...governor }) => {
    let tree: Tree | undefined
    return {
      ...governor,
      ...streams(outbox),
      get tree() { // made on first use, for most governors are never seen from the top
        return tree ??= {
          status: treeStatus,
          snapshot: treeSnapshot,
          listen: outbox.tree.listen,
          ...streams(outbox.tree)
        }
      }
    }
  })

const streams = (source: Source) => ({
  changes: changes(source),
  events: events(source),
  subscribe: subscription(source)
})

/**
 * A governor as a layer. The governor shuts down when the scope of the layer closes.
 *
 * **Details**
 *
 * The layer does not start any service. Use `start` of the governor, or the layer `supervise`.
 *
 * **Example** (Starting the services by hand)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Governor.service("greeter", Effect.logInfo("hello"))
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.Governor
 *   yield* governor.start
 *   return yield* governor.awaitShutdown
 * }).pipe(Effect.provide(Layer.provideMerge(Services, Governor.layer())))
 *
 * console.log(await Effect.runPromise(program))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Governor, InvalidOption> => Layer.effect(Governor, make(options))

/**
 * A service as a layer. The service is added to the governor when the layer is built; it is stopped and removed when
 * the scope of the layer closes.
 *
 * **Details**
 *
 * Provide what the service requires to this layer, as to any other layer. These resources are shared and never
 * restarted. `supervise` and `launch` start the service. If you start the governor yourself, its next `start` starts
 * the service.
 *
 * **Gotchas**
 *
 * A name that is taken, and a bad option, are mistakes of the program: the layer dies of `DuplicateService` or
 * `InvalidOption`. If the governor is shutting down, the layer adds nothing and succeeds.
 *
 * The service is added to the nearest governor that is provided. `supervise` provides its governor to all layers that
 * are built on top of it; a service among those layers is added to that governor after its start. A layer is built
 * once: if two sets of services contain the same layer, its service is in the first set only, unless the second set has
 * `Layer.fresh` of the layer.
 *
 * **Example** (A service and what it needs)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Context from "effect/Context"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * class Greeting extends Context.Service<Greeting, { readonly text: string }>()("Greeting") {}
 *
 * const greet = Greeting.use(({ text }) => Effect.logInfo(text))
 *
 * const Services = Governor.service("greeter", greet, { stopTimeout: "5 seconds" }).pipe(
 *   Layer.provide(Layer.succeed(Greeting, { text: "hello" }))
 * )
 *
 * await Effect.runPromise(Governor.launch(Services))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const service: {
  <E, R>(
    service: Service.Service<E, R>
  ): Layer.Layer<never, never, Governor | Exclude<R, Scope.Scope>>
  <E, R, R2 = never, R3 = never, R4 = never>(
    name: string,
    run: Effect.Effect<unknown, E, R>,
    options?: Service.Options<NoInfer<E>, R2, R3, R4>
  ): Layer.Layer<never, never, Governor | Exclude<R | R2 | R3 | R4, Scope.Scope>>
} = <E, R, R2 = never, R3 = never, R4 = never>(
  first: string | Service.Service<E, R>,
  run: Effect.Effect<unknown, E, R> = Effect.void,
  options?: Service.Options<NoInfer<E>, R2, R3, R4>
): Layer.Layer<never, never, Governor | Exclude<R | R2 | R3 | R4, Scope.Scope>> => {
  const service = serviceOf(first, run, options)
  return adding((governor) => addTo(governor, service))
}

const serviceOf = <E, R, R2, R3, R4>(
  first: string | Service.Service<E, R>,
  run: Effect.Effect<unknown, E, R>,
  options: Service.Options<NoInfer<E>, R2, R3, R4> | undefined
): Service.Service<E, R | R2 | R3 | R4> => typeof first === "string" ? Service.make(first, run, options) : first

/** Adds the service while the layer is open. */
const addTo = <E, R>(governor: Governor, service: Service.Service<E, R>) =>
  Effect.acquireRelease(governor.add(service), (handle, exit) => governor.door.release(handle, exit))

type AddError = DuplicateService | GovernorClosed | InvalidOption

const adding = <R>(add: (governor: Governor) => Effect.Effect<unknown, AddError, R>) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const governor = yield* Governor
    yield* Effect.catchTag(add(governor), "GovernorClosed", () => Effect.void)
  })).pipe(Layer.orDie)

/**
 * A service of which one runs, also if the program runs in several processes.
 *
 * **When to use**
 *
 * For work that must not be done twice at a time: a scheduler, a consumer of a feed, the sender of invoices.
 *
 * **Details**
 *
 * In one process, under `launch` or `supervise`, this is `service`. In a cluster (`effect-governor/cluster`), each process
 * has the service, and one of them runs it. The others stand by (`Standby`), and one of them takes over when that process
 * leaves or dies. The options are those of `service`, and mean the same in the process that runs it.
 *
 * `ServiceRun.epoch` grows with each run in the whole cluster. A process that is frozen may wake up and not know yet that
 * another one has taken over: `Fence.guard` refuses its writes.
 *
 * **Gotchas**
 *
 * The service may depend on services that each process has. No service can depend on this one, which may be in another
 * process: in a cluster the start dies of `InvalidOption`.
 *
 * From Erlang/OTP (distributed applications) and Akka (cluster singletons).
 *
 * **Example** (One that sends, wherever it runs)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Billing = Governor.singleton("billing", Effect.logInfo("sent"), {
 *   restart: RestartPolicy.onFailure("1 second")
 * })
 *
 * await Effect.runPromise(Governor.launch(Billing)) // in one process
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const singleton: typeof service = <E, R, R2 = never, R3 = never, R4 = never>(
  first: string | Service.Service<E, R>,
  run: Effect.Effect<unknown, E, R> = Effect.void,
  options?: Service.Options<NoInfer<E>, R2, R3, R4>
) => {
  const service = serviceOf(first, run, options)
  return adding((governor) =>
    Effect.flatMap(Placement, (place) => {
      if (place === undefined) return addTo(governor, service)
      return ServiceRun.use(({ nest }) =>
        place(
          governor,
          nest === undefined ? service.name : `${nest.path}/${service.name}`,
          (placed) => governor.door.place(service, placed)
        )
      )
    })
  )
}

/**
 * The parts of a piece of work, each of which runs once, also if the program runs in several processes.
 *
 * **Details**
 *
 * Each part is a `singleton`: in a cluster the parts are spread over the processes. The parts are named by their numbers
 * from 0, in a governor inside of a service with this name: `"ingest/0"`, `"ingest/1"` ….
 *
 * - `count`: how many parts there are. In a cluster they are spread evenly if `count` is a multiple of 12
 * - `run`: what a part does, by its number
 * - `options`: those of `service`. `dependsOn`, `bindsTo` and `health` are of the whole, all others of each part. The default
 *   of `restart` is that of the governor, for each part
 *
 * The layer dies of `InvalidOption` if `count` is not a whole number from 1.
 *
 * **Example** (Three parts)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Ingest = Governor.partitioned("ingest", 3, (part) => Effect.logInfo(`part ${part}`))
 *
 * const { services } = await Effect.runPromise(Governor.launch(Ingest))
 * console.log(services.map(({ name }) => name)) // [ 'ingest', 'ingest/0', 'ingest/1', 'ingest/2' ]
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const partitioned = <E, R, R2 = never, R3 = never, R4 = never>(
  name: string,
  count: number,
  run: (part: number) => Effect.Effect<unknown, E, R>,
  { bindsTo, dependsOn, health, ...options }: Service.Options<NoInfer<E>, R2, R3, R4> = {}
) => {
  const of = (part: number) => singleton(String(part), run(part), options)
  // The parts restart as the governor around says. The whole does not: its parts have ended by their own policies.
  const whole = { bindsTo, dependsOn, health, significant: options.significant, restart: RestartPolicy.never }
  return Layer.unwrap(Governor.useSync(({ door: { restart } }) => {
    const [first, ...others] = Array.from({ length: Option.count("count", count, 1, name) }, (_, part) => of(part))
    return service(asService(name, Layer.mergeAll(first!, ...others), { restart, service: whole }))
  }))
}

/**
 * Supervises the services of these layers. It builds the layers, starts all services when all layers are built, and
 * shuts the governor down before anything that the services use is closed.
 *
 * **When to use**
 *
 * For services that are a part of an application which is a layer itself. `launch` makes a program of the services: it
 * ends when all services are over, and fails when a significant service has failed.
 *
 * **Details**
 *
 * This is an ordinary layer. It provides the governor, and everything that the given layers provide. It dies of
 * `InvalidOption` if an option is bad, if a dependency is missing, or if services depend on one another in a circle. A
 * layer beside the services that reads `events` of the governor in a fiber of its own hears of their starts.
 *
 * **Gotchas**
 *
 * A layer cannot end the program that uses it. When a significant service is over, the governor shuts down, and the
 * layer stays open until its scope closes; `Layer.launch` never closes the scope. If nobody waits for the end of the
 * governor, a warning says one second later that no service runs any more. Use `launch`, or `awaitShutdown` of the
 * governor.
 *
 * **Example** (Services under a program)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Services = Layer.mergeAll(
 *   Governor.service("ticker", Effect.logInfo("tick")),
 *   Governor.service("other ticker", Effect.logInfo("tock"))
 * )
 *
 * const Supervised = Governor.supervise(Services, { restart: RestartPolicy.spaced("10 millis") })
 *
 * const program = Effect.sleep("25 millis") // when the program ends, the services are shut down
 * await Effect.runPromise(Effect.provide(program, Supervised))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const supervise: {
  (options?: Options): <A, E, R>(services: Layer.Layer<A, E, R>) => Layer.Layer<A | Governor, E, Exclude<R, Governor>>
  <A, E, R>(services: Layer.Layer<A, E, R>, options?: Options): Layer.Layer<A | Governor, E, Exclude<R, Governor>>
} = dual(
  ([first]) => Layer.isLayer(first),
  <A, E, R>(services: Layer.Layer<A, E, R>, options?: Options) =>
    Layer.tap(
      supervised(services, make(options)),
      (context) => Effect.forkScoped(warnIfStaysUp(Context.get(context, Governor)))
    )
)

/**
 * A significant service ends its governor, and nobody heeds that: `Layer.launch`, for example, never ends. Who waits
 * for the governor hears of that, and closes the layer soon.
 */
const warnIfStaysUp = Effect.fnUntraced(function*({ door }: Governor) {
  let wasAwaited = false
  door.whileActive(() => () => {
    wasAwaited = door.isAwaited()
  })
  const { reason } = yield* door.closed
  if (reason._tag !== "Significant") return
  yield* Effect.sleep("1 second")
  if (wasAwaited) return
  yield* Effect.logWarning(
    `no service runs any more, because ${reasonInWords(reason)}, but the layer of ` +
      "Governor.supervise is still open. Governor.launch makes a program that ends then"
  )
})

const supervised = <A, E, R>(
  services: Layer.Layer<A, E, R>,
  governor: Effect.Effect<Governor, InvalidOption, Scope.Scope>
): Layer.Layer<A | Governor, E, Exclude<R, Governor>> => {
  // A layer is built once, so each call makes new layers: every governor needs its own.
  const own = Layer.effect(Own, Effect.orDie(governor))
  const given = Layer.effect(Governor, Own.use(Effect.succeed))
  // Built last, so that its finalizer, the shutdown, runs first.
  const started = Layer.effect(
    Governor,
    Effect.gen(function*() {
      const governor = yield* Own
      if ((yield* governor.status).length === 0) yield* Effect.logWarning("no service was added to this governor")
      yield* Effect.addFinalizer(() => governor.shutdownWith({ _tag: "ScopeClosed" }))
      yield* Effect.yieldNow // a fiber that a layer has forked to hear of events subscribes now
      yield* Effect.orDie(governor.start)
      return governor
    })
  )
  return started.pipe(Layer.provideMerge(services), Layer.provide(given), Layer.provide(own))
}

/**
 * The governor that `supervise` makes. Its own tag keeps it visible where a nested `supervise` provides another
 * `Governor`.
 */
class Own extends Context.Service<Own, Governor>()("effect-governor/Governor/Own") {}

/**
 * Supervises services as a program. The program ends with the report when a shutdown is complete or all services are
 * over.
 *
 * **Details**
 *
 * The program fails if a layer fails to build, and with `GovernorFailed` if a significant service failed. That error
 * has the `report` too, so a program that catches it can read how every service ended. The program dies of what
 * `supervise` dies of. Interrupting it shuts the governor down.
 *
 * **Gotchas**
 *
 * In a pipe, write `Governor.launch()` if there are no options. TypeScript cannot infer the types of a function with
 * several signatures that is not called, so `services.pipe(Governor.launch)` does not compile. The same holds for
 * `supervise`.
 *
 * **Example** (A program of services)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const Services = Governor.service("migration", Effect.logInfo("migrated"))
 *
 * const report = await Effect.runPromise(Governor.launch(Services))
 * console.log(report.ok) // true
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const launch: {
  (options?: Options): <A, E, R>(
    services: Layer.Layer<A, E, R>
  ) => Effect.Effect<ShutdownReport, E | GovernorFailed, Exclude<R, Governor>>
  <A, E, R>(
    services: Layer.Layer<A, E, R>,
    options?: Options
  ): Effect.Effect<ShutdownReport, E | GovernorFailed, Exclude<R, Governor>>
} = dual(
  ([first]) => Layer.isLayer(first),
  <A, E, R>(services: Layer.Layer<A, E, R>, options?: Options) =>
    Effect.gen(function*() {
      const context = yield* Layer.build(supervised(services, make(options)))
      return yield* Context.get(context, Governor).door.awaitEnd()
    }).pipe(Effect.scoped)
)

/**
 * A governor as a service of another governor: a part of a program that restarts as a whole.
 *
 * **Details**
 *
 * Each run builds the layers afresh and supervises their services as `launch` does. The service is ready when the inner
 * services are ready. When a significant inner service fails, the run has crashed with `GovernorFailed`, and the
 * restart policy of this service decides; so a failure rises one level at a time. When this service is stopped, the
 * inner governor shuts down within the time of that stop. The report of the outer governor lists the inner services by
 * their paths.
 *
 * Governors can be nested to any depth. The shutdown of a deep chain of governors needs no deep call stack.
 *
 * - `options`: the options of the inner governor. Its `name` is by default the name of this service
 * - `options.service`: the options of this service. Its `readiness` is by default `"manual"`, and the inner services say
 *   when that is
 *
 * From Erlang/OTP: a supervision tree.
 *
 * **Example** (A connection and its readers, restarted together)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const connection = Effect.andThen(Effect.sleep("20 millis"), Effect.fail("connection lost"))
 *
 * const Ingest = Layer.mergeAll(
 *   Governor.service("connection", connection, { significant: true }),
 *   Governor.service("reader", Effect.never, { dependsOn: ["connection"] })
 * )
 *
 * const ingest = Governor.asService("ingest", Ingest, {
 *   service: { restart: RestartPolicy.onFailure("10 millis", { maxRestarts: 1 }) }
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Governor.service(ingest)))
 * console.log(report.services.map(({ name, outcome }) => `${name}: ${outcome}`))
 * // [ 'ingest: Failed', 'ingest/connection: Failed', 'ingest/reader: Stopped' ]
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const asService = <A, E, R, R2 = never, R3 = never, R4 = never>(
  name: string,
  services: Layer.Layer<A, E, R>,
  { service = {}, ...options }: Options & {
    readonly service?: Service.Options<NoInfer<E | GovernorFailed>, R2, R3, R4> | undefined
  } = {}
): Service.Service<E | GovernorFailed, Exclude<Exclude<R, Governor> | R2 | R3 | R4, Scope.Scope>> => {
  // The run knows its governor before a service is added: the build may fail when services have begun.
  const inside = Effect.tap(
    make({ name, ...options }),
    ({ door }) => ServiceRun.useSync(({ nest }) => nest?.contains(door))
  )
  const layer = supervised(services, inside)
  const run = Effect.gen(function*() {
    const { nest, ready } = yield* ServiceRun
    const context = yield* Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), yield* Effect.scope)
    const governor = Context.get(context, Governor)
    yield* Effect.forkChild(Effect.andThen(governor.awaitReady, ready))
    return yield* governor.door.awaitEnd(nest?.mustComplete)
  })
  return Service.make(name, run, { ...service, readiness: service.readiness ?? "manual" })
}
