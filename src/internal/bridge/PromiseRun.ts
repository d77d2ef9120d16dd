/**
 * The one bridge from promises to the core: how a plain TypeScript service becomes an effect.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import { type Part, ServiceRun } from "../../ServiceRun.ts"
import { durationMillis } from "../input/GovernorOption.ts"
import { abortReason, isEcho } from "./abort.ts"
import { formatted } from "./formatted.ts"
import type { Service, ServiceAPI, ServiceInput } from "./ServiceApi.ts"

/**
 * The effect that runs such a service. It ends when the promise of `run` has settled. When it is interrupted, it aborts the
 * signal, calls `stop()`, and ends when both promises have settled.
 */
export const toEffect = (body: ServiceInput): Effect.Effect<void> => new FromPromise(body)

/** A class and not a closure, for there may be 100,000 services. Made in a function, which a bundle may leave out. */
const FromPromise = /* @__PURE__ */ (() =>
  class extends Effectable.Class<void> {
    readonly #body: ServiceInput

    constructor(body: ServiceInput) {
      super()
      this.#body = body
    }

    asEffect(): Effect.Effect<void> {
      return Effect.withFiber(({ context }) => new PromiseRun(context).begin(this.#body, this))
    }
  })()

/** What few runs have. */
interface Rare {
  readonly errors: Array<Cause.Die>
  /** Who hears of errors, once nobody waits for them. */
  tell: ((error: Cause.Die) => void) | undefined
  readonly sleepers: Set<() => void>
}

/** One run: the promise of `run`, that of `stop()` once it was called, and what is made on first use. */
class PromiseRun implements Part {
  readonly context: Context.Context<never>
  #instance: Service | undefined
  /** How many of the two promises have not settled; 0 when the run is over. */
  #pending = 1
  /** Whether the run was asked to end, or is over. */
  #isEnding = false
  /** Ends the effect that waits. */
  #resume: ((exit: Exit.Exit<void>) => void) | undefined
  #controller: AbortController | undefined
  #rare: Rare | undefined

  constructor(context: Context.Context<never>) {
    this.context = context
  }

  get host(): ServiceRun {
    return Context.get(this.context, ServiceRun)
  }

  /** Calls `run`, and waits for its promise. Where this is a whole run, its fiber need not wait for more than that. */
  begin(body: ServiceInput, effect: Effect.Effect<void>): Effect.Effect<void> {
    const api = new Api(this)
    let returned: void | PromiseLike<void>
    try { // nothing is called in between: each frame would be in the stack of every error thrown
      if (typeof body === "function") returned = body(api)
      else {
        this.#instance = "run" in body ? body : body.create()
        returned = this.#instance.run(api)
      }
    } catch (error) {
      this.failed(error)
      return this.exit
    }
    this.settleWith(returned)
    if (this.#pending === 0) return this.exit
    const isWhole = this.host.takesPart?.(effect, this) === true
    return Effect.callback((resume) => {
      this.#resume = resume
      return isWhole ? undefined : Effect.callback<void>((resume) => this.end(resume))
    })
  }

  /** Aborts the signal, calls `stop()`, and calls back when both promises have settled. */
  end(settled: (exit: Exit.Exit<void>) => void): void {
    if (this.#pending === 0) return settled(Exit.void) // the fiber has said how it ended
    this.#resume = settled
    this.cancel()
  }

  private cancel(): void {
    if (this.#isEnding) return
    this.#pending++
    this.close()
    let returned: void | PromiseLike<void>
    try {
      returned = this.#instance?.stop?.()
    } catch (error) {
      return this.failed(error)
    }
    this.settleWith(returned)
  }

  /** Nobody waits for the run any more: gives what was thrown so far, and tells what is thrown from now on. */
  abandon(tell: (error: Cause.Die) => void): ReadonlyArray<Cause.Die> {
    this.rare.tell = tell
    return Array.from(this.rare.errors)
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isEnding) this.#controller.abort(abortReason())
    }
    return this.#controller.signal
  }

  async sleep(duration: Duration.Input): Promise<boolean> {
    if (this.#isEnding) return true
    const millis = durationMillis("sleep", duration, { service: this.host.name, infinite: true, negative: true })
    return new Promise((resolve) => {
      const { sleepers } = this.rare
      const fiber = Effect.runForkWith(this.context)(Effect.sleep(millis))
      const wake = () => fiber.interruptUnsafe()
      sleepers.add(wake)
      fiber.addObserver((exit) => {
        sleepers.delete(wake)
        resolve(exit._tag === "Failure")
      })
    })
  }

  log(format: unknown, args: ReadonlyArray<unknown>): void {
    this.fork(Effect.logInfo(formatted(format, args)))
  }

  fork(effect: Effect.Effect<void>): void {
    Effect.runForkWith(this.context)(effect)
  }

  private get rare(): Rare {
    return this.#rare ??= { errors: [], tell: undefined, sleepers: new Set() }
  }

  /** The signal aborts and the sleepers wake, at a stop and when the run is over: nothing of the run outlives it. */
  private close(): void {
    this.#isEnding = true
    this.#controller?.abort(abortReason())
    this.#rare?.sleepers.forEach((wake) => wake())
  }

  private settleWith(returned: void | PromiseLike<void>): void {
    try {
      if (isThenable(returned)) {
        Promise.resolve(returned).then(this.settled.bind(this), this.failed.bind(this))
        return
      }
    } catch (error) { // a proxy
      return this.failed(error)
    }
    this.settled()
  }

  private failed(error: unknown): void {
    if (this.#isEnding && isEcho(error)) return this.settled()
    const { errors, tell } = this.rare
    const reason = Cause.makeDieReason(error)
    errors.push(reason)
    tell?.(reason)
    this.settled()
  }

  private settled(): void {
    if (--this.#pending !== 0) return // below it: a promise of somebody's own calls back twice
    if (!this.#isEnding) this.close()
    this.#resume?.(this.exit)
  }

  private get exit(): Exit.Exit<void> {
    const { errors = [] } = this.#rare ?? {}
    return errors.length === 0 ? Exit.void : Exit.failCause(Cause.fromReasons(errors))
  }
}

const isThenable = (value: unknown): value is PromiseLike<void> =>
  (typeof value === "object" || typeof value === "function") && value !== null && "then" in value

/** Getters, not fields: nothing is made before it is asked for, and what is taken off the object still works. */
class Api implements ServiceAPI {
  readonly #run: PromiseRun

  static contextOf(api: ServiceAPI): Context.Context<never> | undefined {
    return #run in api ? api.#run.context : undefined
  }

  constructor(run: PromiseRun) {
    this.#run = run
  }
  get name() {
    return this.#run.host.name
  }
  get run() {
    return this.#run.host.run
  }
  get context() {
    return this.#run.signal
  }
  get signal() {
    return this.#run.signal
  }
  get sleep() {
    return (duration: Duration.Input) => this.#run.sleep(duration)
  }
  get log() {
    return (format: unknown, ...args: ReadonlyArray<unknown>) => this.#run.log(format, args)
  }
  get ready() {
    return () => this.#run.fork(this.#run.host.ready)
  }
  get heartbeat() {
    return () => this.#run.fork(this.#run.host.heartbeat)
  }
}

/** What the run behind it runs in; undefined for one that was made by hand, as in a test. */
export const contextOf = (api: ServiceAPI): Context.Context<never> | undefined => Api.contextOf(api)
