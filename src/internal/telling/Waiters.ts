/**
 * Callbacks that wait for a condition on a value. There may be thousands of them.
 */
interface Waiter<A> {
  readonly until: (a: A) => boolean
  readonly call: () => void
}

export class Waiters<A> {
  readonly #waiting = new Set<Waiter<A>>()

  /** Calls `call` once when the condition `until` holds. The returned function cancels this. */
  add(until: (a: A) => boolean, call: () => void): () => void {
    const waiter: Waiter<A> = { until, call }
    this.#waiting.add(waiter)
    return () => {
      this.#waiting.delete(waiter)
    }
  }

  /**
   * Removes the waiters whose condition holds for this value. The returned function calls them, in the order in which
   * they were added. Undefined if there are none.
   */
  take(a: A): (() => void) | undefined {
    if (this.#waiting.size === 0) return undefined
    const done = Array.from(this.#waiting).filter((waiter) => waiter.until(a))
    if (done.length === 0) return undefined
    done.forEach((waiter) => this.#waiting.delete(waiter))
    return () => done.forEach((waiter) => waiter.call())
  }
}
