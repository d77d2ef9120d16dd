/**
 * The sentence of news that systemd shows of a governor.
 */
import { fromFact, fromStatus } from "../../internal/bridge/plain.ts"
import type { Sight } from "../../internal/sight.ts"
import { news } from "../../operations/news.ts"
import type { View } from "../../operations/View.ts"

/** What is seen of the governor. */
export type Seen = Pick<Sight, "closing" | "isClosed" | "name" | "now" | "shutdownTimeout" | "snapshot" | "specs">

/** After a shutdown, only what has failed is news. */
export const newsOf = (seen: Seen): string => {
  const view = viewOf(seen)
  const isWell = seen.isClosed() && !Array.from(view.services.values()).some(({ _tag }) => _tag === "Failed")
  return isWell ? "shut down" : news(view)
}

const viewOf = (seen: Seen): View => {
  const { sequence, services } = seen.snapshot()
  const closing = seen.isClosed() ? undefined : seen.closing()
  const timeout = seen.shutdownTimeout()
  return {
    governor: seen.name,
    sequence,
    now: seen.now(),
    services: new Map(services.map((status) => [status.name, fromStatus(status)])),
    specs: new Map(seen.specs().map((spec) => [spec.name, spec])),
    events: [], // nobody keeps them for one sentence
    ...(closing !== undefined && { closing: plain(closing) }),
    ...(timeout !== Infinity && { shutdownTimeout: timeout })
  }
}

const plain = (
  { drainsUntil, reason, since, until }: NonNullable<ReturnType<Sight["closing"]>>
): NonNullable<View["closing"]> => ({
  reason: fromFact(reason),
  since,
  ...(until !== undefined && { until }),
  ...(drainsUntil !== undefined && { drainsUntil })
})
