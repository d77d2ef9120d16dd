/**
 * Whether a service counts as ready for those outside: a readiness probe, the news for systemd, the top of a page. Pure.
 */
import type { StopReason } from "../GovernorEvent.ts"
import type { ServiceSpec } from "../ServiceSpec.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"

/** `NotCounted`: nobody wants the service up now, so the service says nothing about the whole. */
export type Health = "Ready" | "NotReady" | "NotCounted"

/**
 * What is read of a status. Both a status of the core and a plain one are such. Whether there is a `cause` counts, but not
 * what the cause is.
 */
interface Standing {
  readonly _tag: ServiceStatus["_tag"]
  readonly run: number
  readonly restarts: number
  readonly outcome?: "Completed" | "Stopped"
  readonly reason?: string
  readonly cause?: unknown
  readonly lastFailure?: { readonly run: number }
}

/** As `standing` in `internal/lifecycle/standing.ts` says it of a dependency, as far as the status alone tells. */
export const healthOf = (status: Standing, readiness: ServiceSpec["readiness"]): Health => {
  switch (status._tag) {
    case "Running":
      return "Ready"
    case "Pending":
    case "Standby":
      return "NotCounted"
    case "Stopped":
      return status.outcome === "Completed" ? "Ready" : "NotCounted"
    case "Stopping":
      return isForGood(status.reason as StopReason) ? "NotCounted" : "NotReady"
    case "Backoff":
      return status.cause === undefined ? "Ready" : "NotReady" // the run has completed, as that of a service that works at times
    case "Starting":
      return readiness === "completed" && hasCompletedBefore(status) ? "Ready" : "NotReady"
    case "Waiting":
    case "Failed":
      return "NotReady"
  }
}

/** Somebody wants the service down, or in another process. A shutdown wants that too, but then nobody should rely on the process any more. */
const isForGood = (reason: StopReason): boolean => reason === "stop" || reason === "remove" || reason === "lease"

/**
 * Whether the policy began this run because the run before had completed. What had to complete has done so then. A run that
 * begins again with its group looks the same; what waits for that run is not ready itself.
 */
const hasCompletedBefore = ({ lastFailure, restarts, run }: Standing): boolean =>
  restarts > 0 && lastFailure?.run !== run - 1
