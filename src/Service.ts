/**
 * A supervised service: a name, an effect to run, and options. A service is a value; nothing happens until a governor
 * starts it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { toEffect } from "./internal/bridge/PromiseRun.ts"
import type { ServiceInput } from "./internal/bridge/ServiceApi.ts"
import * as Option from "./internal/input/GovernorOption.ts"
import * as Probe from "./Probe.ts"
import type { RestartPolicy } from "./RestartPolicy.ts"
import { ServiceRun } from "./ServiceRun.ts"

export type { Service as PromiseService, ServiceAPI, ServiceInput, Stoppable } from "./internal/bridge/ServiceApi.ts"

const TypeId = "~effect-governor/Service"

/**
 * How a service is supervised.
 *
 * **Details**
 *
 * - `restart`: the restart policy. Default: the policy of the governor. A service with `readiness: "completed"` takes
 *   that policy after a failure only
 * - `dependsOn`: services, or their names. Each of them must be ready before a run of this service begins, and is
 *   stopped after this service. They can be added later than this service
 * - `bindsTo`: as `dependsOn`, and more: when one of these services is not ready any more, this service stops, whatever
 *   the strategy of the governor, and begins again when all are ready. That is no restart, and counts nowhere. If one of
 *   them is `Failed`, this service fails with `DependencyFailed`. A service that has completed counts as ready. From
 *   systemd (`BindsTo` with `PartOf`)
 * - `readiness`: when the service is ready. `"automatic"` (default): once the first synchronous stretch of the run has
 *   passed without failing. `"manual"`: when the run uses `ServiceRun.ready`, or completes. `"completed"`: when a run
 *   has completed, for example a migration. A `Probe`: when its check succeeds; after some failures the service is not
 *   ready any more (`ServiceUnready`), until the check succeeds again. The first check is made right after the first
 *   synchronous stretch of the run. What the run says with `ServiceRun.unready` holds until it uses `ServiceRun.ready`;
 *   otherwise `ServiceRun.ready` does nothing then
 * - `liveness`: a `Probe`, whose checks begin when the run was ready for the first time, the first of them after one
 *   period. After some failures in a row the run is hung: it is asked to end and counts as crashed, with `ProbeFailed`.
 *   A check that comes late, because the process had no time, proves nothing. Default: no probe
 * - `startTimeout`: how long a run may take to become ready. After that time the run is asked to end and counts as
 *   crashed. Default: no limit
 * - `heartbeatTimeout`: how long a run may go without `ServiceRun.heartbeat`, from its beginning on. After that time
 *   the run is hung: it is asked to end and counts as crashed. If the check itself comes late, because the process had
 *   no time, the run has the same time again. Default: no limit. From systemd
 * - `stopTimeout`: how long a stop may take before the run is abandoned. The same limit applies to the end of a hung
 *   run, and to the finalizers of a run that failed. Default: the limit of the governor, or else no limit; a hung run
 *   then has its `heartbeatTimeout`, or else the time that its `liveness` probe takes to fail, or else its
 *   `startTimeout`
 * - `significant`: if true, the governor shuts down when this service is over for good, completed or failed;
 *   `"failure"`: only if the service failed. If the service failed, the governor has failed too. A stop by hand does not
 *   count. Default: false. From Erlang/OTP
 * - `health`: whether the process is ready only if this service is, as `/readyz` of `effect-governor/http` says it:
 *   `"required"` (default) or `"optional"`. No other rule asks for it. From Kubernetes and Spring Boot
 * - `removeWhenOver`: if true, the service is removed when it has completed or failed for good, unless other services
 *   depend on it. It is then in no status and no report. For services that come and go. Its failure is told by its
 *   events, and does not make a report bad, unless the service is `significant`. A stop by hand does not remove it.
 *   Default: false
 * - `onStop`: run when a live run is asked to end, before its fiber is interrupted, and within its `stopTimeout`. What
 *   it fails with is kept, as a defect of the stop. Default: nothing
 *
 * An abandoned run may still go on. Until it settles, the service is not started again. When it settles while the
 * service is still wanted up and the governor is open, the service has crashed at that moment, and its restart policy
 * decides. After a stop or a removal nothing begins by itself, but `start` by hand works again.
 *
 * **Example** (Ending all services when the import is over)
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
export interface Options<in E = unknown, out R = never, out R2 = R, out R3 = R> {
  readonly restart?: RestartPolicy<E> | undefined
  readonly dependsOn?: ReadonlyArray<string | Any> | undefined
  readonly bindsTo?: ReadonlyArray<string | Any> | undefined
  readonly readiness?: "automatic" | "manual" | "completed" | Probe.Probe<R2> | undefined
  readonly liveness?: Probe.Probe<R3> | undefined
  readonly startTimeout?: Duration.Input | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly significant?: boolean | "failure" | undefined
  readonly health?: "required" | "optional" | undefined
  readonly removeWhenOver?: boolean | undefined
  readonly onStop?: Effect.Effect<unknown, unknown, R> | undefined
}

/**
 * How a service in plain TypeScript is supervised: the same options, and probes whose checks are functions.
 *
 * **Example** (A service that is ready when its port is open)
 *
 * ```ts
 * import { Service } from "effect-governor"
 *
 * let isOpen = false
 * const options: Service.PromiseOptions = { readiness: { check: () => isOpen, every: "1 second" } }
 *
 * const server = Service.fromPromise("server", async ({ sleep }) => {
 *   isOpen = true
 *   await sleep("Infinity")
 * }, options)
 * console.log(server.name) // server
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface PromiseOptions extends Omit<Options, "readiness" | "liveness"> {
  readonly readiness?: "automatic" | "manual" | "completed" | Probe.PromiseProbe | Probe.Probe | undefined
  readonly liveness?: Probe.PromiseProbe | Probe.Probe | undefined
}

/**
 * The options after the checks, except the restart policy. Durations are in milliseconds.
 *
 * @internal
 */
