/**
 * The warnings of runs that take long to end. Each run is named once it takes 5 seconds, and every 5 seconds after that.
 */
import * as Effect from "effect/Effect"
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { isEnding, wasAsked } from "../lifecycle/questions.ts"
import type { RunState } from "../lifecycle/ServiceState.ts"
import { listed } from "../telling/log.ts"
import { monotonic } from "./record.ts"

/** After how many milliseconds a run that is ending is named, and named again. */
const patience = 5000

/** The least time between two looks, in milliseconds. Runs that began to end within that time are named together. */
const pause = 1000

/** Warns of slow ends, until the governor has no run that is ending. */
export const watchSlowStops = (governor: GovernorState): void => {
  if (governor.slowStops !== undefined) return
  let warnedAt = -Infinity
  const look = (): number => {
    const now = monotonic(governor)
    const ending = Array.from(governor.services.values()).flatMap(({ run }) =>
      run !== undefined && isEnding(run) ? run : []
    )
    const slow = ending.filter((run) => dueAt(run) <= now)
    const isNew = slow.some((run) => dueAt(run) > warnedAt)
    if (isNew || (slow.length > 0 && now - warnedAt >= patience)) {
      governor.outbox.log({ level: "Warn", message: inWords(slow) })
      warnedAt = now
    }
    const next = slow.length > 0 ? warnedAt + patience : now + patience
    return Math.max(pause, Math.min(next, ...ending.map(dueAt).filter((due) => due > now)) - now)
  }
  const sleep = Effect.suspend(() => Effect.sleep(look()))
  governor.slowStops = Effect.runForkWith(governor.context)(
    Effect.andThen(Effect.sleep(patience), Effect.forever(sleep))
  )
}

/** When the run is to be named first: monotonic time, in milliseconds. */
const dueAt = (run: RunState): number => {
  const since = wasAsked(run) ? run.of.stopTime : run.rare?.endingSince
  return Math.ceil((since ?? 0) + patience)
}

const inWords = (runs: ReadonlyArray<RunState>): string => {
  const parts = new Map<string, Array<string>>()
  for (const run of runs) parts.set(wordsFor(run), [...(parts.get(wordsFor(run)) ?? []), run.of.name])
  return Array.from(parts, ([words, names]) => `${words}: ${listed(names)}`).join("; ")
}

/** A run that ends by itself was not asked to stop: its finalizers still work. */
const wordsFor = (run: RunState): string => {
  if (wasAsked(run) || run.rare?.hung !== undefined) return "still stopping"
  return run.rare?.crash === undefined ? "still closing" : "still closing after a crash"
}
