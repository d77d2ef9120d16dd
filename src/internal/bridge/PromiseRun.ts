/**
 * The one bridge from promises to the core: how a plain TypeScript service becomes an effect.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import { InvalidOption } from "../../GovernorError.ts"
import { type Part, ServiceRun } from "../../ServiceRun.ts"
import { durationMillis, show } from "../input/GovernorOption.ts"
import { abortReason, isEcho } from "./abort.ts"
import { Api } from "./Api.ts"
import { isThenable } from "./isThenable.ts"
import { later } from "./later.ts"
import type { Service, ServiceInput } from "./ServiceApi.ts"

/**
 * The effect that runs such a service. It ends when the promise of `run` has settled. When it is interrupted, it aborts the
 * signal, calls `stop()`, and ends when both promises have settled. In either case it then calls what the run has
 * deferred, and waits for that too.
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

export { contextOf } from "./Api.ts"

/** Called with how the part ended. */
type Settled = (exit: Exit.Exit<void>) => void

/** What few runs have. */
interface Rare {
  readonly errors: Array<Cause.Die>
  /** Who hears of errors, once nobody waits for them. */
  tell: ((error: Cause.Die) => void) | undefined
  /** What ends the waits of the run. */
  readonly waits: Set<() => void>
  /** What the run has deferred, and the calls of that once they have begun. */
  closers: Array<() => unknown> | undefined
  closing: Promise<void> | undefined
}

/** One run: the promise of `run`, that of `stop()` once it was called, and what is made on first use. */
class PromiseRun implements Part {
  readonly context: Context.Context<never>
  #instance: Service | undefined
  /** How many of the two promises have not settled. */
  #pending = 1
  /** Whether the run was asked to end, or is over. */
  #isEnding = false
  /** Ends the effect that waits. */
  #resume: Settled | undefined
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
    try { // nothing is called in between: each frame would be in the stack of every error thrown
      let returned: unknown
      if (typeof body === "function") returned = body(api)
      else {
        const service = "run" in body ? body : body.create()
        if (hasRun(service)) returned = (this.#instance = service).run(api)
        else returned = this.runLater(service, api)
      }
      this.settleWith(returned)
    } catch (error) {
      this.failed(error)
    }
    return this.#pending === 0 && this.#rare?.closers === undefined ? this.exitSince(0) : this.wait(effect)
  }

