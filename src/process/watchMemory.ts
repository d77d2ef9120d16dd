/**
 * Looks at the memory of a run while the run lasts.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ServiceRun } from "../ServiceRun.ts"
import { afterCheck, type Checked, unchecked } from "./Memory.ts"
import { MemoryExceeded } from "./ProcessError.ts"

/** How long to wait before the first check, and before each later one where there is no limit, in milliseconds. */
const [soon, seldom] = [1000, 30_000]

/**
 * Tells how much memory the run takes. When that is more than `maxMemory` for three checks, one a second, the run has crashed.
 *
 * - `measure`: how much it takes, in bytes; undefined if that is not known
 *
 * @internal
 */
export const watchMemory = (
  { fork, name: service, run, tellProcess }: ServiceRun,
  { maxMemory, measure, program }: {
    readonly program: string
    readonly measure: Effect.Effect<number | undefined>
    readonly maxMemory: number | undefined
  }
): Effect.Effect<void, never, Scope.Scope> => {
  const pause = maxMemory === undefined ? seldom : soon
  let known: Checked = unchecked
  const check = Effect.gen(function*() {
    const memory = yield* measure
    if (memory !== undefined) {
      const { isTooMuch, tells } = known = afterCheck(known, memory, maxMemory)
      if (tells) tellProcess?.("ProcessMeasured", { memory })
      if (isTooMuch) return yield* new MemoryExceeded({ service, run, program, memory, maxMemory: maxMemory! })
    }
    yield* Effect.sleep(pause)
  })
  return Effect.asVoid(fork(Effect.andThen(Effect.sleep(soon), Effect.forever(check))))
}
