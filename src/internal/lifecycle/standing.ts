/**
 * What a service is to the services that depend on it. Pure.
 */
import { isDelayed, isLive } from "./questions.ts"
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
  return aim === "Policy" && wasReady(service) && isBetweenGoodRuns(service)
    ? "Ready"
    : "Coming"
}

/** The latest run; of a service that has to complete, any run since the last start by hand. */
const wasReady = ({ readyRun, spec, status }: ServiceState): boolean =>
  spec.options.readiness === "completed" ? readyRun > 0 : readyRun > 0 && readyRun === status.run

/** Between two runs by policy: a service that has to complete has done so, any other completed and is in its delay. */
const isBetweenGoodRuns = (service: ServiceState): boolean =>
  service.spec.options.readiness === "completed" || (isDelayed(service) && isAfterCompletion(service))

const isAfterCompletion = ({ status }: ServiceState): boolean => status._tag === "Backoff" && status.cause === undefined
