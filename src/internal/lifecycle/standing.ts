/**
 * What a service is to the services that depend on it. Pure.
 */
import { isLive } from "./questions.ts"
import type { ServiceState } from "./ServiceState.ts"

/** The services that depend on it may run, have to wait, or wait in vain. */
export type Standing = "Ready" | "Coming" | "Failed"

export const standing = (service: ServiceState): Standing => {
  const own = ownStanding(service)
  return own === "Ready" && service.rare !== undefined && service.rare.blocks > 0 ? "Coming" : own
}

/** The same, whatever layers close. */
export const ownStanding = (service: ServiceState): Standing => {
  const { aim, rare, run } = service
  if (aim === "Over" || rare?.lost !== undefined) return wasReady(service) ? "Ready" : "Failed"
  if (run !== undefined) return isLive(service) && wasReady(service) ? "Ready" : "Coming"
  return aim === "Up" && service.next === "Policy" && wasReady(service) && isBetweenGoodRuns(service)
    ? "Ready"
    : "Coming"
}

/** The latest run; of a service that has to complete, any run since the last start by hand. */
const wasReady = ({ readyRun, spec, status }: ServiceState): boolean =>
  spec.options.readiness === "completed" ? readyRun > 0 : readyRun > 0 && readyRun === status.run

/** Between two runs by policy: a service that has to complete has done so, any other completed and is in its delay. */
const isBetweenGoodRuns = ({ delay, spec, status }: ServiceState): boolean =>
  spec.options.readiness === "completed" ||
  (delay !== undefined && status._tag === "Backoff" && status.cause === undefined)
