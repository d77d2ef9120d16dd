/**
 * What a supervised service is: a name, an effect to run, options. A value: nothing happens until a governor starts it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Option from "./GovernorOption.ts"
import type { RestartPolicy } from "./RestartPolicy.ts"
import { type ServiceInput, toEffect } from "./ServiceApi.ts"
import { ServiceRun } from "./ServiceRun.ts"

export type { Service as PromiseService, ServiceAPI, ServiceInput, Stoppable } from "./ServiceApi.ts"

const TypeId = "~effect-governor/Service"

/**
 * How a service is supervised.
 *
 * **Details**
 *
 * - `restart`: when it runs again. Default: the governor's policy; of one whose readiness is `"completed"`, after a failure
 * - `dependsOn`: the services, or their names, that must be ready whenever a run of this one begins, and which are stopped
 *   after it. They need not be added yet
 * - `readiness`: `"automatic"` (default), ready once the run's first synchronous stretch has passed without failing;
 *   `"manual"`, when the run says `ServiceRun.ready`, or completes; `"completed"`, when a run has completed, as that of a
 *   migration
 * - `startTimeout`: how long a run may take to be ready; one that is not has crashed. Default: no limit
 * - `heartbeatTimeout`: how long a run may go without saying `ServiceRun.heartbeat`, from its beginning on; one that does is
 *   hung, is asked to end, and has crashed. A check that comes late, for the process had no time, grants as long again.
 *   Default: no limit. From systemd
 * - `stopTimeout`: how long a stop may take before the run is abandoned. Default: the governor's, or as long as
 *   `heartbeatTimeout` or `startTimeout`, or no limit
 * - `significant`: when it is over for good, completed or failed, the governor shuts down; if it failed, so did the
 *   governor. Default: false. A stop by hand is not meant. From Erlang/OTP
 *
 * **Example** (Ending all when the import is over)
 *
 * ```ts
 * import { Governor, RestartPolicy, type Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const options: Service.Options = {
 *   restart: RestartPolicy.onFailure("1 second", { maxRestarts: 3 }),
 *   stopTimeout: "10 seconds",
 *   significant: true
 * }
 *
 * const Services = Layer.mergeAll(
 *   Governor.service("importer", Effect.logInfo("imported"), options),
 *   Governor.service("clock", Effect.never)
 * )
 *
 * const { reason } = await Effect.runPromise(Governor.launch(Services))
 * console.log(reason) // { _tag: 'Significant', service: 'importer' }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly restart?: RestartPolicy | undefined
  readonly dependsOn?: ReadonlyArray<string | Any> | undefined
  readonly readiness?: "automatic" | "manual" | "completed" | undefined
  readonly startTimeout?: Duration.Input | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly significant?: boolean | undefined
}

/**
 * The options after they were checked, but for the restart policy: durations in milliseconds.
 *
 * @internal
 */
export interface Checked {
  readonly dependsOn: ReadonlyArray<string> | undefined
  readonly readiness: typeof readinesses[number]
  readonly startTimeout: number
  readonly heartbeatTimeout: number
  readonly stopTimeout: number | undefined
  readonly significant: boolean
}

const readinesses = ["automatic", "manual", "completed"] as const
/** @internal */
export const optionKeys = [
  "restart",
  "dependsOn",
  "readiness",
  "startTimeout",
  "heartbeatTimeout",
  "stopTimeout",
  "significant"
] as const satisfies ReadonlyArray<keyof Options>

/** Than when it restarts. A loop, for there may be many services. */
const saysMore = (options: Omit<Options, "restart">): boolean => {
  for (const key of optionKeys) if (key !== "restart" && options[key] !== undefined) return true
  return false
}

/** One object for all that say nothing, of which there may be many. */
const none: Options = {}

/** What most services say. */
const unsaid: Checked = {
  dependsOn: undefined,
  readiness: "automatic",
  startTimeout: Infinity,
  heartbeatTimeout: Infinity,
  stopTimeout: undefined,
  significant: false
}

/**
 * Checks the options as they came, but for the restart policy. Throws `InvalidOption`.
 *
 * @internal
 */
export const check = (options: Options, name?: string): Checked =>
  checkValues(Option.known("options", options, optionKeys, name), name)

/**
 * The same of options whose keys are known.
 *
 * @internal
 */
export const checkValues = (options: Omit<Options, "restart">, name?: string): Checked => {
  if (!saysMore(options)) return unsaid
  const { dependsOn, readiness, significant, stopTimeout } = options
  const limit = (field: "startTimeout" | "heartbeatTimeout") =>
    options[field] === undefined ? Infinity : Option.limitMillis(field, options[field], name)
  return {
    dependsOn: dependsOn === undefined ? undefined : Option.names("dependsOn", dependsOn, name),
    readiness: readiness === undefined ? "automatic" : Option.oneOf("readiness", readiness, readinesses, name),
    startTimeout: limit("startTimeout"),
    heartbeatTimeout: limit("heartbeatTimeout"),
    stopTimeout: stopTimeout === undefined ? undefined : Option.timeoutMillis("stopTimeout", stopTimeout, name),
    significant: significant === undefined ? false : Option.flag("significant", significant, name)
  }
}

