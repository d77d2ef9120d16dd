/**
 * Time that passes only as a test says.
 *
 * Not Effect's `TestClock`: it waits for the fibers that it wakes, not for the promises and the runs which these bring
 * about; a loop over `sleep(0)` never lets it go on; and its warning is a timer of real time.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as Pump from "../internal/pump.ts"

/** As they are when this is loaded: the test may fake them later. */
const { clearImmediate, setImmediate } = globalThis

/** How many turns of the event loop in which nothing of ours is due make a rest: what a service awaits may take a few. */
const patience = 5

/** After so many turns without a rest it will not come. */
const limit = 500

interface Sleep {
  readonly until: number
  /** Undefined once it was interrupted. */
  wake: (() => void) | undefined
}

/** The clock, and the scheduler that says whether fibers wait for their turn. */
export class TestTime {
  /** In milliseconds; it begins with 1970. */
  #now = 0
  /** The next is the last; of those that end together, the one that began first. */
  readonly #sleeps: Array<Sleep> = []
  /** How many turns fibers wait for. */
  #scheduled = 0
  #moving: Promise<void> = Promise.resolve()

  readonly clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => this.#now,
    currentTimeMillis: Effect.sync(() => this.#now),
    currentTimeNanosUnsafe: () => nanos(this.#now),
    currentTimeNanos: Effect.sync(() => nanos(this.#now)),
    monotonicTimeNanosUnsafe: () => nanos(this.#now),
    monotonicTimeNanos: Effect.sync(() => nanos(this.#now)),
    sleep: (duration) => this.#sleep(Duration.toMillis(duration))
  }

  readonly scheduler: Scheduler.Scheduler = new Scheduler.MixedScheduler("async", (task) => {
    this.#scheduled++
    const turn = setImmediate(() => {
      this.#scheduled--
      task()
    })
    return () => {
      this.#scheduled--
      clearImmediate(turn)
    }
  })

  get now(): number {
    return this.#now
  }

  /** Lets so much time pass, from one sleep that ends to the next. One after the other, if it is asked more than once. */
  advance(millis: number): Promise<void> {
    const moved = this.#moving.then(() => this.#advance(millis))
    this.#moving = moved.catch(() => {})
    return moved
  }

  async #advance(millis: number): Promise<void> {
    await this.#rest(patience)
    const end = this.#now + millis
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.until
      next.wake?.()
      const isLast = this.#sleeps.at(-1)?.until !== this.#now
      await this.#rest(isLast ? patience : 1)
    }
    this.#now = end
  }

  #next(end: number): Sleep | undefined {
    while ((this.#sleeps.at(-1)?.until ?? Infinity) <= end) {
      const next = this.#sleeps.pop()
      if (next?.wake !== undefined) return next
    }
    return undefined
  }

  /** As Effect's own clock: no time at all is a turn of the event loop. */
  #sleep(millis: number): Effect.Effect<void> {
    if (millis <= 0) return Effect.yieldNow
    if (millis === Infinity) return Effect.never
    return Effect.callback((resume) => {
      const sleep: Sleep = { until: this.#now + millis, wake: () => resume(Effect.void) }
      this.#insert(sleep)
      return Effect.sync(() => {
        sleep.wake = undefined
      })
    })
  }

  #insert(sleep: Sleep): void {
    let [low, high] = [0, this.#sleeps.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sleeps[middle]!.until > sleep.until) low = middle + 1
      else high = middle
    }
    this.#sleeps.splice(low, 0, sleep)
  }

  /**
   * Until nothing of ours has been due for as many turns. A service that sleeps for no time again and again has one due in
   * each: with that time goes on. Restarts without a delay that never end take as long as they are let.
   */
  async #rest(quiet: number): Promise<void> {
    let turns = 0
    for (let still = 0; still < quiet && turns < limit; turns++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      still = Pump.isIdle() && this.#scheduled === 0 ? still + 1 : 0
    }
    if (turns === limit && !Pump.isIdle()) {
      throw new Error("The services do not come to a rest: one is restarted without a delay, again and again")
    }
  }
}

const nanos = (millis: number): bigint => {
  const whole = Math.floor(millis)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1_000_000))
}
