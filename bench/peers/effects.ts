/** What services do, as effects. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import type { Work } from "./Engine.ts"

const silent = Context.make(MinimumLogLevel, "None")
export const runPromise = Effect.runPromiseWith(silent)
export const runFork = Effect.runForkWith(silent)

export const effectOf = (work: Work): Effect.Effect<void> => {
  switch (work.then) {
    case "end":
      return Effect.sync(work.begin)
    case "wait":
      return Effect.withFiber((fiber) => {
        work.begin(fiber)
        return Effect.never
      })
    case "crash":
      return Effect.suspend(() => {
        work.begin()
        return Effect.andThen(turn, Effect.sync(work.crash))
      })
    case "sleep":
      return Effect.gen(function*() {
        const woke = work.begin()
        while (true) {
          yield* Effect.sleep(work.millis)
          woke()
        }
      })
  }
}

const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
