/**
 * The present run of a service: its name, its number, and what the run can say to its governor.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { RunAbandoned } from "./GovernorError.ts"
import type { ProcessStatus, ServiceEvent } from "./GovernorEvent.ts"
import type { Ends } from "./ShutdownReport.ts"

/**
 * A run, as seen from inside: its name, its number, and what it can say to its governor.
 *
 * **Details**
 *
 * - `name`: the name of the service
 * - `run`: the number of this run, from 1
 * - `epoch`: where a cluster decides where the service runs, how often it has begun in the whole cluster, up to this run;
 *   elsewhere 0. A larger number is of a later run, so it can fence off the writes of an older run. The services of a
 *   governor inside of such a run have its epoch
 * - `ready`: says that the service does its work now. Needed only with `readiness: "manual"`, and harmless otherwise
 * - `unready`: says that the run does not do its work for now, and why, until it says `ready`. A service that is up and
 *   depends on this one goes on; one that is not up waits. The run goes on too, and nothing counts as failed
 * - `heartbeat`: says that the run is alive. Needed only with `heartbeatTimeout`
 * - `fork`: forks an effect into the current scope, which is the scope of the run or of a layer. If the effect fails,
 *   the run has crashed
 * - `stop`: ends the service for good, whatever its restart policy. The run counts as completed
 * - `awaitStop`: returns when the run is asked to end. For code that cannot be interrupted
 *
 * **Example** (Observing a run in a test)
 *
 * ```ts
 * import { ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const service = Effect.andThen(Effect.logInfo("listening"), ServiceRun.ready)
 *
 * const said: Array<string> = []
 * const run: ServiceRun = {
 *   name: "service",
 *   run: 1,
 *   epoch: 0,
 *   ready: Effect.sync(() => void said.push("ready")),
 *   unready: () => Effect.void,
 *   heartbeat: Effect.void,
 *   fork: Effect.forkScoped,
 *   stop: Effect.interrupt,
 *   awaitStop: Effect.never
 * }
 *
 * await Effect.runPromise(Effect.provideService(service, ServiceRun, run))
 * console.log(said) // [ 'ready' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceRun {
  readonly name: string
  readonly run: number
  readonly epoch: number
  readonly ready: Effect.Effect<void>
  readonly unready: (reason?: string) => Effect.Effect<void>
  readonly heartbeat: Effect.Effect<void>
  readonly fork: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Fiber.Fiber<A, E>, never, R | Scope.Scope>
  readonly stop: Effect.Effect<never>
  readonly awaitStop: Effect.Effect<void>
  /** Exists only in a run of a governor. @internal */
  readonly nest?: Nest | undefined
  /**
   * If the effect is the whole run, takes the part into the run and returns true. Exists only in a run of a governor.
   *
   * @internal
   */
  readonly takesPart?: ((effect: Effect.Effect<unknown>, part: Part) => boolean) | undefined
  /** The limit from one heartbeat to the next, in milliseconds. Exists only in a run of a governor. @internal */
  readonly heartbeatTimeout?: number | undefined
  /** How long the run may take to end, in milliseconds; undefined: as long as it needs. Exists only in a run of a governor. @internal */
  readonly stopTimeout?: number | undefined
  /**
   * The run can be ended by force: `kill` is called when the time of the run is over. Then the run must settle. Exists only in a
   * run of a governor.
   *
   * @internal
   */
  readonly mortal?: ((kill: () => void) => void) | undefined
  /** Tells what is known of the process or thread that the run is. Exists only in a run of a governor. @internal */
  readonly tellProcess?: TellProcess | undefined
}

/**
 * Tells what becomes known of a process or a thread.
 *
 * @internal
 */
export type TellProcess = (tag: ServiceEvent["_tag"] & `Process${string}`, known: ProcessStatus) => void

/**
 * A part of a run beside its fiber. The run has settled once its fiber has exited and its part has settled.
 *
 * @internal
 */
export interface Part {
  /** Called when the fiber has exited. Ends the part, and calls `settled` with its exit, perhaps at once. */
  readonly end: (settled: (exit: Exit.Exit<void>) => void) => void
  /**
   * Called when the run is abandoned. Returns the errors so far, and passes each later error to `tell`. The exit has them
   * all in the end.
   */
  readonly abandon: (tell: (error: Cause.Die) => void) => ReadonlyArray<Cause.Die>
}

/**
 * Begins a run, so that the process can tell which run an uncaught error comes from.
 *
 * @internal
 */
export type Enter = <A>(run: { readonly service: string; readonly run: number }, begin: () => A) => A

/**
 * What a governor that is made inside a run needs to know about that run.
 *
 * @internal
 */
