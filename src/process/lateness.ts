/**
 * Says what a run waits for that takes long to become ready.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ServiceRun } from "../ServiceRun.ts"

/** After how long that is said. */
const long = "10 seconds"

/**
 * When that takes long, the status and the log say what the run is waiting for. Ends with the scope.
 *
 * @internal
 */
export const sayIfLate = (
  { fork, unready }: ServiceRun,
  waitsFor: () => string | undefined
): Effect.Effect<void, never, Scope.Scope> => {
  const say = Effect.suspend(() => {
    const what = waitsFor()
    return what === undefined ? Effect.void : unready(what)
  })
  return Effect.asVoid(fork(Effect.andThen(Effect.sleep(long), say)))
}
