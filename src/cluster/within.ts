/**
 * What must not hold up a node that leaves.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Waits for the effect, and goes on without it when the time is over, in milliseconds: a database that says nothing holds nobody
 * up, and does not answer an interruption either.
 *
 * @internal
 */
export const within = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
  Effect.flatMap(
    Effect.forkDetach(effect, { startImmediately: true }),
    (fiber) => Effect.raceFirst(Effect.asVoid(Fiber.await(fiber)), Effect.interruptible(Effect.sleep(millis)))
  )
