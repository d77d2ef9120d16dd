/**
 * Makes a governor from raw options, for all doors. The streams are made elsewhere, because they take longer to load
 * than the rest of the package.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { CurrentLogAnnotations, CurrentLogSpans } from "effect/References"
import { Scheduler } from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import { ParentSpan } from "effect/Tracer"
import {
  type DuplicateService,
  type GovernorClosed,
  type InvalidOption,
  type NotReady,
  type UnknownService
} from "../GovernorError.ts"
import * as RestartPolicy from "../RestartPolicy.ts"
import type { Service } from "../Service.ts"
import type { ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { type Door, doorOf } from "./door.ts"
import * as Commands from "./engine/commands.ts"
import { make } from "./engine/makeGovernor.ts"
import { shutDown } from "./engine/shutdown.ts"
import { Handle } from "./Handle.ts"
import * as Option from "./input/GovernorOption.ts"
import type { GovernorState } from "./lifecycle/GovernorState.ts"
import { snapshotOf, statusesIn, statusesOf } from "./lifecycle/inside.ts"
import { readinessOfAll } from "./lifecycle/readiness.ts"
import * as Spec from "./lifecycle/spec.ts"
import { strategies, type Strategy } from "./lifecycle/strategy.ts"
import { unheard } from "./telling/logger.ts"
import type { Listener } from "./telling/Outbox.ts"

/**
 * The options of a governor.
 *
 * **Details**
 *
 * - `name`: the name of the governor. Default: `"governor"`
 * - `restart`: the policy of services that have none of their own. Default: `RestartPolicy.never`
 * - `strategy`: which other services restart together with a service. `"one-for-one"` (default): no others.
 *   `"one-for-all"`: all services. `"rest-for-one"`: the services that were added later. `"dependents"`: the services
 *   that depend on it. These services stop while the delay of the restart runs, dependents first, and begin again in
 *   order when the delay is over, also if the delay is zero. Services that are over or were stopped by hand stay as
 *   they are. A service with the policy `RestartPolicy.never` of its own does not begin again. From Erlang/OTP
 * - `stopTimeout`: how long the stop of one service may take before its run is abandoned. Default: no limit
 * - `shutdownTimeout`: how long a whole shutdown may take. Default: no limit; under `runMain` and after `catchSignals`,
 *   25 seconds, because Kubernetes kills the process after 30
 *
 * **Example** (Sharing options between a program and its tests)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const options: Governor.Options = {
 *   name: "backend",
 *   restart: RestartPolicy.onFailure("1 second", { maxRestarts: 5, within: "1 minute" }),
 *   stopTimeout: "10 seconds",
 *   shutdownTimeout: "20 seconds"
 * }
 *
 * await Effect.runPromise(Governor.launch(Governor.service("hello", Effect.logInfo("hello")), options))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name?: string | undefined
  readonly restart?: RestartPolicy.RestartPolicy | undefined
  readonly strategy?: "one-for-one" | "one-for-all" | "rest-for-one" | "dependents" | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly shutdownTimeout?: Duration.Input | undefined
}

/** Why a service was not added. */
type AddError = DuplicateService | GovernorClosed | InvalidOption

/**
 * A process that passes its signals to the governors that are made in it.
 *
 * @internal
 */
export interface Host {
  /**
   * Called with each new governor. The returned function is called with the report when the governor's scope has
   * closed.
   */
  readonly enter: (governor: Governed) => (report: ShutdownReport) => void
  /** Why the process ends, once it does. The scopes that close then have this reason. */
  readonly reason: () => ShutdownReason | undefined
}

/**
 * The process in which a governor is made; by default none.
 *
 * @internal
 */
export const Host = /* @__PURE__ */ Context.Reference<Host | undefined>("effect-governor/Host", {
  defaultValue: () => undefined
})

/**
 * Makes a governor that lives as long as its scope.
 *
 * @internal
 */
