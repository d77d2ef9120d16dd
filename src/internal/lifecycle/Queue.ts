/**
 * A queue: first in, first out. `Array.prototype.shift` would copy a long array for each item.
 */
export class Queue<A> {
  #items: Array<A> = []
  #head = 0

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  put(item: A): void {
    this.#items.push(item)
  }

  /** Takes the oldest item; undefined if there is none. */
  take(): A | undefined {
    if (this.#items.length === 0) return undefined
    const item = this.#items[this.#head++]
    if (this.#head === this.#items.length) this.#clear()
    else if (this.#head >= 1024 && 2 * this.#head >= this.#items.length) this.#compact()
    return item
  }

  /** Removes all items that match. */
  remove(matches: (item: A) => boolean): void {
    this.#items = this.#items.slice(this.#head).filter((item) => !matches(item))
    this.#head = 0
  }

  #clear(): void {
    this.#head = 0
    if (this.#items.length === 1) this.#items.pop() // as a rule; to set the length takes several times as long
    else if (this.#items.length > 1024) this.#items = []
    else this.#items.length = 0
  }

  /** Lets go of the items that were taken. The queue is compacted when they are half of all, so each item moves once. */
  #compact(): void {
    this.#items.splice(0, this.#head)
    this.#head = 0
  }
}
