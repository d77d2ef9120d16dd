/**
 * Time that passes only when a test moves it.
 *
 * This is not Effect's `TestClock`, for three reasons. `TestClock` waits for the fibers that it wakes, but not for the
 * promises and runs that these fibers start. A loop over `sleep(0)` blocks it for ever. Its warning is a timer in real
 * time.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as Loop from "../internal/engine/loop.ts"

/** The real timers, taken when this module loads, because a test may fake timers later. */
const { clearImmediate, setImmediate } = globalThis

/**
 * After this many event-loop turns without due work, all work has settled: what a service awaits may take some turns.
 */
const patience = 5

/** After this many turns with due work, the wait ends. */
const limit = 500

interface Sleep {
  /** Undefined once the sleep was interrupted. */
  wake: (() => void) | undefined
}

/** Sleeps that end at the same time, in the order in which they began. The first `done` of them have ended. */
interface Instant {
  readonly at: number
  readonly sleeps: Array<Sleep>
  done: number
}

/** A clock, and a scheduler that knows whether fibers wait for their turn. */
export class TestTime {
  /** The present time in milliseconds, from 1970-01-01, 00:00 UTC. */
  #now = 0
  /** The times at which sleeps end, the next one last. */
  readonly #instants: Array<Instant> = []
  /** The number of turns that fibers wait for. */
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
   * Moves the time by `millis`, from one sleep that ends to the next. Several calls run one after the other. `restless`
   * gives the names of the services that never settle.
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

  /**
   * As on a real clock, a sleep of zero takes a turn of the event loop, and any other sleep takes at least a
   * millisecond.
   */
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
   * Waits until no work has been due for `quiet` turns, or until `limit` turns are over. A service that sleeps for zero
   * time in a loop has work due in each turn; the time goes on nevertheless. Restarts without a delay that never end
   * are an error.
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
  const names = restless.length === 0 ? "some of a TestGovernor that no test has shut down" : restless.join(", ")
  return `advance() cannot end, because these services restart for ever without a delay: ${names}`
}

const nanos = (millis: number): bigint => {
  const whole = Math.floor(millis)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1_000_000))
}
