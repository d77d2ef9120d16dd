/**
 * How a check in plain TypeScript becomes an effect.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { abortReason } from "./abort.ts"
import { isThenable } from "./isThenable.ts"

/** Gets a signal, which is made when it is asked for. */
type Check = (probe: { readonly signal: AbortSignal }) => unknown

/**
 * The effect that calls the check, and ends when its promise has settled. When the effect is interrupted, it aborts the
 * signal, and still waits for the promise: only then can another check begin.
 */
export const toEffect = (check: Check): Effect.Effect<unknown, unknown> =>
  Effect.callback<unknown, unknown>((resume) => {
    const call = new Call()
    let settled: Promise<void>
    try {
      const returned = check(call)
      if (!isThenable(returned)) return resume(Exit.succeed(returned))
      settled = Promise.resolve(returned).then(
        (value) => resume(Exit.succeed(value)),
        (error: unknown) => resume(Exit.fail(error))
      )
    } catch (error) {
      return resume(Exit.fail(error))
    }
    return Effect.suspend(() => {
      call.abort()
      return Effect.promise(() => settled)
    })
  })

class Call {
  #controller: AbortController | undefined
  #isOver = false

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isOver) this.#controller.abort(abortReason())
    return this.#controller.signal
  }

  abort(): void {
    this.#isOver = true
    this.#controller?.abort(abortReason())
  }
}
