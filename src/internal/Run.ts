/**
 * One run of a service: its fiber and its scope, or its promise; and how it is ended. It knows nothing of restarts.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { CurrentLogAnnotations } from "effect/References"
import * as Scope from "effect/Scope"
import { PromiseRun } from "../ServiceApi.ts"
import { type Contained, type Nest, ServiceRun } from "../ServiceRun.ts"
import { errorsOf } from "./outcome.ts"
import type { Spec } from "./spec.ts"

/** Whose run it is: told when the run is ready, and when it has settled. */
export interface Owner {
  readonly spec: Spec
  /** The run's turn has come. False: it is not wanted any more. */
  starting(run: Run): boolean
  passedFirstStretch(run: Run): void
  ready(run: Run): void
  ended(run: Run, exit: Exit.Exit<unknown, unknown>): void
  failedLate(run: Run, cause: Cause.Cause<unknown>): void
  /** How long it may still take to end, in milliseconds. */
  remaining(run: Run): number
  /** There is a governor inside of it. */
  contains(run: Run, governor: Contained): void
}

/** `Beginning` and `AskedToEnd`: in its first stretch. `Over`: it has settled, or nobody waits for that any more. */
type State = "Beginning" | "AskedToEnd" | "Up" | "Over"

/** A class, for there is one of them per run: what is asked for seldom is made by getters. */
export class Run implements ServiceRun {
  readonly owner: Owner
  readonly run: number
  /** Said by the run itself: the service is over for good. */
  overForGood = false
  isLimited = false
  /** Monotonic time, where the policy wants to know it. */
  readyAt: number | undefined
  /** Where there is a limit for it. */
  watchdog: { ready(): void; beat(): void; close(): void } | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #scope: Scope.Closeable | undefined
  #promise: PromiseRun | undefined
  /** How the fiber ended, while the scope is still closing. */
  #exit: Exit.Exit<unknown, unknown> | undefined
  #state: State = "Beginning"
  /** What forked effects failed with. */
  #forked: Array<Cause.Cause<unknown>> | undefined

  constructor(owner: Owner, run: number) {
    this.owner = owner
    this.run = run
  }

  get name(): string {
    return this.owner.spec.name
  }

  get ready(): Effect.Effect<void> {
    return Effect.sync(() => this.owner.ready(this))
  }

  get heartbeat(): Effect.Effect<void> {
    return Effect.sync(() => this.watchdog?.beat())
  }

  /** Whether an effect fails by itself only it can tell: code behind an interruption from outside does not go on. */
  get fork(): ServiceRun["fork"] {
    return (effect) => {
      let hasFailed = false
      const told = Effect.catchCause(effect, (cause) => {
        hasFailed = true
        return Effect.failCause(cause)
      })
      const forked = Effect.flatMap(
        Effect.scope,
        (scope) =>
          Effect.tap(Effect.forkIn(told, scope), (fiber) =>
            Effect.sync(() =>
              fiber.addObserver((exit) => {
                // Once its scope closes, what it only hears of that is no failure of its own.
                const counts = hasFailed && scope.state._tag !== "Closed" || errorsOf(exit) !== undefined
                if (exit._tag === "Failure" && counts) this.forkFailed(exit.cause)
              })
            ))
      )
      return forked
    }
  }