export const govern = (options: Options = {}): Effect.Effect<Governed, InvalidOption, Scope.Scope> =>
  Effect.gen(function*() {
    const checked = yield* orFail<CheckedOptions, InvalidOption>(() => check(options))
    const context = yield* Effect.context()
    const own = ownContext(context)
    const state = make(checked, options.name === undefined ? own : named(own, checked.name))
    const host = yield* Host
    const governor = fromState(state, checked, host, belowOf(context))
    const leave = host?.enter(governor)
    yield* Effect.addFinalizer(() =>
      Effect.map(governor.shutdownWith({ _tag: "ScopeClosed" }), (report) => {
        state.metrics.close()
        leave?.(report)
      })
    )
    return governor
  })

interface CheckedOptions extends Spec.Defaults {
  readonly name: string
  readonly strategy: Strategy
  readonly restart: RestartPolicy.RestartPolicy
  readonly shutdownTimeout: number | undefined
}

const keys = ["name", "restart", "strategy", "stopTimeout", "shutdownTimeout"]

const check = (options: Options): CheckedOptions => {
  const { name, restart = RestartPolicy.never, shutdownTimeout, stopTimeout, strategy } = Option.known(
    "options",
    options,
    keys
  )
  return {
    name: name === undefined ? "governor" : Option.name(name),
    strategy: strategy === undefined ? "one-for-one" : Option.oneOf("strategy", strategy, strategies),
    restart,
    policy: RestartPolicy.check(restart),
    stopTimeout: stopTimeout === undefined ? undefined : Option.timeoutMillis("stopTimeout", stopTimeout),
    shutdownTimeout: shutdownTimeout === undefined
      ? undefined
      : Option.timeoutMillis("shutdownTimeout", shutdownTimeout)
  }
}

/**
 * A governor as the doors use it.
 *
 * @internal
 */
export type Governed = ReturnType<typeof fromState>

const fromState = (state: GovernorState, options: CheckedOptions, host: Host | undefined, below: Door | undefined) => {
  const { outbox, services, shutdown } = state
  const shutdownWith = shutdownOf(state, host)
  const take = taker(state, options)
  return {
    name: options.name,
    add: <E, R>(service: Service<E, R>) =>
      orFail<Handle<E>, AddError, Exclude<R, Scope.Scope>>((context) =>
        new Handle(take(Spec.checkService(service), context))
      ),
    /**
     * Adds a checked service at once, as `add` does. `policy` is the policy of a service that has none of its own.
     * Throws an `AddError`.
     */
    take: (...args: Parameters<typeof take>): void => void take(...args),
    start: Commands.startAll(state),
    awaitReady: Commands.awaitReady(state),
    awaitReadyWithin: (timeout: Duration.Input): Effect.Effect<void, InvalidOption | NotReady> =>
      Effect.flatMap(
        orFail<number, InvalidOption>(() => Option.timeoutMillis("timeout", timeout)),
        (millis) => Commands.awaitReadyWithin(state, millis)
      ),
    readiness: () => readinessOfAll(services.values()),
    shutdown: shutdownWith({ _tag: "Requested" }),
    shutdownWith,
    awaitShutdown: Commands.awaitShutdown(state),
    awaitShutdownStart: Deferred.await(shutdown.began),
    get: (path: string) =>
      orFail<Handle<unknown>, UnknownService>(() =>
        new Handle(Commands.get(state, path), path.includes("/") ? { by: state, path } : undefined)
      ),
    has: (name: string) => services.has(name),
    status: Effect.sync(() => statusesOf(state)),
    treeStatus: Effect.sync(() => statusesIn(state)),
    clusterStatus: Effect.sync(() => state.cluster?.status() ?? []),
    snapshot: Effect.sync(() => snapshotOf(state, statusesOf)),
    treeSnapshot: Effect.sync(() => snapshotOf(state, statusesIn)),
    outbox,
    listen: (listener: Listener, options?: { readonly tree?: boolean | undefined }) =>
      (Option.isTree(options) ? outbox.tree : outbox).listen(listener),
    door: doorOf(
      state,
      options.name,
      options.restart,
      below,
      (service, placed) =>
        orFail((context) => new Handle(take(Spec.checkService(service), context, options.policy, placed)))
    )
  }
}