export interface Nest {
  /** The names of the services around the governor, the outermost first, joined by `/`. */
  readonly path: string
  /** That of the run, and of those inside. */
  readonly epoch: () => number
  /** Whether the service has `readiness: "completed"`: a governor in it has to end well. */
  readonly mustComplete: boolean
  /** How long the run may still take to end, in milliseconds. */
  readonly remaining: () => number
  /** Whether the run is one of this service or governor, or inside of one. A fiber of the run would wait for itself there. */
  readonly isWithin: (serviceOrGovernor: object) => boolean
  /** How runs begin in the governor around. The runs inside begin in the same way. */
  readonly enter: Enter | undefined
  /** In words, that the run has ended or was asked to end. Undefined while neither is the case. */
  readonly end: () => string | undefined
  /** Tells the run that it consists of this governor. */
  readonly contains: (governor: Contained) => void
  /** Tells the run that an abandoned run inside it has settled. */
  readonly found: () => void
}

/**
 * What a run needs to know about the governor that it consists of.
 *
 * @internal
 */
export interface Contained {
  /** How the services ended, for the report of the governor around this one. */
  readonly ends: () => Ends
  /** A run that was abandoned and has not settled, if there is one. */
  readonly lost: () => RunAbandoned | undefined
  /** Says that the run has less time left to end than before. */
  readonly hurry: () => void
  /** The record of the governor, for the engine. */
  readonly state: unknown
  /** Says that the service was removed, so that the inner metrics are no longer needed. */
  readonly forget: () => void
}

const alone: ServiceRun = {
  name: "",
  run: 0,
  epoch: 0,
  ready: Effect.void,
  unready: () => Effect.void,
  heartbeat: Effect.void,
  fork: Effect.forkScoped,
  stop: Effect.interrupt,
  awaitStop: Effect.never
}

/**
 * Forks an effect into the current scope, as `fork` of a run does, and calls `failed` if it fails. `isOwn`: the effect has failed by
 * itself. Only the effect can tell that: after an interruption from outside its code does not go on. Once its scope closes, an
 * interruption is no failure of its own.
 *
 * @internal
 */
export const forkTelling = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  failed: (cause: Cause.Cause<E>, isOwn: boolean) => void
): Effect.Effect<Fiber.Fiber<A, E>, never, R | Scope.Scope> => {
  let hasFailed = false
  const told = Effect.catchCause(effect, (cause) => {
    hasFailed = true
    return Effect.failCause(cause)
  })
  return Effect.flatMap(
    Effect.scope,
    (scope) =>
      Effect.tap(Effect.forkIn(told, scope), (fiber) =>
        Effect.sync(() =>
          fiber.addObserver((exit) => {
            if (exit._tag === "Failure") failed(exit.cause, hasFailed && scope.state._tag !== "Closed")
          })
        ))
  )
}

const reference = /* @__PURE__ */ Context.Reference<ServiceRun>("effect-governor/ServiceRun", {
  defaultValue: () => alone
})

/**
 * The run that the present effect belongs to.
 *
 * **Details**
 *
 * This is a reference with a harmless default, so that an effect that uses `ServiceRun.ready` also runs in a test
 * without a governor. In the default, the name is empty and the run is 0, `ready`, `unready` and `heartbeat` do
 * nothing, `fork` only forks, and `stop` interrupts.
 *
 * **Example** (A service that knows the number of its run)
 *
 * ```ts
 * import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const countdown = Effect.gen(function*() {
 *   const { name, run } = yield* ServiceRun
 *   yield* Effect.logInfo(`${name}, run ${run}`)
 *   if (run === 3) return yield* ServiceRun.stop // for good
 * })
 *
 * const Services = Governor.service("countdown", countdown)
 *
 * await Effect.runPromise(Governor.launch(Services, { restart: RestartPolicy.spaced("10 millis") }))
 * ```
 *
 * @since 0.1.0
 * @category references
 */
export const ServiceRun = /* @__PURE__ */ Object.assign(reference, {
  /** Says that the service does its work now. */
  ready: reference.use((run) => run.ready),
  /** Says that the service does not do its work for now, and why. `ready` takes that back. */
  unready: (reason?: string): Effect.Effect<void> => reference.use((run) => run.unready(reason)),
  /** Says that the run is alive. */
  heartbeat: reference.use((run) => run.heartbeat),
  /**
   * Forks an effect into the current scope, which is the scope of the run or of a layer. If the effect fails, the run
   * has crashed. An effect that is interrupted, by its scope or by hand, has not failed.
   */
  fork: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Fiber.Fiber<A, E>, never, R | Scope.Scope> =>
    reference.use((run) => run.fork(effect)),
  /** Ends the service for good, whatever its restart policy. The run counts as completed. */
  stop: reference.use((run) => run.stop),
  /**
   * Returns when the run is asked to end, in a region that cannot be interrupted, for example to finish the present job
   * before the next one is taken. Elsewhere the fiber is interrupted then.
   */
  awaitStop: reference.use((run) => run.awaitStop)
})
