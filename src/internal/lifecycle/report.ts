/**
 * How services ended, for the report of a shutdown.
 */
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import { type Ends, endsOf, type ServiceReport } from "../../ShutdownReport.ts"
import type { ServiceState } from "./ServiceState.ts"

/** The services that were ever started, with the governors inside of them. */
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
  // A run is still there in a governor whose own run was abandoned.
  const isLeft = status === rare?.abandoned || run !== undefined
  const outcome = isLeft ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}

/** A run that was given up and may still be there, of one of these services or inside of one, by its path. */
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