/**
 * A service that may fail with `E` and needs `R`.
 *
 * **Details**
 *
 * A value: it can be copied and changed, and added to any number of governors.
 *
 * **Example** (Several services of one kind)
 *
 * ```ts
 * import { Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const times = <E, R>(n: number, service: Service.Service<E, R>): ReadonlyArray<Service.Service<E, R>> =>
 *   Array.from({ length: n }, (_, i) => ({ ...service, name: `${service.name}-${i + 1}` }))
 *
 * const readers = times(3, Service.make("reader", Effect.never, { stopTimeout: "5 seconds" }))
 * console.log(readers.map((reader) => reader.name)) // [ 'reader-1', 'reader-2', 'reader-3' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Service<out E = never, out R = never> {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly run: Effect.Effect<unknown, E, R | Scope.Scope>
  readonly options: Options
}

/**
 * Any service.
 *
 * **When to use**
 *
 * For lists of services which are only looked at.
 *
 * **Gotchas**
 *
 * What it needs is unknown, so an effect that adds it cannot be run. A list of services that need nothing is a
 * `ReadonlyArray<Service.Service<unknown>>`.
 *
 * **Example** (Looking at services of different types)
 *
 * ```ts
 * import { Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const significant = (services: ReadonlyArray<Service.Any>) =>
 *   services.filter((service) => service.options.significant).map((service) => service.name)
 *
 * const api = Service.make("api", Effect.fail("the port is taken"), { significant: true })
 * console.log(significant([api, Service.make("clock", Effect.never)])) // [ 'api' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Service<unknown, unknown>

/**
 * A service from an effect. Each run has a `Scope` of its own, closed when the run ends.
 *
 * **Example** (A connection for each run)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const connection = Effect.acquireRelease(Effect.logInfo("connected"), () => Effect.logInfo("disconnected"))
 *
 * const reader = Service.make("reader", Effect.andThen(connection, Effect.logInfo("read all there was")))
 *
 * await Effect.runPromise(Governor.launch(Governor.service(reader)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  name: string,
  run: Effect.Effect<unknown, E, R>,
  options: Options = none
): Service<E, Exclude<R, Scope.Scope>> => ({
  [TypeId]: TypeId,
  name,
  run: run as Effect.Effect<unknown, E, Exclude<R, Scope.Scope> | Scope.Scope>,
  options
})

/**
 * A service from plain TypeScript: a function that returns a promise, an object with `run` and perhaps `stop`, or `{
 * create }`, which makes such an object for each run.
 *
 * **Details**
 *
 * What it throws or rejects with is a crash. When it is to end, its signal is aborted and `stop()` called; it has
 * ended when both promises have settled.
 *
 * **Example** (A service that polls)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const poller = Service.fromPromise("poller", async ({ log, sleep }) => {
 *   do log("polled")
 *   while (!(await sleep("10 millis"))) // true: the run is to end
 * })
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(poller)
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
export const fromPromise = (name: string, service: ServiceInput, options: Options = {}): Service =>
  make(name, toEffect(service), options)

/**
 * A service from a layer, which each run builds afresh and closes at its end: a server with its routes, a client with
 * its connection.
 *
 * **Details**
 *
 * It is ready when the layer is built. It crashes when the build fails, and when an effect that was forked with
 * `ServiceRun.fork` does; it ends when `run` does, which is given what the layer provides. Default: `run` never ends.
 *
 * **Gotchas**
 *
 * When an effect that the layer forked by other means fails, the run goes on without it.
 *
 * **Example** (A layer that is built again when what it forked fails)
 *
 * ```ts
 * import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const receive = Effect.andThen(Effect.sleep("10 millis"), Effect.fail("connection lost"))
 * const Client = Layer.effectDiscard(Effect.andThen(Effect.logInfo("connected"), ServiceRun.fork(receive)))
 *
 * const client = Service.fromLayer("client", Client, {
 *   restart: RestartPolicy.onFailure("10 millis", { maxRestarts: 1 })
 * })
 *
 * const report = await Effect.runPromise(Governor.launch(Governor.service(client)))
 * console.log(report.services.map((service) => service.outcome)) // [ 'Failed' ]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLayer = <A, E, R, E2 = never, R2 = never>(
  name: string,
  layer: Layer.Layer<A, E, R>,
  options: Options & { readonly run?: Effect.Effect<unknown, E2, R2> | undefined } = {}
): Service<E | E2, Exclude<R | Exclude<R2, A>, Scope.Scope>> => {
  const { run = Effect.never, ...rest } = options
  const body = Effect.gen(function*() {
    const context = yield* Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), yield* Effect.scope)
    yield* ServiceRun.ready
    return yield* Effect.provideContext(run, context)
  })
  return make(name, body, { ...rest, readiness: rest.readiness ?? "manual" })
}
