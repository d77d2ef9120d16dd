/**
 * Which services have been ready, and why the others have not. Pure.
 */
import type * as Cause from "effect/Cause"
import { isActive, isNext, isPending } from "./questions.ts"
import type { ServiceState } from "./ServiceState.ts"
import { ownStanding } from "./standing.ts"

/** What is known of one service. `cause` is there if the service, or its latest run, has failed. */
export interface Readiness {
  readonly name: string
  readonly ready: boolean
  readonly waitingFor?: ReadonlyArray<string>
  readonly cause?: Cause.Cause<unknown>
}

/** The readiness of each service that was ever started. */
export const readinessOfAll = (services: Iterable<ServiceState>): ReadonlyArray<Readiness> =>
  Array.from(services).filter((service) => !isPending(service)).map(readinessOf)

const readinessOf = (service: ServiceState): Readiness => {
  const { name, readyRun, status } = service
  const ready = readyRun > 0 && status._tag !== "Failed"
  const cause = !ready && "cause" in status ? status.cause : undefined
  const waitingFor = ready ? [] : missing(service)
  return { name, ready, ...(waitingFor.length > 0 && { waitingFor }), ...(cause && { cause }) }
}

/** The dependencies that the next run waits for. */
const missing = (service: ServiceState): ReadonlyArray<string> => {
  const { governor: { services }, rare, spec: { options } } = service
  if (!isNext(service) || rare === undefined || rare.unready === 0) return []
  return (options.dependsOn ?? []).filter((name) => services.get(name)?.rare?.standing !== "Ready")
}

/** Whether the service was ready since its last start by hand, or is over. */
export const wasReadyOrIsOver = (service: ServiceState): boolean => service.readyRun > 0 || isOver(service)

/** Whether the service does its work now, or has done its work. */
export const isReady = (service: ServiceState): boolean =>
  ownStanding(service) === "Ready" && service.status._tag !== "Failed"

/** Whether the service has no run, and shall not have one. */
export const isOver = (service: ServiceState): boolean => !isActive(service)
