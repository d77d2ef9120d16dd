/**
 * How services ended, for the report of a shutdown.
 */
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import { type Ends, endsOf, type ServiceReport } from "../../ShutdownReport.ts"
import type { ServiceState } from "./ServiceState.ts"

/**
 * How each service ended that was ever started, and how the services of the governors inside it ended. `now` is monotonic
 * time, in milliseconds.
 */
export const endsOfAll = (services: Iterable<ServiceState>, now: number): Ends => {
  const own: Array<ServiceReport> = []
  const inside = new Map<number, Ends>()
  for (const service of services) {
    if (service.status._tag === "Pending") continue
    const governor = wasInDelay(service) ? undefined : service.rare?.inside
    if (governor !== undefined) inside.set(own.length, governor.ends())
    own.push(reportOf(service, now))
  }
  return endsOf(own, inside)
}

/**
 * Whether the service was asked to end while no run was there. How the services ended in the governor of its latest run was told
 * by the crash of that run, and says nothing about the stop.
 */
const wasInDelay = ({ status, stopTime }: ServiceState): boolean =>
  status._tag === "Stopped" && status.outcome === "Stopped" && stopTime === undefined

/** How long the stop of the service took, in whole milliseconds; `now` is monotonic time. */
export const stopMillis = ({ status, stopTime }: ServiceState, now: number): number => {
  if (stopTime === undefined) return 0
  return status._tag === "Stopping" ? Math.round(now - stopTime) : stopTime
}

const reportOf = (service: ServiceState, now: number): ServiceReport => {
  const { name, rare, run, status } = service
  const duration = stopMillis(service, now)
  const cause = status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined
  // At the end of a shutdown a run can still be there if the run around this governor was abandoned.
  const isLeft = status === rare?.abandoned || run !== undefined
  const outcome = isLeft ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}

/**
 * The error of an abandoned run that may still be there, in one of these services or in a governor inside one. The
 * error names the service by its path.
 */
export const lostIn = (services: Iterable<ServiceState>): RunAbandoned | undefined => {
  for (const { name, rare } of services) {
    if (rare?.lost !== undefined) return rare.lost.error
    const inside = rare?.inside?.lost()
    if (inside === undefined) continue
    const { afterMillis, run, service } = inside
    return new RunAbandoned({ service: `${name}/${service}`, run, afterMillis })
  }
  return undefined
}