export interface Checked {
  /** All dependencies, with those that the service is bound to. */
  readonly dependsOn: ReadonlyArray<string> | undefined
  readonly bindsTo: ReadonlyArray<string> | undefined
  readonly readiness: typeof readinesses[number] | Probe.Checked
  readonly liveness: Probe.Checked | undefined
  readonly startTimeout: number
  readonly heartbeatTimeout: number
  readonly stopTimeout: number | undefined
  readonly significant: boolean | "failure"
  readonly isOptional: boolean
  readonly removeWhenOver: boolean
  readonly onStop: Effect.Effect<unknown> | undefined
}

const readinesses = ["automatic", "manual", "completed"] as const
const healths = ["required", "optional"] as const
/** @internal */
export const optionKeys = [
  "restart",
  "dependsOn",
  "bindsTo",
  "readiness",
  "liveness",
  "startTimeout",
  "heartbeatTimeout",
  "stopTimeout",
  "significant",
  "health",
  "removeWhenOver"
] as const satisfies ReadonlyArray<keyof Options>

/** Whether there is any option besides `restart`. This is a loop because there may be many services. */
const setsMore = (options: Omit<PromiseOptions, "restart">): boolean => {
  if (options.onStop !== undefined) return true
  for (const key of optionKeys) if (key !== "restart" && options[key] !== undefined) return true
  return false
}

/** One object for all services without options, because there may be many. */
const none: Options = {}

/** The checked options of a service that sets none. */
const defaults: Checked = {
  dependsOn: undefined,
  bindsTo: undefined,
  readiness: "automatic",
  liveness: undefined,
  startTimeout: Infinity,
  heartbeatTimeout: Infinity,
  stopTimeout: undefined,
  significant: false,
  isOptional: false,
  removeWhenOver: false,
  onStop: undefined
}

/**
 * Checks the raw options, except the restart policy. Throws `InvalidOption`.
 *
 * @internal
 */
export const check = (options: Options, name?: string): Checked =>
  checkValues(Option.known("options", options, [...optionKeys, "onStop"], name), name)

/**
 * Checks options whose keys are known to be right.
 *
 * @internal
 */
export const checkValues = (
  options: Omit<PromiseOptions, "restart">,
  name?: string
): Checked => {
  if (!setsMore(options)) return defaults
  const { health, liveness, onStop, readiness, removeWhenOver, significant, stopTimeout } = options
  const limit = (field: "startTimeout" | "heartbeatTimeout") =>
    options[field] === undefined ? Infinity : Option.limitMillis(field, options[field], name)
  return {
    ...checkDependencies(options, name),
    readiness: readiness === undefined ? "automatic" : checkReadiness(readiness, name),
    liveness: liveness === undefined ? undefined : Probe.check("liveness", liveness, name),
    startTimeout: limit("startTimeout"),
    heartbeatTimeout: limit("heartbeatTimeout"),
    stopTimeout: stopTimeout === undefined ? undefined : Option.timeoutMillis("stopTimeout", stopTimeout, name),
    significant: significant === undefined || significant === "failure"
      ? significant ?? false
      : Option.flag("significant", significant, name, "true, false or \"failure\""),
    isOptional: health !== undefined && Option.oneOf("health", health, healths, name) === "optional",
    removeWhenOver: removeWhenOver === undefined ? false : Option.flag("removeWhenOver", removeWhenOver, name),
    onStop: onStop === undefined ? undefined : Effect.orDie(Option.effect("onStop", onStop, name))
  }
}

