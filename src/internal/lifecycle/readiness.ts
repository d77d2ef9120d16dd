/**
 * Which services have been ready, and why the others have not. Pure.
 */
import type * as Cause from "effect/Cause"
import { checkInShort } from "../input/listed.ts"
import { failureOf, isActive, isNext, isUnclaimed, wasStarted } from "./questions.ts"
import type { ServiceState } from "./ServiceState.ts"
import { ownStanding, type Standing } from "./standing.ts"

/**
 * What is known of one service. `cause` is there if the service, or its latest run, has failed; `reason`, if its run or
 * its probe says why it is not ready.
 */
export interface Readiness {
  readonly name: string
  readonly ready: boolean
  readonly waitingFor?: ReadonlyArray<string>
  readonly cause?: Cause.Cause<unknown>
  readonly reason?: string
}

/** The readiness of each service that was ever started. */
export const readinessOfAll = (services: Iterable<ServiceState>): ReadonlyArray<Readiness> =>
  Array.from(services).filter(wasStarted).map(readinessOf)

const readinessOf = (service: ServiceState): Readiness => {
  const { name, rare, status } = service
  const ready = isElsewhere(service) || (wasReady(service) && status._tag !== "Failed")
  const cause = ("cause" in status ? status.cause : undefined) ?? failureOf(service)
  const waitingFor = isNext(service) ? missing(service) : rare?.waitedFor ?? []
  const reason = unreadyInWords(service)
  return {
    name,
    ready,
    ...(!ready && waitingFor.length > 0 && { waitingFor }),
    ...(!ready && cause && { cause }),
    ...(!ready && reason !== undefined && { reason })
  }
}

/** Whether a run was ready since the last start by hand, and none has failed since. What had to complete has done so. */
const wasReady = (service: ServiceState): boolean =>
  service.readyRun > 0 && (service.spec.options.readiness === "completed" || failureOf(service) === undefined)

/** The dependencies that the next run waits for. The service waits for that run. */
export const missing = (service: ServiceState): ReadonlyArray<string> => {
  const { rare, spec: { options } } = service
  if (rare === undefined || rare.unready === 0) return []
  return (options.dependsOn ?? []).filter((name) => standingFor(service, name) !== "Ready")
}

/** What the service was told last of this dependency. */
export const standingFor = ({ governor: { graph, services }, name }: ServiceState, dependency: string): Standing => {
  const rare = services.get(dependency)?.rare
  if (rare === undefined) return "Coming"
  return graph.isBound(name, dependency) ? rare.boundStanding : rare.standing
}

/** Whether the service was ready since its last start by hand, is over, or is not to run here. */
export const wasReadyOrIsOver = (service: ServiceState): boolean =>
  service.readyRun > 0 || isOver(service) || isElsewhere(service)

/** Whether the service runs in another process, or nowhere: this governor is in its cluster, and does not have the claim. */
const isElsewhere = (service: ServiceState): boolean =>
  isUnclaimed(service) && isNext(service) && !service.governor.isHeldBack

/** Whether the service does its work now, or has done its work. */
export const isReady = (service: ServiceState): boolean =>
  (ownStanding(service) === "Ready" && service.status._tag !== "Failed") || hasLeft(service)

/** Whether the service has completed, and was removed after that. */
const hasLeft = ({ aim, status }: ServiceState): boolean =>
  aim === "Removed" && status._tag === "Stopped" && status.outcome === "Completed"

/** Whether the service has no run, and shall not have one. */
export const isOver = (service: ServiceState): boolean => !isActive(service)

/** Why the run is not ready, as far as it or its probe has said so. */
export const unreadyInWords = ({ run, status }: ServiceState): string | undefined => {
  if (status._tag !== "Starting") return undefined
  const failure = run?.rare?.probes?.failure
  return status.reason ?? (failure && probeInWords(failure.cause))
}

/** What the last check of a readiness probe failed with. */
export const probeInWords = (cause: unknown): string => `its readiness probe failed: ${checkInShort(cause)}`
