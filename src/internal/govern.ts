/**
 * A governor, from raw options: what all doors share. Streams are made elsewhere: they take longer to load than all the rest.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { CurrentLogAnnotations, CurrentLogSpans } from "effect/References"
import type * as Scope from "effect/Scope"
import { ParentSpan } from "effect/Tracer"
import type { DuplicateService, GovernorClosed, InvalidOption, RunAbandoned, UnknownService } from "../GovernorError.ts"
import * as RestartPolicy from "../RestartPolicy.ts"
import type { Service } from "../Service.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Ends, ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import * as Commands from "./engine/commands.ts"
import { forgetCounts, make, whileActive } from "./engine/makeGovernor.ts"
import { endsOf, hurry, shutDown } from "./engine/shutdown.ts"
import { Handle } from "./Handle.ts"
import * as Option from "./input/GovernorOption.ts"
import { type GovernorState, type Hold, isOpen } from "./lifecycle/GovernorState.ts"
import { lostIn } from "./lifecycle/report.ts"
import * as Spec from "./lifecycle/spec.ts"
import { strategies, type Strategy } from "./lifecycle/strategy.ts"
import type { Listener } from "./telling/Outbox.ts"

/**
 * How a governor supervises.
 *
 * **Details**
 *
 * - `name`: what the governor is called. Default: `"governor"`
 * - `restart`: the policy of services that have none of their own. Default: `RestartPolicy.never`
 * - `strategy`: whom a restart takes with it. `"one-for-one"` (default), nobody; `"one-for-all"`, all; `"rest-for-one"`,
 *   those that were added later; `"dependents"`, those that depend on it. They stop while its delay runs, dependents first,
 *   and begin again with it; those that are over or were stopped are left alone, and a service whose own policy is `never`
 *   does not begin again. From Erlang/OTP
 * - `stopTimeout`: how long the stop of one service may take before its run is abandoned. Default: no limit
 * - `shutdownTimeout`: how long a shutdown may take as a whole. Default: no limit; under `runMain` and after
 *   `catchSignals`, 25 seconds
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
  readonly strategy?: Strategy | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly shutdownTimeout?: Duration.Input | undefined
}

/** Why a service was not added. */
type AddError = DuplicateService | GovernorClosed | InvalidOption

/**
 * What the doors need of a governor, and nobody else.
 *
 * - `whileActive`: the hold is called when the first service becomes active, and what it returned when all are over
 * - `limitShutdown`: bounds a shutdown, in milliseconds, unless the governor was made with a bound
 * - `isAwaited`: whether somebody waits for the end
 * - `closed`: the report of a shutdown, by whoever it was asked; to wait for this does not count
 * - `below`: the governor that was provided where this one was made
 * - `isClosing`: whether a shutdown has begun
 * - `isClosed`: whether it is complete
 * - `significantFailure`: the significant service that failed first, if one did
 * - `ends`: how each ended that was ever started, up to now
 * - `lost`: a run that was given up and may still be there, if there is one
 * - `hurry`: a shutdown that is under way has less time now, if the run has that it is in
 * - `forget`: nobody will ask what was counted, for the service whose run it was is removed
 * - `release`: removes a service as its layer closes, within the time a shutdown may take
 *
 * @internal
 */
export interface Door {
  readonly whileActive: (hold: Hold) => void
  readonly limitShutdown: (millis: number) => void
  readonly isAwaited: () => boolean
  readonly closed: Effect.Effect<ShutdownReport>
  readonly below: Door | undefined
  readonly isClosing: () => boolean
  readonly isClosed: () => boolean
  readonly significantFailure: () => string | undefined
  readonly ends: () => Ends
  readonly lost: () => RunAbandoned | undefined
  readonly hurry: () => void
  readonly forget: () => void
  readonly release: (
    handle: { readonly remove: Effect.Effect<void, unknown> },
    exit: Exit.Exit<unknown, unknown>
  ) => Effect.Effect<void>
}

/**
 * Where governors are made that wants to know of them: a process, which tells them of its signals. What `enter` returns is
 * called with the report when the governor's scope has closed.
 *
 * @internal
 */
export interface Host {
  readonly enter: (governor: Governed) => (report: ShutdownReport) => void
  /** Why scopes close there now, if it knows. */
  readonly reason: () => ShutdownReason | undefined
}

/**
 * Nowhere in particular, by default.
 *
 * @internal
 */
export const Host = /* @__PURE__ */ Context.Reference<Host | undefined>("effect-governor/Host", {
  defaultValue: () => undefined
})

/** Makes a governor that lives as long as the scope. */
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
  readonly shutdownTimeout: number | undefined
}

const keys = ["name", "restart", "strategy", "stopTimeout", "shutdownTimeout"]