  /** The fiber of a whole run waits for `run` only, because `end` follows. Any other effect waits for all. */
  private wait(effect: Effect.Effect<void>): Effect.Effect<void> {
    if (this.host.takesPart?.(effect, this) !== true) {
      return Effect.callback((resume) => {
        this.#resume = () => this.closeAll(resume, 0)
        if (this.#pending === 0) this.closeAll(resume, 0)
        return Effect.callback<void>((resume) => this.stop(resume, 0))
      })
    }
    if (this.#pending === 0) return this.exitSince(0)
    return Effect.callback((resume) => {
      this.#resume = resume
    })
  }

  /** Runs what `create` has promised, unless the run was asked to end meanwhile. Then `stop()` closes what was made. */
  private async runLater(promise: unknown, api: Api): Promise<unknown> {
    const service = await promise
    if (!hasRun(service)) {
      const expected = "an object with run(), or a promise of one"
      throw new InvalidOption({ service: this.host.name, field: "create", expected, actual: show(service) })
    }
    if (this.#isEnding) return service.stop?.()
    return (this.#instance = service).run(api)
  }

  /** The fiber has ended. If `run` had settled by then, the fiber has said how. */
  end(settled: Settled): void {
    this.stop(settled, this.#pending === 0 ? this.#rare?.errors.length ?? 0 : 0)
  }

  /** Ends what still goes on, and calls back when all has settled. The first `said` errors are known already. */
  private stop(settled: Settled, said: number): void {
    if (this.#pending === 0) return this.closeAll(settled, said)
    this.#resume = () => this.closeAll(settled, said)
    this.cancel()
  }

  /** Aborts the signal, and calls `stop()`. */
  private cancel(): void {
    if (this.#isEnding) return
    this.#pending++
    this.close()
    let returned: unknown
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

  // --- what the run can know and say ---

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isEnding) this.#controller.abort(abortReason())
    }
    return this.#controller.signal
  }

  /** A loop that ignores the answer must not keep the event loop from its turns. */
  async sleep(duration: Duration.Input): Promise<boolean> {
    const millis = durationMillis("sleep", duration, { service: this.host.name, infinite: true, negative: true })
    return new Promise((resolve) => {
      const end = () => later(this.context, () => resolve(this.#isEnding))
      if (this.#isEnding || millis === 0) return end() // a test clock may end a sleep of no time at once
      const { waits } = this.rare
      const fiber = Effect.runForkWith(this.context)(Effect.sleep(millis))
      const wake = () => fiber.interruptUnsafe()
      waits.add(wake)
      fiber.addObserver((exit) => {
        waits.delete(wake)
        if (exit._tag === "Success") resolve(false)
        else end()
      })
    })
  }

  /** What `promise` does once the run is to end interests nobody. */
  async until<A>(promise: A): Promise<Awaited<A>> {
    return new Promise<Awaited<A>>((resolve, reject) => {
      const { waits } = this.rare
      const end = () => {
        waits.delete(end)
        later(this.context, () => reject(abortReason()))
      }
      Promise.resolve(promise).then(
        (value) => waits.delete(end) && resolve(value),
        (error: unknown) => waits.delete(end) && reject(error)
      )
      if (this.#isEnding) end()
      else waits.add(end)
    })
  }

  defer(close: () => unknown): void {
    if (typeof close !== "function") {
      const { name: service } = this.host
      throw new InvalidOption({ service, field: "defer", expected: "a function", actual: show(close) })
    }
    const { rare } = this
    if (this.#pending === 0 && rare.closing === undefined) void this.closeLate(close)
    else (rare.closers ??= []).push(close)
  }

  fork(effect: Effect.Effect<void>): void {
    Effect.runForkWith(this.context)(effect)
  }

  // --- how it settles ---

  private get rare(): Rare {
    return this.#rare ??= { errors: [], tell: undefined, waits: new Set(), closers: undefined, closing: undefined }
  }

  /** The signal aborts and the waits end, at a stop and when the run is over: nothing of the run outlives it. */
  private close(): void {
    this.#isEnding = true
    this.#controller?.abort(abortReason())
    this.#rare?.waits.forEach((end) => end())
  }

  private settleWith(returned: unknown): void {
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
    this.keep(error)
    this.settled()
  }

  private keep(error: unknown): void {
    if (this.#isEnding && isEcho(error)) return
    const { errors, tell } = this.rare
    const reason = Cause.makeDieReason(error)
    errors.push(reason)
    tell?.(reason)
  }

  private settled(): void {
    if (--this.#pending !== 0) return // below it: a promise of somebody's own calls back twice
    if (!this.#isEnding) this.close()
    this.#resume?.(this.exitSince(0))
  }

  /** Calls what was deferred, and then `settled`, with all errors but the first `said`. */
  private closeAll(settled: Settled, said: number): void {
    const rare = this.#rare
    if (rare?.closers === undefined) return settled(this.exitSince(said))
    rare.closing ??= this.closeInTurn(rare.closers)
    void rare.closing.then(() => settled(this.exitSince(said)))
  }

  /** The last first. A closer may defer another. */
  private async closeInTurn(closers: Array<() => unknown>): Promise<void> {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      try {
        await close()
      } catch (error) {
        this.keep(error)
      }
    }
    this.rare.closing = this.rare.closers = undefined
  }

  /** The run is over, so nobody waits for what it defers now. */
  private async closeLate(close: () => unknown): Promise<void> {
    try {
      await close()
    } catch (error) {
      const reason = Cause.makeDieReason(error)
      const { tell } = this.rare
      if (tell !== undefined) return tell(reason)
      this.fork(Effect.logError("what the run deferred after its end has failed", Cause.fromReasons([reason])))
    }
  }

  private exitSince(said: number): Exit.Exit<void> {
    const { errors = [] } = this.#rare ?? {}
    return errors.length <= said ? Exit.void : Exit.failCause(Cause.fromReasons(errors.slice(said)))
  }
}

const hasRun = (service: unknown): service is Service =>
  typeof service === "object" && service !== null && "run" in service && typeof service.run === "function"
