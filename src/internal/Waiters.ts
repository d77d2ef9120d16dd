/**
 * Those who wait for something to become as described.
 */
import * as Effect from "effect/Effect"

interface Waiter<A> {
  readonly until: (a: A) => boolean
  readonly resume: () => void
}

export class Waiters<A> {
  #waiting: ReadonlyArray<Waiter<A>> = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  wait(until: (a: A) => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const waiter: Waiter<A> = { until, resume: () => resume(Effect.void) }
      this.#waiting = [...this.#waiting, waiter]
      return Effect.sync(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
      })
    })
  }

  /** Resumes those whose wait is over. */
  wake(a: A): void {
    const done = this.#waiting.filter((waiter) => waiter.until(a))
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter))
    done.forEach((waiter) => waiter.resume())
  }
}
