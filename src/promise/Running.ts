/**
 * How the facade runs effects of the core.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

/** Runs effects in the context of one governor. */
export class Running {
  readonly context: Context.Context<never>

  constructor(context: Context.Context<never>) {
    this.context = context
  }

  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.context)(effect)
  }

  /** Runs an effect that answers at once. Throws the error that the effect fails with. */
  now<A, E>(effect: Effect.Effect<A, E>): A {
    const exit = this.fork(effect).pollUnsafe() as Exit.Exit<A, E>
    if (exit._tag === "Success") return exit.value
    throw Cause.squash(exit.cause)
  }

  /** Begins an effect and does not wait for its end. Throws the error if the effect fails at once. */
  begin<E>(effect: Effect.Effect<void, E>): void {
    const exit = this.fork(effect).pollUnsafe()
    if (exit?._tag === "Failure") throw Cause.squash(exit.cause)
  }

  promise<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    return Effect.runPromiseWith(this.context)(effect)
  }

  /** Waits for the effect, but not longer than `millis`. Then the promise is settled by `late`. */
  within<A, E>(effect: Effect.Effect<A, E>, millis: number, late: () => A): Promise<A> {
    if (millis === Infinity) return this.promise(effect)
    // The turn after the sleep is for what came in time, while the process was busy.
    const time = Effect.andThen(Effect.sleep(millis), Effect.yieldNow)
    return new Promise((resolve, reject) => {
      const waiting = this.fork(effect)
      const timer = this.fork(time)
      waiting.addObserver((exit) => {
        timer.interruptUnsafe()
        if (exit._tag === "Success") resolve(exit.value)
        else reject(Cause.squash(exit.cause))
      })
      timer.addObserver((exit) => {
        if (exit._tag === "Failure") return
        try {
          resolve(late())
        } catch (error) {
          reject(error)
        }
        waiting.interruptUnsafe()
      })
    })
  }

  warn(message: string): void {
    this.fork(Effect.logWarning(message))
  }
}
