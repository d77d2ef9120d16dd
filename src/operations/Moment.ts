/**
 * How all is after the latest event, as the events come. The same for the events of the core and for plain ones.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import { fold, type ServiceStatus, type Snapshot } from "../ServiceStatus.ts"
import type { ShutdownReason } from "../ShutdownReport.ts"

/** A shutdown of the governor itself that is under way. All times are epoch milliseconds. */
export interface Closing {
  readonly reason: ShutdownReason
  readonly since: number
  /** When its time is over. */
  readonly until?: number
  /** When the stops begin, while they have not. */
  readonly drainsUntil?: number
}

export interface Moment {
  readonly hear: (event: GovernorEvent) => void
  /** The number of the latest event. */
  readonly sequence: () => number
  /** Each service is followed by those inside it. */
  readonly statuses: () => ReadonlyArray<ServiceStatus>
  readonly closing: () => Closing | undefined
}

export const momentOf = (snapshot: Snapshot, closingThen?: Closing): Moment => {
  const { hear, statuses } = fold(snapshot)
  let sequence = snapshot.sequence
  let closing = closingThen
  return {
    hear: (event) => {
      if (event.sequence <= sequence) return
      sequence = event.sequence
      hear(event)
      closing = closingAfter(closing, event)
    },
    sequence: () => sequence,
    statuses,
    closing: () => closing
  }
}

const closingAfter = (closing: Closing | undefined, event: GovernorEvent): Closing | undefined => {
  switch (event._tag) {
    case "ShutdownStarted":
      return event.governor === undefined ? begun(event) : closing
    case "ShutdownCompleted":
      return event.governor === undefined ? undefined : closing
    case "ServiceStopping": {
      // The first stop of the shutdown ends the drain.
      if (closing?.drainsUntil === undefined || event.reason !== "shutdown") return closing
      const { drainsUntil: _, ...rest } = closing
      return rest
    }
    default:
      return closing
  }
}

const begun = (
  { drainsUntil, reason, time: since, until }: Extract<GovernorEvent, { readonly _tag: "ShutdownStarted" }>
): Closing => ({
  reason,
  since,
  ...(until !== undefined && { until }),
  ...(drainsUntil !== undefined && { drainsUntil })
})