const shutdownOf = (state: GovernorState, host: Host | undefined) =>
(
  reason: ShutdownReason | string,
  within?: { readonly timeout?: Duration.Input | undefined }
): Effect.Effect<ShutdownReport> =>
  Effect.suspend(() => {
    const timeout = timeoutIn(state, within?.timeout)
    const asked = asReason(reason)
    return shutDown(state, asked._tag === "ScopeClosed" ? host?.reason() ?? endOfRun(state) ?? asked : asked, timeout)
  })

/** A scope may close because the run around the governor ends. */
const endOfRun = ({ nest }: GovernorState): ShutdownReason | undefined => {
  const message = nest?.end()
  return message === undefined ? undefined : { _tag: "Requested", message }
}

/** A shutdown is not refused for a bad option: the option is logged, and the default counts. */
const timeoutIn = ({ outbox }: GovernorState, timeout: Duration.Input | undefined): number | undefined => {
  if (timeout === undefined) return undefined
  try {
    return Option.timeoutMillis("timeout", timeout)
  } catch (error) {
    outbox.log({
      level: "Error",
      message: "shutting down without the timeout that was given",
      cause: Cause.fail(error)
    })
    return undefined
  }
}

/** Returns the function that adds services. Services that have an object in common share it. */
const taker = (state: GovernorState, options: CheckedOptions) => {
  const specOf = Spec.maker(state)
  let latest: { readonly from: Context.Context<never>; readonly place: Spec.Place } | undefined
  let defaults: Spec.Defaults = options
  return (
    service: Spec.CheckedService,
    context: Context.Context<never>,
    policy = options.policy,
    placed?: Commands.Placed
  ) => {
    if (latest?.from !== context) latest = { from: context, place: Spec.placeOf(ownContext(context), state) }
    if (defaults.policy !== policy) defaults = { policy, stopTimeout: options.stopTimeout }
    return Commands.add(service.name, service.effect, specOf(service, latest.place, defaults), placed)
  }
}

/**
 * The context in which services run. It is the context in which they were added, without some things: the spans, which
 * would become the parents of everything that the services do for days; the host, because a governor that is made in a
 * service belongs to that service; and the scheduler of `Effect.runSync`, which gives the event loop no turn. The
 * context is flat, because every run adds entries to it.
 */
const ownContext = (context: Context.Context<never>): Context.Context<never> => {
  const own = Context.omit(ParentSpan, CurrentLogSpans, Host)(unheard(context))
  return Context.get(own, Scheduler).executionMode === "sync" ? Context.omit(Scheduler)(own) : own
}

/** @internal */
export { type Entry, Writer } from "./telling/log.ts"
/** @internal */
export { type Door, doorKey } from "./door.ts"
/** @internal */
export { logger } from "./telling/logger.ts"

/**
 * The key of the tag `Governor`, which is made in `src/Governor.ts`.
 *
 * @internal
 */
export const tagKey = "effect-governor/Governor"

/** The tag `Governor`, with the only member of a governor that this module reads. */
const Tag: Context.Service<object, { readonly door: Door }> = /* @__PURE__ */ Context.Service(tagKey)

/** The governor that is provided in the context, if there is one. */
const belowOf = (context: Context.Context<never>): Door | undefined => Context.getOrUndefined(context, Tag)?.door

/** Adds the name of the governor to the log annotations, so that the lines of several governors can be told apart. */
const named = (context: Context.Context<never>, governor: string): Context.Context<never> =>
  Context.add(context, CurrentLogAnnotations, { ...Context.get(context, CurrentLogAnnotations), governor })

/** Takes any value as a reason: JavaScript may pass anything, and a shutdown is not refused because of that. */
const asReason = (reason: ShutdownReason | string): ShutdownReason => {
  if (typeof reason === "string") return { _tag: "Requested", message: reason }
  return typeof reason?._tag === "string" ? reason : { _tag: "Requested", message: Option.show(reason) }
}

/** Makes an effect of a task that throws typed errors only, as the checks and the commands do. */
const orFail = <A, E, R = never>(task: (context: Context.Context<R>) => A): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ context }) => {
    try {
      return Exit.succeed(task(context as Context.Context<R>))
    } catch (error) {
      return Exit.fail(error as E)
    }
  })
