/**
 * What is said to systemd of a governor, and when. Pure.
 */
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { Message } from "./message.ts"

/** All times are in milliseconds, and monotonic. */
export interface Speech {
  readonly phase: "Starting" | "Ready" | "Stopping" | "Over"
  /** Whether there is a STATUS. */
  readonly hasStatus: boolean
  /** What must be said at once. */
  readonly urgent: "READY" | "STOPPING" | "STATUS" | undefined
  /** Whether something has happened since it was spoken last. */
  readonly hasNews: boolean
  /** Whether something has happened by which the start, or the shutdown, came nearer to its end. */
  readonly hasProgress: boolean
  /** The STATUS that was said last. */
  readonly status: string
  /** Before that, only urgent things are said. */
  readonly notBefore: number
}

/** What is looked up only when there is something to say. */
export interface Facts {
  readonly status: string
  /** How much more time the start, or the shutdown, takes at the most; undefined: no limit is known. */
  readonly extension: number | undefined
}

/** STATUS is said once in this time at the most, beside READY, STOPPING and the end. */
const pause = 1000

/** So much longer than it took to look the facts up nobody looks for them again: there may be thousands of services. */
const restFactor = 50

export const silent = (hasStatus: boolean): Speech => ({
  phase: "Starting",
  hasStatus,
  urgent: undefined,
  hasNews: false,
  hasProgress: false,
  status: "",
  notBefore: 0
})

export const ready = (speech: Speech): Speech =>
  speech.phase === "Starting"
    ? { ...speech, phase: "Ready", urgent: "READY", hasNews: true, hasProgress: false }
    : speech

export const heard = (speech: Speech, event: GovernorEvent): Speech => {
  if (event._tag === "ShutdownStarted" && event.governor === undefined) {
    return { ...speech, phase: "Stopping", urgent: "STOPPING", hasNews: true, hasProgress: true }
  }
  if (event._tag === "ShutdownCompleted" && event.governor === undefined) {
    // STOPPING may not have been said yet, if both are told in one turn.
    return { ...speech, phase: "Over", urgent: speech.urgent ?? "STATUS", hasNews: true, hasProgress: false }
  }
  const hasProgress = speech.hasProgress || isProgress(speech.phase, event)
  return speech.hasNews && speech.hasProgress === hasProgress ? speech : { ...speech, hasNews: true, hasProgress }
}

/** A crash and a restart bring the start no nearer to its end, or a service that always crashes would extend the start for ever. */
const isProgress = (phase: Speech["phase"], event: GovernorEvent): boolean => {
  switch (phase) {
    case "Starting":
      return event._tag === "ServiceReady" || event._tag === "ServiceCompleted" ||
        (event._tag === "ServiceStarting" && event.run === 1)
    case "Stopping":
      return "service" in event
    case "Ready":
    case "Over":
      return false
  }
}

/** When it has to be spoken next; undefined: not before something happens. A shutdown tells how long it takes. */
export const due = ({ hasNews, hasProgress, hasStatus, notBefore, phase, urgent }: Speech): number | undefined => {
  if (urgent !== undefined) return 0
  return hasProgress || (hasStatus && (hasNews || phase === "Stopping")) ? notBefore : undefined
}

/** What has to be said now, and what is known to be said then. `cost` is how long it took to look the facts up. */
export const spoken = (
  speech: Speech,
  facts: Facts,
  now: number,
  cost = 0
): { readonly message: Message; readonly speech: Speech } => {
  const { hasProgress, hasStatus, status, urgent } = speech
  const message = new Map<string, string>()
  if (urgent === "READY" || urgent === "STOPPING") message.set(urgent, "1")
  if (hasStatus && facts.status !== status) message.set("STATUS", facts.status)
  if (hasProgress && facts.extension !== undefined) {
    message.set("EXTEND_TIMEOUT_USEC", String(Math.ceil(facts.extension * 1000)))
  }
  const notBefore = now + Math.max(pause, cost * restFactor)
  return {
    message,
    speech: {
      ...speech,
      urgent: undefined,
      hasNews: false,
      hasProgress: false,
      status: hasStatus ? facts.status : status,
      notBefore
    }
  }
}
