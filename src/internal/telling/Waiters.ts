/**
 * Those who wait for something to become as described. There may be thousands of them.
 */
interface Waiter<A> {
  readonly until: (a: A) => boolean
  readonly call: () => void
}

export class Waiters<A> {
  readonly #waiting = new Set<Waiter<A>>()

  /** Calls back when it is as described; returns what takes this back. */
  add(until: (a: A) => boolean, call: () => void): () => void {
    const waiter: Waiter<A> = { until, call }
    this.#waiting.add(waiter)
    return () => {
      this.#waiting.delete(waiter)
    }
  }

  /** To call those whose wait is over, in the order in which they came; undefined if there are none. */
  take(a: A): (() => void) | undefined {
    if (this.#waiting.size === 0) return undefined
    const done = Array.from(this.#waiting).filter((waiter) => waiter.until(a))
    if (done.length === 0) return undefined
    done.forEach((waiter) => this.#waiting.delete(waiter))
    return () => done.forEach((waiter) => waiter.call())
  }
}
