/**
 * How services ended, for the report of a shutdown.
 */
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import { type Ends, endsOf, type ServiceReport } from "../../ShutdownReport.ts"
import type { ServiceState } from "./ServiceState.ts"

/** How each service ended that was ever started, and how the services of the governors inside it ended. */
export const endsOfAll = (services: Iterable<ServiceState>): Ends => {
  const own: Array<ServiceReport> = []
  const inside = new Map<number, Ends>()
  for (const service of services) {
    if (service.status._tag === "Pending") continue
    if (service.rare?.inside !== undefined) inside.set(own.length, service.rare.inside.ends())
    own.push(reportOf(service))
  }
  return endsOf(own, inside)
}

const reportOf = ({ name, rare, run, status, stopMillis: duration = 0 }: ServiceState): ServiceReport => {
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
