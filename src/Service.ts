/**
 * What a supervised service is: a name, an effect to run, options. A value: nothing happens until a governor starts it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { RestartPolicy } from "./RestartPolicy.ts"
import { type ServiceInput, toEffect } from "./ServiceApi.ts"
import { ServiceRun } from "./ServiceRun.ts"

export type { Service as PromiseService, ServiceAPI, ServiceInput, Stoppable } from "./ServiceApi.ts"

const TypeId = "~effect-governor/Service"

/**
 * - `restart`: when it runs again. Default: the governor's policy
 * - `readiness`: `"automatic"` (default), ready once the run's first synchronous stretch has passed without failing;
 *   `"manual"`, when the run says `ServiceRun.ready`, or completes
 * - `stopTimeout`: how long a stop may take before the run is abandoned. Default: the governor's, which is no limit
 * - `significant`: when it is over for good, completed or failed, the governor shuts down; if it failed, so did the governor.
 *   Default: false. A stop by hand is not meant. From Erlang/OTP
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly restart?: RestartPolicy | undefined
  readonly readiness?: "automatic" | "manual" | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly significant?: boolean | undefined
}

/**
 * A service that may fail with `E` and needs `R`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service<out E = never, out R = never> {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly run: Effect.Effect<unknown, E, R | Scope.Scope>
  readonly options: Options
  /** @internal */
  readonly isPromise?: boolean
}

/**
 * Any service.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Service<unknown, unknown>

/**
 * A service from an effect. Each run has a `Scope` of its own, closed when the run ends.
 *
 * @example
 * import { Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * export const ticker = Service.make(
 *   "ticker",
 *   Effect.logInfo("tick").pipe(Effect.andThen(Effect.sleep("1 second")), Effect.forever)
 * )
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  name: string,
  run: Effect.Effect<unknown, E, R>,
  options: Options = {}
): Service<E, Exclude<R, Scope.Scope>> => ({
  [TypeId]: TypeId,
  name,
  run: run as Effect.Effect<unknown, E, Exclude<R, Scope.Scope> | Scope.Scope>,
  options
})

/**
 * A service from plain TypeScript: a function that returns a promise, an object with `run` and perhaps `stop`, or
 * `{ create }`, which makes such an object for each run. What it throws or rejects with is a crash.
 *
 * @example
 * import { Service } from "effect-governor"
 *
 * export const poller = Service.fromPromise("poller", async ({ signal, sleep }) => {
 *   do await fetch("http://localhost:3000/", { signal })
 *   while (!(await sleep("10 seconds")))
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromPromise = (name: string, service: ServiceInput, options: Options = {}): Service => ({
  ...make(name, toEffect(service), options),
  isPromise: true
})

/**
 * A service from a layer, which each run builds afresh and closes at its end: a server with its routes, a client with its
 * connection. It is ready when the layer is built. It crashes when the build fails, and when an effect that was forked with
 * `ServiceRun.fork` does; it ends when `run` does, which is given what the layer provides. Default: `run` never ends.
 *
 * @example
 * import { Service, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Poller = Layer.effectDiscard(
 *   ServiceRun.fork(Effect.forever(Effect.andThen(Effect.logInfo("polled"), Effect.sleep("1 second"))))
 * )
 *
 * export const poller = Service.fromLayer("poller", Poller)
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
  return make(name, body, { readiness: "manual", ...rest })
}