const check = (options: Options): CheckedOptions => {
  const { name, restart, shutdownTimeout, stopTimeout, strategy } = Option.known("options", options, keys)
  return {
    name: name === undefined ? "governor" : Option.name(name),
    strategy: strategy === undefined ? "one-for-one" : Option.oneOf("strategy", strategy, strategies),
    policy: RestartPolicy.check(restart ?? RestartPolicy.never),
    stopTimeout: stopTimeout === undefined ? undefined : Option.timeoutMillis("stopTimeout", stopTimeout),
    shutdownTimeout: shutdownTimeout === undefined
      ? undefined
      : Option.timeoutMillis("shutdownTimeout", shutdownTimeout)
  }
}

/** What every door has of a governor. */
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
    /** The same at once, of what was checked; `policy` is what it takes from its governor. Throws `AddError`s. */
    take: (...args: Parameters<typeof take>): void => void take(...args),
    start: Commands.startAll(state),
    awaitReady: Commands.awaitReady(state),
    shutdown: shutdownWith({ _tag: "Requested" }),
    shutdownWith,
    awaitShutdown: Commands.awaitShutdown(state),
    awaitShutdownStart: Deferred.await(shutdown.began),
    get: (name: string) => orFail<Handle<unknown>, UnknownService>(() => new Handle(Commands.get(state, name))),
    has: (name: string) => services.has(name),
    status: Effect.sync((): ReadonlyArray<ServiceStatus> => Array.from(services.values(), ({ status }) => status)),
    outbox,
    listen: (listener: Listener) => outbox.listen(listener),
    door: doorOf(state, below)
  }
}

const doorOf = (state: GovernorState, below: Door | undefined): Door => {
  const { services, shutdown } = state
  return {
    whileActive: (hold) => whileActive(state, hold),
    limitShutdown: (millis) => {
      shutdown.timeout = millis
    },
    isAwaited: () => state.idlers.length > 0 || shutdown.waiting > 0,
    closed: Deferred.await(shutdown.done),
    below,
    isClosing: () => !isOpen(state),
    isClosed: () => shutdown.state._tag === "Closed",
    significantFailure: () => state.significantFailure,
    ends: () => endsOf(state),
    lost: () => lostIn(services.values()),
    hurry: () => hurry(state),
    forget: () => forgetCounts(state),
    release: (handle, exit) => handle instanceof Handle ? handle.release(exit) : Effect.ignore(handle.remove)
  }
}

const shutdownOf = (state: GovernorState, host: Host | undefined) =>
(
  reason: ShutdownReason | string,
  within?: { readonly timeout?: Duration.Input | undefined }
): Effect.Effect<ShutdownReport> =>
  Effect.suspend(() => {
    const timeout = within?.timeout === undefined ? undefined : Option.timeoutMillis("timeout", within.timeout)
    const asked = asReason(reason)
    return shutDown(state, asked._tag === "ScopeClosed" ? host?.reason() ?? asked : asked, timeout)
  })

/** Takes services; what many of them have in common is made once. */
const taker = (state: GovernorState, options: CheckedOptions) => {
  const specOf = Spec.maker(state)
  let latest: { readonly from: Context.Context<never>; readonly place: Spec.Place } | undefined
  let defaults: Spec.Defaults = options
  return (service: Spec.CheckedService, context: Context.Context<never>, policy = options.policy) => {
    if (latest?.from !== context) latest = { from: context, place: Spec.placeOf(ownContext(context)) }
    if (defaults.policy !== policy) defaults = { policy, stopTimeout: options.stopTimeout }
    return Commands.add(service.name, service.effect, specOf(service, latest.place, defaults))
  }
}

/**
 * What services run in: the context they were added in, without its spans, which would be part of whatever they do for
 * days, and without its host, for the governors of a service are its own; and flat, for every run adds to it.
 */
const ownContext = (context: Context.Context<never>): Context.Context<never> =>
  Context.omit(ParentSpan, CurrentLogSpans, Host)(context)

export { type Entry, Writer } from "./telling/log.ts"

/** The key of the tag, which is made further up. */
export const tagKey = "effect-governor/Governor"

/** The part of the governor that an effect is in which this room reads. */
const Tag: Context.Service<object, { readonly door: Door }> = /* @__PURE__ */ Context.Service(tagKey)

const belowOf = (context: Context.Context<never>): Door | undefined => Context.getOrUndefined(context, Tag)?.door

/** Where there are several, the log says which one speaks. */
const named = (context: Context.Context<never>, governor: string): Context.Context<never> =>
  Context.add(context, CurrentLogAnnotations, { ...Context.get(context, CurrentLogAnnotations), governor })

/** From JavaScript anything may come; a shutdown is not refused for it. */
const asReason = (reason: ShutdownReason | string): ShutdownReason => {
  if (typeof reason === "string") return { _tag: "Requested", message: reason }
  return typeof reason?._tag === "string" ? reason : { _tag: "Requested", message: Option.show(reason) }
}

/** The checks and the commands throw typed errors, and nothing else. */
const orFail = <A, E, R = never>(task: (context: Context.Context<R>) => A): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ context }) => {
    try {
      return Exit.succeed(task(context as Context.Context<R>))
    } catch (error) {
      return Exit.fail(error as E)
    }
  })
