/** The least that keeps services up with Effect: fork, exit, loop. No scope, no schedule, no name. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { running, runOf } from "./effects.ts"
import type { Engine } from "./Engine.ts"

export const engine: Engine = {
  start: async (fleet) => {
    const { count, delay } = fleet
    const { fork, promise } = running(fleet)
    const pause = delay === 0 ? Effect.yieldNow : Effect.sleep(delay)
    const loop = Effect.forever(Effect.andThen(Effect.exit(runOf(fleet)), pause), { disableYield: true })
    const fibers = Array.from({ length: count }, () => fork(loop))
    return {
      stop: async () => {
        for (const fiber of fibers) fiber.interruptUnsafe()
        await promise(Fiber.awaitAll(fibers))
      }
    }
  }
}
