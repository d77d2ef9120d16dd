/**
 * The subscribers of a value, in the order in which they subscribed.
 */
interface Subscriber<A> {
  readonly hear: (value: A) => void
  /** How many values had been told when it subscribed. */
  readonly since: number
}

export class Subscribers<A> {
  readonly #all = new Set<Subscriber<A>>()
  /** How many values have been told. */
  #count = 0

  get size(): number {
    return this.#all.size
  }

  /** Subscribes until the returned function is called. The same function may subscribe twice. */
  add(hear: (value: A) => void): () => void {
    const subscriber = { hear, since: this.#count }
    this.#all.add(subscriber)
    return () => {
      this.#all.delete(subscriber)
    }
  }

  /**
   * Tells a value to all present subscribers. A subscriber that is added meanwhile does not hear the value, and neither
   * does one that is removed before its turn.
   */
  tell(value: A): void {
    const number = ++this.#count
    for (const { hear, since } of this.#all) if (since < number) hear(value)
  }
}
