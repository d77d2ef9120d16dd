/**
 * The stream of events: server-sent events, one for each event of the governor, with its number.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Desk } from "./Desk.ts"
import { type Answer, nothing, stream } from "./exchange.ts"
import { flag, globs, someOf } from "./query.ts"
import type { Asked } from "./routes.ts"
import type { Wish } from "./Streams.ts"

/** No proxy may keep back what comes, or change it. */
const headers = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }

/** A misspelt tag would be a stream in which nothing comes. */
const tags: { readonly [Tag in GovernorEvent["_tag"]]: true } = {
  ServiceAdded: true,
  ServiceRemoved: true,
  ServiceWaiting: true,
  ServiceStandby: true,
  ServiceStarting: true,
  ServiceReady: true,
  ServiceUnready: true,
  ServiceCompleted: true,
  ServiceCrashed: true,
  ServiceInterrupted: true,
  RestartScheduled: true,
  RestartLimitExceeded: true,
  ServiceStopping: true,
  ServiceStopped: true,
  ServiceFailed: true,
  ServiceAbandoned: true,
  LateFailure: true,
  ProcessStarted: true,
  ProcessMeasured: true,
  ProcessEnded: true,
  ShutdownStarted: true,
  ShutdownCompleted: true,
  EventsDropped: true
}

export const events = (desk: Desk, { header, query }: Asked): Answer => {
  const { kept, sight } = desk
  const id = header("last-event-id") ?? query.get("after") ?? undefined
  const isNamed = globs(query, "services")
  const types: ReadonlySet<string> = someOf(query, "types", Object.keys(tags))
  const hears = isNamed === undefined && types.size === 0 ? undefined : (event: GovernorEvent) => {
    if (types.size > 0 && !types.has(event._tag)) return false
    return isNamed === undefined || isNamed("service" in event ? event.service : event.governor ?? "")
  }
  const has = id === undefined ? undefined : numberIn(id, kept.epoch)
  const from: Wish["from"] = id !== undefined ? "Reset" : flag(query, "snapshot") ? "Snapshot" : "Now"
  // A client that has all of a governor that is over need not come back.
  if (has !== undefined && has === kept.streams.latest && sight.isClosed()) return nothing(204)
  return stream("text/event-stream", (sink) => kept.streams.open(sink, { hears, has, from }), headers)
}

/** The number in the id of an event of this governor. */
const numberIn = (id: string, epoch: string): number | undefined => {
  const [, of, number] = /^([0-9a-f]+)-(\d{1,15})$/.exec(id) ?? []
  return of === epoch ? Number(number) : undefined
}
