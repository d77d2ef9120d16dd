/**
 * One run of a service: a fiber with a scope of its own. It knows nothing of restarts.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { CurrentLogAnnotations } from "effect/References"
import * as Scope from "effect/Scope"
import { forkTelling, type Nest, type Part, ServiceRun } from "../../ServiceRun.ts"
import { causeOf, errorsOf } from "../lifecycle/outcome.ts"
import { hasToStop, isEnding, isGone, timeLeft, wasAsked } from "../lifecycle/questions.ts"
import { rareOfRun, type RareRun, type RunState, type ServiceState } from "../lifecycle/ServiceState.ts"
import type { Place } from "../lifecycle/spec.ts"
import type { Entry } from "../telling/log.ts"
import { heardBy } from "../telling/logger.ts"
import { contain } from "./contain.ts"
import { startLimit } from "./end.ts"
import { ended, endingItself, endingWithOthers, failedLate, lostInsideSettled } from "./ended.ts"
import { attend } from "./loop.ts"
import { saysReady, saysUnready } from "./readiness.ts"
import { monotonic, tellProcess } from "./record.ts"

/** A class, for there is one of them per run: what is seldom asked for is made by getters. */
export class Run implements RunState, ServiceRun {
  /** What the log says of the run: the path of the service, and the number of the run. */
  readonly #logged: { readonly service: string; readonly run: number }
  readonly #of: ServiceState
  /** Undefined where the effect cannot ask for one. */
  readonly #scope: Scope.Closeable | undefined
  /** Undefined before and in the first synchronous stretch, and if that was all. */
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #rare: RareRun | undefined
  #part: Part | undefined

  constructor(of: ServiceState, run: number) {
    this.#logged = { service: of.governor.within + of.name, run }
    this.#of = of
    this.#scope = of.spec.isScoped ? Scope.makeUnsafe() : undefined
  }

  get of(): ServiceState {
    return this.#of
  }

  get rare(): RareRun | undefined {
    return this.#rare
  }

  set rare(rare: RareRun | undefined) {
    this.#rare = rare
  }

  // --- what the run itself can know and say ---

  get name(): string {
    return this.#of.name
  }

  get run(): number {
    return this.#logged.run
  }

  get epoch(): number {
    return this.#rare?.epoch || (this.#of.governor.nest?.epoch() ?? 0)
  }

  get ready(): Effect.Effect<void> {
    return Effect.sync(() => saysReady(this))
  }

  get unready(): ServiceRun["unready"] {
    return (reason) => Effect.sync(() => saysUnready(this, reason))
  }

