/**
 * The warnings of services that take long to end, and of services that wait for long. Each is named after 5 seconds, and again
 * after a while.
 */
import * as Effect from "effect/Effect"
import { listed, listedAs } from "../input/listed.ts"
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { missingInWords } from "../lifecycle/inWords.ts"
import { isEnding, wasAsked } from "../lifecycle/questions.ts"
import type { RunState, ServiceState } from "../lifecycle/ServiceState.ts"
import { monotonic } from "./record.ts"

/** After how many milliseconds a service is named. */
const patience = 5000

/** After how many milliseconds the services that still wait are named again. */
const minute = 60_000

/** The least time between two looks, in milliseconds. Services whose time is over within that time are named together. */
const pause = 1000

/** What takes long. */
interface Slow<A> {
  /** Those that are at it now. */
  readonly all: () => ReadonlyArray<A>
  /** Since when one is at it: monotonic time, in milliseconds. */
  readonly since: (one: A) => number | undefined
  /** After how many milliseconds they are named again. */
  readonly again: number
  readonly inWords: (slow: ReadonlyArray<A>) => string
}

/** Warns of slow ends, until the governor has no run that is ending. */
export const watchSlowStops = (governor: GovernorState): void => {
  governor.slowStops ??= watch<RunState>(governor, {
    all: () =>
      Array.from(governor.services.values()).flatMap(({ run }) => run !== undefined && isEnding(run) ? run : []),
    since: (run) => wasAsked(run) ? run.of.stopTime : run.rare?.endingSince,
    again: patience,
    inWords: ends
  })
}

/** Warns of services that wait for long, until no service waits. */
export const watchSlowWaits = (governor: GovernorState): void => {
  if (governor.slowWaits !== undefined) return
  governor.slowWaits = watch<ServiceState>(governor, {
    all: () => Array.from(governor.services.values()).filter(({ status }) => status._tag === "Waiting"),
    since: ({ rare }) => rare?.waitsSince,
    again: minute,
    inWords: waits
  })
  governor.slowWaits.addObserver(() => {
    governor.slowWaits = undefined
  })
}

/** Goes on until there are none, or until it is interrupted. */
const watch = <A>(governor: GovernorState, { again, all, inWords, since }: Slow<A>) => {
  const dueAt = (one: A): number => Math.ceil((since(one) ?? 0) + patience)
  let warnedAt = -Infinity
  /** Returns when to look again. */
  const look = (present: ReadonlyArray<A>): number => {
    const now = monotonic(governor)
    const slow = present.filter((one) => dueAt(one) <= now)
    const isNew = slow.some((one) => dueAt(one) > warnedAt)
    if (isNew || (slow.length > 0 && now - warnedAt >= again)) {
      governor.outbox.log({ level: "Warn", message: inWords(slow) })
      warnedAt = now
    }
    const next = slow.length > 0 ? warnedAt + again : now + patience
    return Math.max(pause, Math.min(next, ...present.map(dueAt).filter((due) => due > now)) - now)
  }
  const loop: Effect.Effect<void> = Effect.suspend(() => {
    const present = all()
    return present.length === 0 ? Effect.void : Effect.andThen(Effect.sleep(look(present)), loop)
  })
  return Effect.runForkWith(governor.context)(Effect.andThen(Effect.sleep(patience), loop))
}

const ends = (runs: ReadonlyArray<RunState>): string => {
  const parts = new Map<string, Array<string>>()
  for (const run of runs) parts.set(wordsFor(run), [...(parts.get(wordsFor(run)) ?? []), run.of.name])
  return Array.from(parts, ([words, names]) => `${words}: ${listed(names)}`).join("; ")
}

/** A run that ends by itself was not asked to stop: its finalizers still work. */
const wordsFor = (run: RunState): string => {
  if (wasAsked(run) || run.rare?.hung !== undefined) return "still stopping"
  return run.rare?.crash === undefined ? "still closing" : "still closing after a crash"
}

const waits = (services: ReadonlyArray<ServiceState>): string => `still waiting: ${listedAs(services, wait, "; ")}`

const wait = (service: ServiceState): string => `"${service.name}" for ${missingInWords(service)}`