  get stop(): Effect.Effect<never> {
    return Effect.withFiber((fiber) => {
      this.overForGood = true
      if (fiber !== this.#fiber) this.end() // said by a child, or in the first stretch
      return Effect.interrupt
    })
  }

  /** What effects run in that are part of it. */
  get context(): Context.Context<never> {
    const { path: service, place: { annotations, context } } = this.owner.spec
    const { run } = this
    const logged = annotations === undefined ? { service, run } : { ...annotations, service, run }
    return Context.addUnsafe(
      Context.addUnsafe(context, CurrentLogAnnotations.key, logged),
      ServiceRun.key,
      this
    )
  }

  get nest(): Nest {
    return {
      path: this.owner.spec.path,
      remaining: () => this.owner.remaining(this),
      contains: (governor) => this.owner.contains(this, governor)
    }
  }

  /** Nobody waits for it any more: gives what it failed with so far, and tells its owner of each failure from now on. */
  abandon(): ReadonlyArray<Cause.Reason<unknown>> {
    const late = (error: unknown) => this.owner.failedLate(this, Cause.die(error))
    const reasons = [
      ...(this.#promise?.abandon(late).map(Cause.makeDieReason) ?? []),
      ...(this.#forked ?? []).flatMap((cause) => cause.reasons),
      ...((this.#exit && errorsOf(this.#exit))?.reasons ?? [])
    ]
    this.#state = "Over"
    this.#forked = undefined
    if (this.#exit !== undefined) this.#exit = Exit.void
    return reasons
  }

  /**
   * Begins, called by the pump: the first synchronous stretch passes inside of this call. A request to end that comes
   * during it waits until it has passed.
   */
  begin(): void {
    if (!this.owner.starting(this)) return
    const { body, effect } = this.owner.spec
    if (body !== undefined) (this.#promise = new PromiseRun(this)).begin(body)
    else { // in here, for each frame is in the stack of every error thrown
      const scope = this.#scope = Scope.makeUnsafe()
      this.#fiber = Effect.runForkWith(Context.addUnsafe(this.context, Scope.Scope.key, scope))(effect)
      const exit = this.#fiber.pollUnsafe()
      if (exit !== undefined) this.exited(exit)
    }
    const state = this.#state
    if (state === "Over" || this.#exit !== undefined) return // it was ready, if at all, as it completed
    this.#state = "Up"
    this.owner.passedFirstStretch(this)
    this.#fiber?.addObserver((exit) => this.exited(exit))
    if (state === "AskedToEnd") this.end()
  }

  /** Asks the run to end: by its promise's own way, or by interrupting its fiber. */
  end(): void {
    if (this.#state === "Beginning" || this.#state === "AskedToEnd") this.#state = "AskedToEnd"
    else if (this.#promise !== undefined) this.#promise.cancel()
    else this.#fiber!.interruptUnsafe()
  }

  private forkFailed(cause: Cause.Cause<unknown>): void {
    if (this.#state === "Over") return this.owner.failedLate(this, cause)
    this.#forked = [...(this.#forked ?? []), cause]
    this.end()
  }

  /** The fiber has exited and its children are gone; with its scope closed the run has settled. */
  private exited(exit: Exit.Exit<unknown, unknown>): void {
    const scope = this.#scope!
    if (scope.state._tag === "Empty") {
      scope.state = { _tag: "Closed", exit } // nothing to do, and whoever still holds it shall know
      return this.ended(this.whole(exit, Exit.void))
    }
    this.#exit = exit
    Effect.runForkWith(this.owner.spec.place.context)(Scope.close(scope, exit)).addObserver((closed) =>
      this.ended(this.whole(this.#exit ?? exit, closed))
    )
  }

  /** All of it is over. */
  ended(exit: Exit.Exit<unknown, unknown>): void {
    this.#state = "Over"
    this.owner.ended(this, exit)
  }

  /** How the run ended with all it had: its fiber, its scope, what it forked. */
  private whole(exit: Exit.Exit<unknown, unknown>, closed: Exit.Exit<unknown>): Exit.Exit<unknown, unknown> {
    const forked = this.#forked
    if (forked === undefined && closed._tag === "Success") return exit
    // Interrupted only because of what it forked: that says nothing.
    const own = forked === undefined ? causeOf(exit) : errorsOf(exit)
    const causes = [own, ...(forked ?? []), causeOf(closed)]
    // Not `Cause.combine`: it compares the errors by methods of theirs, which may throw.
    return Exit.failCause(Cause.fromReasons(causes.flatMap((cause) => cause?.reasons ?? [])))
  }
}

const causeOf = (exit: Exit.Exit<unknown, unknown>) => exit._tag === "Failure" ? exit.cause : undefined
