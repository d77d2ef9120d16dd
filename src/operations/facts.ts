/**
 * What the kept events say of services, and their statuses do not. Pure.
 */
import type { StopReason } from "../GovernorEvent.ts"
import type { Event, Status, View } from "./View.ts"

export interface Facts {
  /** The crashes of runs since the last one that had been ready for long; 0 if no crash is among the events. */
  readonly crashes: number
  /** When the first of these was. */
  readonly firstCrash: number
  /** Why the service was asked to stop last. */
  readonly stopReason?: StopReason
  /** Why the latest run is not ready any more: the run hangs, or its probe failed. */
  readonly unready?: NonNullable<Status["lastFailure"]>["cause"]
}

/** A run that was ready for so long has done well: what had crashed before is no part of a row. As `resetAfter`. */
const long = 60_000

type Growing = { -readonly [K in keyof Facts]: Facts[K] } & { readyAt?: number }

export const noFacts: Facts = { crashes: 0, firstCrash: 0 }

/** Reads each event once. */
export const factsOf = ({ events, specs }: View): ReadonlyMap<string, Facts> => {
  const all = new Map<string, Growing>()
  for (const event of events) {
    if (!("service" in event)) continue
    let facts = all.get(event.service)
    if (facts === undefined) all.set(event.service, facts = { ...noFacts })
    add(facts, event, specs.get(event.service)?.restart.resetAfter ?? long)
  }
  return all
}

const add = (facts: Growing, event: Extract<Event, { readonly service: string }>, resetAfter: number): void => {
  switch (event._tag) {
    case "ServiceStarting":
      delete facts.readyAt
      delete facts.unready
      return
    case "ServiceReady":
      facts.readyAt ??= event.time
      delete facts.unready
      return
    case "ServiceUnready":
      if (event.cause !== undefined) facts.unready = event.cause
      return
    case "ServiceStopping":
      facts.stopReason = event.reason
      return
    case "ServiceCrashed": {
      const isNewRow = facts.crashes === 0 || event.time - (facts.readyAt ?? event.time) >= resetAfter
      facts.crashes = isNewRow ? 1 : facts.crashes + 1
      if (isNewRow) facts.firstCrash = event.time
    }
  }
}
