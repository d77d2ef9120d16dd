/**
 * A task for later. To interrupt the fiber is to cancel the task.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { inNextTurn } from "./loop.ts"

export const after = (context: Context.Context<never>, millis: number, then: () => void): Fiber.Fiber<void> =>
  follow(context, Effect.sleep(millis), then)

/**
 * Passes a verdict when a time limit is over. The event loop has had a full turn by then: a socket or a file may have had
 * the answer in time, while the loop was blocked.
 */
export const judgeAfter = (context: Context.Context<never>, millis: number, judge: () => void): Fiber.Fiber<void> =>
  follow(context, sleepAndTurn(millis), judge)

/** Returns when the time is over and the event loop has had a full turn. */
export const sleepAndTurn = (millis: number): Effect.Effect<void> => Effect.andThen(Effect.sleep(millis), turn)

/** As `judgeAfter`. If the timer is late, the process itself was held up, and gets that time back: once, and at most as long. */
export const limitAfter = (context: Context.Context<never>, millis: number, judge: () => void): Fiber.Fiber<void> => {
  const now = () => Number(Context.get(context, Clock.Clock).monotonicTimeNanosUnsafe()) / 1e6
  const due = now() + millis
  const lost = Effect.suspend(() => {
    const lateness = now() - due
    return lateness > 0 ? Effect.sleep(Math.min(lateness, millis)) : Effect.void
  })
  return follow(context, Effect.andThen(Effect.andThen(Effect.sleep(millis), lost), turn), judge)
}

const follow = (context: Context.Context<never>, effect: Effect.Effect<void>, then: () => void): Fiber.Fiber<void> => {
  const fiber = Effect.runForkWith(context)(effect)
  fiber.addObserver((exit) => {
    if (exit._tag === "Success") then()
  })
  return fiber
}

/**
 * One full turn of the event loop. A `TestClock` waits for a fiber that yields, so the fiber yields too. The yield alone is not
 * enough: a program that began in `Effect.runSync` yields in microtasks.
 */
const turn = Effect.suspend(() => {
  const isOver = Deferred.makeUnsafe<void>()
  inNextTurn(() => Deferred.doneUnsafe(isOver, Exit.void))
  return Effect.andThen(Effect.yieldNow, Deferred.await(isOver))
})