const checkReadiness = (
  readiness: NonNullable<PromiseOptions["readiness"]>,
  name: string | undefined
): Checked["readiness"] =>
  typeof readiness === "object" && readiness !== null
    ? Probe.check("readiness", readiness, name)
    : Option.oneOf("readiness", readiness, readinesses, name, "a probe")

const checkDependencies = (
  { bindsTo, dependsOn }: Pick<Options, "bindsTo" | "dependsOn">,
  name: string | undefined
): Pick<Checked, "dependsOn" | "bindsTo"> => {
  const others = dependsOn === undefined ? undefined : Option.names("dependsOn", dependsOn, name)
  if (bindsTo === undefined) return { dependsOn: others, bindsTo: undefined }
  const bound = Option.names("bindsTo", bindsTo, name)
  return { dependsOn: [...new Set([...(others ?? []), ...bound])], bindsTo: bound }
}

/**
 * A service that may fail with `E` and needs `R`.
 *
 * **Details**
 *
 * A service is a value. It can be copied and changed, and added to any number of governors.
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
 * For lists of services that are only read.
 *
 * **Gotchas**
 *
 * The requirements of such a service are unknown, so an effect that adds it cannot be run. For a list of services that
 * require nothing, use `ReadonlyArray<Service.Service<unknown>>`.
 *
 * **Example** (Reading services of different types)
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
 * A service from an effect. Each run has its own `Scope`, which is closed when the run ends.
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
export const make = <E, R, R2 = never, R3 = never, R4 = never>(
  name: string,
  run: Effect.Effect<unknown, E, R>,
  options: Options<NoInfer<E>, R2, R3, R4> = none
): Service<E, Exclude<R | R2 | R3 | R4, Scope.Scope>> => ({
  [TypeId]: TypeId,
  name,
  run: run as Effect.Effect<unknown, E, Exclude<R, Scope.Scope> | Scope.Scope>,
  // The governor asks the policy about errors of this service only, and provides what `onStop` and the probes require.
  options: options as Options
})

/**
 * A service from plain TypeScript: a function that returns a promise, an object with `run` and optionally `stop`, or
 * `{ create }`, which makes such an object for each run.
 *
 * **Details**
 *
 * The service runs in a fiber, like every other service. A run that throws or rejects has crashed. When a run has to
 * end, its signal is aborted and then `stop()` is called. When both promises have settled, what the run has deferred is
 * called. The run has ended when that has settled too. This
 * function is the only bridge from promises to the core; `effect-governor/promise` uses it too.
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
export const fromPromise = (
  name: string,
  service: ServiceInput,
  options: PromiseOptions = {}
): Service => make(name, toEffect(service), options as Options) // the governor takes checks of both forms

/**
 * A service from a layer, for example a server with its routes, or a client with its connection. Each run builds the
 * layer afresh and closes it at its end.
 *
 * **Details**
 *
 * The service is ready when the layer is built, unless the options have a `readiness`. With `"manual"` it is ready when
 * the layer, or the effect `run`, uses `ServiceRun.ready`. With `"completed"` it is ready when `run` has completed.
 *
 * The run crashes when the build fails, or when an effect fails that was forked with `ServiceRun.fork`. The run ends
 * when the effect `run` ends, which gets what the layer provides. Default of `run`: it never ends.
 *
 * **Gotchas**
 *
 * If the layer forks an effect by other means and this effect fails, the run goes on without it.
 *
 * **Example** (A layer that is built again when a forked effect fails)
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
export const fromLayer = <A, E, R, E2 = never, R2 = never, R3 = never, R4 = never, R5 = never>(
  name: string,
  layer: Layer.Layer<A, E, R>,
  options: Options<NoInfer<E | E2>, R3, R4, R5> & { readonly run?: Effect.Effect<unknown, E2, R2> | undefined } = {}
): Service<E | E2, Exclude<R | Exclude<R2, A> | R3 | R4 | R5, Scope.Scope>> => {
  const { run = Effect.never, ...rest } = options
  const built = rest.readiness === undefined ? ServiceRun.ready : Effect.void
  const body = Effect.gen(function*() {
    const context = yield* Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), yield* Effect.scope)
    yield* built
    return yield* Effect.provideContext(run, context)
  })
  return make(name, body, { ...rest, readiness: rest.readiness ?? "manual" })
}
