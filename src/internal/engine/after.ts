/**
 * A task for later. To interrupt the fiber is to cancel the task.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

export const after = (context: Context.Context<never>, millis: number, then: () => void): Fiber.Fiber<void> => {
  const fiber = Effect.runForkWith(context)(Effect.sleep(millis))
  fiber.addObserver((exit) => {
    if (exit._tag === "Success") then()
  })
  return fiber
}
