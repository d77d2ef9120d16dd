/**
 * What the answers of one `operations` are made from.
 */
import { fromFact } from "../internal/bridge/plain.ts"
import type { Sight } from "../internal/sight.ts"
import type { View } from "../operations/View.ts"
import type { Guard } from "./guard.ts"
import type { Kept } from "./Kept.ts"
import { eventLazily, statusLazily } from "./plainly.ts"

export interface Desk {
  readonly sight: Sight
  readonly kept: Kept
  readonly guard: Guard
  readonly drainDelay: number
  /** How long something may be not ready before `/readyz` says so, in milliseconds. */
  readonly unreadyAfter: number
  /** What the probes remember. */
  readonly memory: {
    /** What was found at the event of this number. */
    latest: { readonly sequence: number; readonly wasStarted: boolean; readonly isReady: boolean } | undefined
    /** Whether the governor was ready at the latest question, or is not for longer than it may. */
    isGreen: boolean
    unreadySince: number | undefined
    hasBeenReady: boolean
  }
}

/** All that is known of the governor now. */
export const viewOf = ({ drainDelay, kept, sight }: Desk): View => {
  const { sequence, services } = sight.snapshot()
  const closing = sight.isClosed() ? undefined : sight.closing()
  const timeout = sight.shutdownTimeout()
  return {
    governor: sight.name,
    sequence,
    now: sight.now(),
    services: new Map(services.map((status) => [status.name, statusLazily(status)])),
    specs: new Map(sight.specs().map((spec) => [spec.name, spec])),
    events: kept.events.since(0).map(eventLazily),
    ...(closing !== undefined && { closing: plainClosing(closing) }),
    ...(timeout !== Infinity && { shutdownTimeout: timeout }),
    ...(drainDelay > 0 && { drainDelay })
  }
}

const plainClosing = (
  { drainsUntil, reason, since, until }: NonNullable<ReturnType<Sight["closing"]>>
): NonNullable<View["closing"]> => ({
  reason: fromFact(reason),
  since,
  ...(until !== undefined && { until }),
  ...(drainsUntil !== undefined && { drainsUntil })
})

/** What the body of each answer begins with. */
export const heading = ({ kept, sight }: Desk, sequence = sight.sequence()) => ({
  apiVersion: "governor/v1" as const,
  governor: sight.name,
  epoch: kept.epoch,
  sequence,
  now: sight.now()
})

/** The tag of what is the same as long as nothing has happened. Weak, because each answer has its own time. */
export const tagOf = ({ kept, sight }: Desk): string => `W/"${kept.epoch}-${sight.sequence()}"`
