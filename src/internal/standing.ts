/**
 * What a service is to those that depend on it. Pure.
 */
import type { Checked } from "../Service.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Phase } from "./phase.ts"

/** They may run, they have to wait, or they wait in vain. */
export type Standing = "Ready" | "Coming" | "Failed"

interface Known {
  readonly phase: Phase
  readonly status: ServiceStatus
  readonly readiness: Checked["readiness"]
  /** The latest of its runs that was ready since the last start by hand; 0: none was. */
  readonly readyRun: number
}

export const standing = ({ phase, readiness, readyRun, status }: Known): Standing => {
  const isReady = readiness === "completed" ? readyRun > 0 : readyRun > 0 && readyRun === status.run
  switch (phase._tag) {
    case "Over": // one that had been ready and then failed is no obstacle: nobody waits for what will not come
    case "Abandoned":
    case "Barred":
      return isReady ? "Ready" : "Failed"
    case "Live":
      return isReady ? "Ready" : "Coming"
    case "Backoff": // between two runs, and the last one completed
      return isReady && (readiness === "completed" || isAfterCompletion(status)) ? "Ready" : "Coming"
    case "Queued":
    case "Waiting": // the next run is due; of one that has to complete it changes nothing, unless it is due to a command
      return isReady && readiness === "completed" && status._tag === "Backoff" ? "Ready" : "Coming"
    case "Idle":
    case "Hung":
    case "Stopping":
    case "Removed":
      return "Coming"
  }
}

const isAfterCompletion = (status: ServiceStatus) => status._tag === "Backoff" && status.cause === undefined
