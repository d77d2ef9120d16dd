/** Raw Effect: a repeated effect for each service, forked into a scope. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { running, runOf } from "./effects.ts"
import type { Engine } from "./Engine.ts"

export const engine: Engine = {
  start: async (fleet) => {
    const { count, delay } = fleet
    const { promise } = running(fleet)
    const scope = Scope.makeUnsafe()
    const run = runOf(fleet)
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) {
        yield* Effect.forkIn(Effect.repeat(Effect.exit(run), Schedule.spaced(delay)), scope)
      }
      yield* Effect.yieldNow // the last of them has started
    }))
    return { stop: () => promise(Scope.close(scope, Exit.void)) }
  }
}
