/**
 * Those who hear of something, in the order in which they subscribed.
 */
interface Subscriber<A> {
  readonly hear: (value: A) => void
  /** How many values were told before it came. */
  readonly since: number
}

export class Subscribers<A> {
  readonly #all = new Set<Subscriber<A>>()
  #told = 0

  get size(): number {
    return this.#all.size
  }

  /** Subscribes until the returned function is called. The same function may subscribe twice. */
  add(hear: (value: A) => void): () => void {
    const subscriber = { hear, since: this.#told }
    this.#all.add(subscriber)
    return () => {
      this.#all.delete(subscriber)
    }
  }

  /**
   * Tells all that are subscribed now. One that subscribes meanwhile does not hear the value, nor does one that leaves before
   * its turn.
   */
  tell(value: A): void {
    const told = ++this.#told
    for (const { hear, since } of this.#all) if (since < told) hear(value)
  }
}
