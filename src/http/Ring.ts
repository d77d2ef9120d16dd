/**
 * The latest of many things. What is older makes room.
 */
/** Numbered places. A place is read only after something was put there. */
export interface Places<A> {
  set(place: number, one: A): void
  get(place: number): A
}

const plain = <A>(): Places<A> => {
  const places: Array<A> = []
  return {
    set: (place, one) => {
      places[place] = one
    },
    get: (place) => places[place]!
  }
}

export class Ring<A> {
  readonly #make: (size: number) => Places<A>
  #places: Places<A>
  #size: number
  /** How many were ever put. */
  #count = 0
  /** The number of the oldest one that was there when there was less room. */
  #oldest = 1

  constructor(size: number, make: (size: number) => Places<A> = plain) {
    this.#make = make
    this.#places = make(size)
    this.#size = size
  }

  /** Makes more room, if need be. */
  grow(size: number): void {
    if (size <= this.#size) return
    const kept = this.since(0)
    this.#oldest = this.first
    this.#count -= kept.length
    this.#size = size
    this.#places = this.#make(size)
    for (const one of kept) this.put(one)
  }

  /** Puts one, and returns what had to make room for it. */
  put(one: A): A | undefined {
    const place = this.#count % this.#size
    const gone = this.#count - this.first + 1 === this.#size ? this.#places.get(place) : undefined
    this.#places.set(place, one)
    this.#count++
    return gone
  }

  /** How many were ever put: the number of the latest one, counted from 1. */
  get count(): number {
    return this.#count
  }

  get latest(): A | undefined {
    return this.#count === 0 ? undefined : this.#at(this.#count)
  }

  get oldest(): A | undefined {
    return this.#count === 0 ? undefined : this.#at(this.first)
  }

  /** The number of the oldest one that is there. */
  get first(): number {
    return Math.max(this.#oldest, this.#count - this.#size + 1)
  }

  /** Those that are there with a larger number than this, the oldest first. */
  since(number: number): Array<A> {
    const found: Array<A> = []
    for (let i = Math.max(this.first, number + 1); i <= this.#count; i++) found.push(this.#at(i))
    return found
  }

  /** The number of the latest one for which this holds. It holds for all that are older, and for none that are newer. */
  lastWhere(holds: (one: A) => boolean): number {
    let [low, high] = [this.first - 1, this.#count]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (holds(this.#at(middle))) low = middle
      else high = middle - 1
    }
    return low
  }

  #at(number: number): A {
    return this.#places.get((number - 1) % this.#size)
  }
}
