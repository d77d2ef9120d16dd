/**
 * The end of a governor: whether it is open, who asked for the end and who waits for it, and how long it may take.
 */
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { after } from "./after.ts"

type State =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Closing"; readonly reason: ShutdownReason; readonly since: number; readonly isLogged: boolean }
  | { readonly _tag: "Closed"; readonly report: ShutdownReport }

export class Shutdown {
  state: State = { _tag: "Open" }
  readonly #context: Context.Context<never>
  readonly #began = Deferred.makeUnsafe<ShutdownReason>()
  readonly #done = Deferred.makeUnsafe<ShutdownReport>()
  /** How long it may take as a whole, in milliseconds; undefined: the governor's maker has not said. */
  readonly #own: number | undefined
  /** The same for one whose maker has not said. */
  #limit = Infinity
  #waiting = 0
  /** When its time is over; monotonic. */
  until = Infinity
  #deadline: Fiber.Fiber<void> | undefined

  constructor(context: Context.Context<never>, timeout: number | undefined) {
    this.#context = context
    this.#own = timeout
  }

  /** When it begins: why. */
  readonly began = Deferred.await(this.#began)
  /** When it is complete: how it went. */
  readonly closed = Deferred.await(this.#done)

  /** The same for somebody who asked for it. */
  readonly asked: Effect.Effect<ShutdownReport> = Effect.suspend(() => {
    this.#waiting++
    return Effect.ensuring(this.closed, Effect.sync(() => this.#waiting--))
  })

  get isAwaited(): boolean {
    return this.#waiting > 0
  }

  get timeout(): number {
    return this.#own ?? this.#limit
  }

  limit(millis: number): void {
    this.#limit = millis
  }

  begin(reason: ShutdownReason, since: number, isLogged: boolean): void {
    this.state = { _tag: "Closing", reason, since, isLogged }
    Deferred.doneUnsafe(this.#began, Exit.succeed(reason))
  }

  /** What is to be done once its time is over: the sooner one counts. */
  within(millis: number, now: number, expire: () => void): void {
    if (now + millis >= this.until) return
    this.until = now + millis
    this.#deadline?.interruptUnsafe()
    this.#deadline = after(this.#context, millis, expire)
  }

  finish(report: ShutdownReport): void {
    this.#deadline?.interruptUnsafe()
    this.state = { _tag: "Closed", report }
  }

  /** Now those who wait may hear of it. */
  answer(report: ShutdownReport): void {
    Deferred.doneUnsafe(this.#done, Exit.succeed(report))
  }
}
