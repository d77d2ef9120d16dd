/** What lets a test move a governor by hand: whatever waits for its turn, and a clock that tells when the next sleep is over. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import type * as TestClock from "effect/testing/TestClock"
import { setImmediate as turn } from "node:timers/promises"
import * as Loop from "../../src/internal/engine/loop.ts"

/**
 * Stands for the real time of the loop, which restarts as many services in one turn of the event loop as fit in a millisecond:
 * any number, or, where that is used up, one. It is the test's clock that reads it.
 */
export const budget: Performance & { isUsedUp?: boolean } = performance

/** What fibers do later is done when we say so. */
export class Turn {
  #tasks: Array<() => void> = []

  readonly scheduler = new Scheduler.MixedScheduler("async", (task) => {
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  })

  /**
   * Goes on until nothing is left to do before time moves: neither for a fiber, nor for the loop, where restarts begin. The loop
   * first, so that what one timer brings about is over before the next one fires.
   */
  async isOver(): Promise<void> {
    do {
      while (!Loop.isIdle()) await turn()
    } while (this.#doNext())
  }

  #doNext(): boolean {
    const task = this.#tasks.shift()
    task?.()
    return task !== undefined
  }
}

/** A `TestClock`, and when its next sleeper wakes up. */
export class ObservedClock {
  readonly clock: Clock.Clock
  readonly adjust: (millis: number) => Effect.Effect<void>
  /** When sleeps end. */
  #ends: Array<number> = []

  constructor(clock: TestClock.TestClock) {
    this.adjust = clock.adjust
    this.clock = {
      ...clock,
      sleep: (duration) => {
        this.#ends.push(clock.currentTimeMillisUnsafe() + Duration.toMillis(duration))
        return clock.sleep(duration)
      }
    }
  }

  get now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  /** The time at which the next sleep ends, but not after `latest`. */
  next(latest: number): number {
    this.#ends = this.#ends.filter((end) => end > this.now)
    return Math.min(latest, ...this.#ends)
  }
}
