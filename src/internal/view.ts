/**
 * All that is known of a governor now, as the views of it want it.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { View } from "../operations/View.ts"
import { eventLazily, statusLazily } from "./bridge/lazily.ts"
import { fromFact } from "./bridge/plain.ts"
import type { Closing, Sight } from "./sight.ts"

/** What is seen of a governor. */
export type Seen = Pick<
  Sight,
  "closing" | "drainDelay" | "isClosed" | "name" | "now" | "shutdownTimeout" | "snapshot" | "specs"
>

/** `events` are those that somebody has kept. */
export const viewOf = (seen: Seen, events: ReadonlyArray<GovernorEvent> = []): View => {
  const { sequence, services } = seen.snapshot()
  const closing = seen.isClosed() ? undefined : seen.closing()
  const [timeout, drainDelay] = [seen.shutdownTimeout(), seen.drainDelay()]
  return {
    governor: seen.name,
    sequence,
    now: seen.now(),
    services: new Map(services.map((status) => [status.name, statusLazily(status)])),
    specs: new Map(seen.specs().map((spec) => [spec.name, spec])),
    events: events.map(eventLazily),
    ...(closing !== undefined && { closing: plainClosing(closing) }),
    ...(timeout !== Infinity && { shutdownTimeout: timeout }),
    ...(drainDelay > 0 && { drainDelay })
  }
}

export const plainClosing = ({ drainsUntil, reason, since, until }: Closing): NonNullable<View["closing"]> => ({
  reason: fromFact(reason),
  since,
  ...(until !== undefined && { until }),
  ...(drainsUntil !== undefined && { drainsUntil })
})
