/**
 * The limit of an end that the governor does not limit.
 */
import * as Effect from "effect/Effect"
import type { ServiceRun } from "../ServiceRun.ts"

/** As for every process and thread, in milliseconds. */
const usual = 10_000

/**
 * Waits for the end of a run that was interrupted. Who has the run as a part of another effect may interrupt it though nobody has
 * asked the service to end. Then it is ended by force when the `stopTimeout` of the service is over.
 *
 * @internal
 */
export const orByForce = <A, E>(
  end: Effect.Effect<A, E>,
  { awaitStop, stopTimeout = usual }: ServiceRun,
  kill: () => void
): Effect.Effect<A, E> => {
  const late = Effect.andThen(Effect.sleep(stopTimeout), Effect.sync(kill))
  const limit = Effect.raceFirst(awaitStop, late) // the governor limits a stop itself
  return Effect.raceFirst(end, Effect.interruptible(Effect.andThen(limit, Effect.never)))
}
