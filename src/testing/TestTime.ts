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
import * as Loop from "../internal/engine/loop.ts"

/** As they are when this is loaded: the test may fake them later. */
const { clearImmediate, setImmediate } = globalThis

/** How many turns of the event loop in which nothing of ours is due make a rest: what a service awaits may take a few. */
const patience = 5

/** After so many turns without a rest it will not come. */
const limit = 500

interface Sleep {
  /** Undefined once it was interrupted. */
  wake: (() => void) | undefined
}

/** The sleeps that end together, in the order in which they began; `done` of them have ended. */
interface Instant {
  readonly at: number
  readonly sleeps: Array<Sleep>
  done: number
}

/** The clock, and the scheduler that says whether fibers wait for their turn. */
export class TestTime {
  /** In milliseconds; it begins with 1970. */
  #now = 0
  /** When sleeps end, the next at the end of the list. */
  readonly #instants: Array<Instant> = []
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

  /**
   * Lets so much time pass, from one sleep that ends to the next. One after the other, if it is asked more than once. `restless`
   * names those that do not come to rest.
   */
  advance(millis: number, restless: () => ReadonlyArray<string>): Promise<void> {
    const moved = this.#moving.then(() => this.#advance(millis)).catch((error: unknown) => {
      throw error === noRest ? new Error(complaint(restless())) : error
    })
    this.#moving = moved.catch(() => {})
    return moved
  }

  async #advance(millis: number): Promise<void> {
    await this.#rest(patience)
    const end = this.#now + millis
    for (let next = this.#instants.at(-1); next !== undefined && next.at <= end; next = this.#instants.at(-1)) {
      this.#now = next.at
      await this.#wake(next)
    }
    this.#now = end
  }

  async #wake(instant: Instant): Promise<void> {
    while (instant.done < instant.sleeps.length) {
      const { wake } = instant.sleeps[instant.done++]!
      if (wake === undefined) continue
      wake()
      await this.#rest(instant.done < instant.sleeps.length ? 1 : patience)
    }
    this.#instants.splice(this.#instants.indexOf(instant), 1)
  }

  /** As on a real clock: no time at all is a turn of the event loop, and any other at least a millisecond. */
  #sleep(millis: number): Effect.Effect<void> {
    if (millis <= 0) return Effect.yieldNow
    return Effect.callback((resume) => {
      const sleep: Sleep = { wake: () => resume(Effect.void) }
      this.#instant(this.#now + Math.max(millis, 1)).sleeps.push(sleep)
      return Effect.sync(() => {
        sleep.wake = undefined
      })
    })
  }

  #instant(at: number): Instant {
    let [low, high] = [0, this.#instants.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#instants[middle]!.at > at) low = middle + 1
      else high = middle
    }
    const found = this.#instants[low]
    if (found?.at === at) return found
    const instant = { at, sleeps: [], done: 0 }
    this.#instants.splice(low, 0, instant)
    return instant
  }

  /**
   * Until nothing of ours has been due for as many turns. A service that sleeps for no time again and again has one due in
   * each: with that time goes on. Restarts without a delay that never end take as long as they are let.
   */
  async #rest(quiet: number): Promise<void> {
    let turns = 0
    for (let still = 0; still < quiet && turns < limit; turns++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      still = Loop.isIdle() && this.#scheduled === 0 ? still + 1 : 0
    }
    if (turns === limit && !Loop.isIdle()) {
      throw noRest
    }
  }
}

const noRest = new Error("no rest")

const complaint = (restless: ReadonlyArray<string>): string => {
  const who = restless.length === 0 ? "a service of a TestGovernor that another test forgot" : restless.join(", ")
  return `No rest: without a delay, this restarts for ever: ${who}`
}

const nanos = (millis: number): bigint => {
  const whole = Math.floor(millis)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1_000_000))
}
