/** What services do, as effects. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Fleet, Wait, Work } from "./Engine.ts"
import { contextOf } from "./logging.ts"

/** How the effects of a fleet are run: with its log. */
export const running = ({ log }: Fleet) => {
  const context = contextOf(log)
  return { promise: Effect.runPromiseWith(context), fork: Effect.runForkWith(context) }
}

/** A run in a loop of one's own, which has to close the scope of each run itself, and to log what it throws. */
export const runOf = ({ log, work }: Fleet): Effect.Effect<void> => {
  const run = work.then === "wait" && work.by === "finalizer"
    ? Effect.scoped(effectOf(work))
    : effectOf(work) as Effect.Effect<void> // of all others none uses its scope
  return log === undefined ? run : Effect.tapCause(run, Effect.logError)
}

/** A run of a service of ours, which has a scope. */
export const effectOf = (work: Work): Effect.Effect<void, never, Scope.Scope> => {
  switch (work.then) {
    case "end":
      return Effect.sync(work.begin)
    case "wait":
      return waiting(work)
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

/** What it waits with is made in each run, as by `Effect.gen`. */
const waiting = ({ begin, by, ended }: Wait) =>
  Effect.withFiber((fiber): Effect.Effect<never, never, Scope.Scope> => {
    if (by === undefined) {
      begin(fiber)
      return Effect.never
    }
    begin()
    const tell = () => Effect.sync(ended)
    return by === "onInterrupt"
      ? Effect.onInterrupt(Effect.never, tell)
      : Effect.andThen(Effect.addFinalizer(tell), Effect.never)
  })

const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