  get heartbeat(): Effect.Effect<void> {
    return Effect.sync(() => this.#rare?.watchdog?.beat())
  }

  get fork(): ServiceRun["fork"] {
    return (effect) =>
      forkTelling(effect, (cause, isOwn) => {
        if (isOwn || errorsOf(Exit.failCause(cause)) !== undefined) this.forkFailed(cause)
      })
  }

  get stop(): Effect.Effect<never> {
    return Effect.withFiber((fiber) => {
      rareOfRun(this).isOverForGood = true
      if (fiber !== this.#fiber) this.ask() // called by a child fiber, or in the first stretch
      return Effect.interrupt
    })
  }

  get awaitStop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (isGone(this) || isEnding(this)) return Effect.void
      return Deferred.await(rareOfRun(this).asked ??= Deferred.makeUnsafe())
    })
  }

  get nest(): Nest {
    const { governor } = this.#of
    return {
      path: this.#logged.service,
      enter: governor.enter,
      mustComplete: this.#of.spec.options.readiness === "completed",
      remaining: () => timeLeft(this, monotonic(governor)),
      epoch: () => this.epoch,
      isWithin: (other) =>
        !isGone(this) && (other === this.#of || other === governor || governor.nest?.isWithin(other) === true),
      end: () => {
        const how = wasAsked(this) ? "was asked to end" : this.#scope?.state._tag === "Closed" ? "has ended" : undefined
        return how && `the run of service "${this.name}" around the governor ${how}`
      },
      contains: (inner) => {
        if (this.#of.run !== this) return
        contain(this.#of, inner)
        this.#rare?.watchdog?.needsNoHeartbeat() // the services inside have heartbeats of their own
      },
      found: () => lostInsideSettled(this.#of)
    }
  }

  get takesPart(): NonNullable<ServiceRun["takesPart"]> {
    return (effect, part) => {
      if (effect !== this.#of.effect) return false
      this.#part = part
      return true
    }
  }

  get heartbeatTimeout(): number {
    return this.#of.spec.options.heartbeatTimeout
  }

  get stopTimeout(): number | undefined {
    return this.#of.spec.stopTimeout
  }

  get mortal(): NonNullable<ServiceRun["mortal"]> {
    return (kill) => void (rareOfRun(this).kill = kill)
  }

  get tellProcess(): NonNullable<ServiceRun["tellProcess"]> {
    return (tag, known) => tellProcess(this, tag, known)
  }

  // --- what the engine does with it ---

  /** The context of the run. */
  get context(): Context.Context<never> {
    const { governor, spec: { place } } = this.#of
    const { annotations } = place
    const { lines } = governor.branch.tree
    const context = lines === undefined ? place.context : heardIn(place, lines)
    const logged = annotations === undefined ? this.#logged : { ...annotations, ...this.#logged }
    const own = Context.addUnsafe(Context.addUnsafe(context, CurrentLogAnnotations.key, logged), ServiceRun.key, this)
    return this.#scope === undefined ? own : Context.addUnsafe(own, Scope.Scope.key, this.#scope)
  }

  end(): void {
    if (this.#fiber === undefined) {
      if (this.#rare?.exit === undefined) ended(this, Exit.interrupt())
    } else if (hasToStop(this)) this.endAfterOnStop(this.#fiber)
    else if (this.#rare?.onStop?.isOver !== false || isGone(this)) this.#fiber.interruptUnsafe()
    // Last: a run that ends as soon as it hears of this must not end before its `onStop` has begun.
    if (this.#rare?.asked !== undefined) Deferred.doneUnsafe(this.#rare.asked, Exit.void)
  }

  /** Runs what the service has as `onStop`, and interrupts the fiber when that is done. */
  private endAfterOnStop(fiber: Fiber.Fiber<unknown, unknown>): void {
    const rare = rareOfRun(this)
    const onStop: RareRun["onStop"] = rare.onStop = { fiber: undefined, isOver: false, exit: undefined }
    onStop.fiber = Effect.runForkWith(this.context)(this.#of.spec.options.onStop!)
    onStop.fiber.addObserver((exit) => {
      const cause = errorsOf(exit)
      if (cause !== undefined) rare.forked = [...(rare.forked ?? []), cause]
      onStop.isOver = true
      if (onStop.exit === undefined) fiber.interruptUnsafe()
      else this.exited(onStop.exit)
    })
  }

  failure(): Exit.Exit<unknown, unknown> {
    return this.whole(Exit.interrupt(), undefined)
  }

  abandon(): ReadonlyArray<Cause.Reason<unknown>> {
    const { exit, forked = [] } = this.#rare ?? {}
    const told = new Set<Cause.Reason<unknown>>(
      this.#part?.abandon((reason) => {
        told.add(reason)
        failedLate(this, Cause.fromReasons([reason]))
      })
    )
    for (const cause of [...forked, exit && causeOf(exit)]) cause?.reasons.forEach((reason) => told.add(reason))
    rareOfRun(this).told = told
    return errorsOf(Exit.failCause(Cause.fromReasons(Array.from(told))))?.reasons ?? []
  }

  /** The first synchronous stretch has passed. */
  goesOn(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.#fiber = fiber
    fiber.addObserver(this.exited.bind(this))
  }

  /** The fiber has exited and its children are gone. With its part ended and its scope closed the run has settled. */
  exited(exit: Exit.Exit<unknown, unknown>): void {
    const onStop = this.#rare?.onStop
    if (onStop?.isOver === false) {
      onStop.exit = exit // the run has settled when both are done
      return
    }
    if (this.#of.spec.options.onStop !== undefined) rareOfRun(this).exit = exit // too late for it, also if a finalizer asks
    if (this.#part === undefined) return this.close(exit)
    let hasEnded = false
    this.#part.end((settled) => {
      hasEnded = true
      const both = settled._tag === "Success" ? exit : joined([causeOf(exit), settled.cause])
      if (this.#rare?.exit !== undefined) this.#rare.exit = both
      this.close(both)
    })
    if (hasEnded || (isEnding(this) && this.#fiber !== undefined)) return
    rareOfRun(this).exit = exit // else `end` would take a run that was asked to end in its first stretch for one that has not begun
    endingItself(this, this.whole(exit, undefined))
  }

  /** The services that restart with this one are told first: what the finalizers close may make them fail. */
  private close(exit: Exit.Exit<unknown, unknown>): void {
    const { governor } = this.#of
    if (this.#scope?.state._tag !== "Open" || governor.strategy === "one-for-one") return this.closeScope(exit)
    rareOfRun(this).exit = exit
    if (!endingWithOthers(this, this.whole(exit, undefined))) return this.closeScope(exit)
    governor.answers.push(() => this.closeScope(exit))
    attend(governor)
  }

  private closeScope(exit: Exit.Exit<unknown, unknown>): void {
    const closing = this.#scope && Scope.closeUnsafe(this.#scope, exit)
    if (closing === undefined) return ended(this, this.whole(exit, undefined))
    if (!isEnding(this)) startLimit(this) // a governor in the scope ends within this time
    const { context } = this.#of.spec.place
    const fiber = Effect.runForkWith(context)(closing, { uninterruptible: true })
    if (fiber.pollUnsafe() === undefined) {
      rareOfRun(this).exit = exit
      endingItself(this, this.whole(exit, undefined))
    }
    fiber.addObserver((closed) => ended(this, this.whole(this.#rare?.exit ?? exit, causeOf(closed))))
  }

  private forkFailed(cause: Cause.Cause<unknown>): void {
    if (isGone(this)) return failedLate(this, cause)
    const rare = rareOfRun(this)
    rare.forked = [...(rare.forked ?? []), cause]
    this.ask()
  }

  /** The run asks itself to end. */
  private ask(): void {
    const { governor } = this.#of
    governor.toInterrupt.put(this)
    attend(governor)
  }

  /** How the whole run ended: its fiber, its scope, the effects that it forked. */
  private whole(
    exit: Exit.Exit<unknown, unknown>,
    closed: Cause.Cause<unknown> | undefined
  ): Exit.Exit<unknown, unknown> {
    const forked = this.#rare?.forked
    if (forked === undefined && closed === undefined) return exit
    // A fiber that was interrupted because a forked effect failed has nothing to add, unless it ends its service.
    const own = forked === undefined ? causeOf(exit) : uninterrupted(exit)
    return joined([own, ...(forked ?? []), closed])
  }
}

const heardIn = (place: Place, lines: (entry: Entry) => void): Context.Context<never> => {
  if (place.heard?.by !== lines) place.heard = { by: lines, context: heardBy(lines, place.context) }
  return place.heard.context
}

/** Not `Cause.combine`: it calls the equality of the errors, which may throw. */
const joined = (causes: ReadonlyArray<Cause.Cause<unknown> | undefined>): Exit.Exit<unknown, unknown> => {
  const reasons = causes.flatMap((cause) => cause?.reasons ?? [])
  return reasons.length === 0 ? Exit.void : Exit.failCause(Cause.fromReasons(reasons))
}

/** What an exit says besides that the fiber was interrupted. */
const uninterrupted = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined => {
  const cause = causeOf(exit)
  return cause && Cause.fromReasons(cause.reasons.filter((reason) => reason._tag !== "Interrupt"))
}
