/**
 * What a service means to the services that depend on it. Pure.
 */
import { isDelayed, isLive } from "./questions.ts"
import type { ServiceState } from "./ServiceState.ts"

/** `Ready`: the services that depend on it may run. `Coming`: they have to wait. `Failed`: they would wait in vain. */
export type Standing = "Ready" | "Coming" | "Failed"

export const standing = (service: ServiceState): Standing => {
  const own = ownStanding(service)
  const { rare } = service
  return own === "Ready" && rare !== undefined && (rare.blocks > 0 || rare.isAdrift) ? "Coming" : own
}

/**
 * The standing of a service to those that are bound to it. They must not run on a service that is down for good. A service that
 * has completed has done its work.
 */
export const boundStanding = (service: ServiceState): Standing => {
  const own = standing(service)
  const { status } = service
  if (own !== "Ready") return own
  if (status._tag === "Failed") return "Failed"
  return status._tag === "Stopped" && status.outcome === "Stopped" ? "Coming" : "Ready"
}

/** The standing of a service, without regard to closing layers, and to the services that it is bound to. */
export const ownStanding = (service: ServiceState): Standing => {
  const { aim, rare, run } = service
  if (aim === "Over" || rare?.lost !== undefined) return wasReady(service) ? "Ready" : "Failed"
  if (run !== undefined) return isLive(service) && isReadyNow(service) ? "Ready" : "Coming"
  return aim === "Policy" && wasReady(service) && isBetweenGoodRuns(service)
    ? "Ready"
    : "Coming"
}

/**
 * Whether the latest run was ready. For a service with `readiness: "completed"`, whether any run was since the last
 * start by hand.
 */
const wasReady = ({ readyRun, spec, status }: ServiceState): boolean =>
  spec.options.readiness === "completed" ? readyRun > 0 : readyRun > 0 && readyRun === status.run

/** Whether the run is ready. A service with `readiness: "completed"` stays ready once a run has completed. */
const isReadyNow = (service: ServiceState): boolean =>
  service.spec.options.readiness === "completed" ? wasReady(service) : service.status._tag === "Running"

/**
 * Whether a service without a run stays ready until its next run by policy. A service with `readiness: "completed"`
 * does, because it has completed. Any other service does if its latest run completed, while its restart delay runs.
 */
const isBetweenGoodRuns = (service: ServiceState): boolean =>
  service.spec.options.readiness === "completed" || (isDelayed(service) && isAfterCompletion(service))

const isAfterCompletion = ({ status }: ServiceState): boolean => status._tag === "Backoff" && status.cause === undefined
