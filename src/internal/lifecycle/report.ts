/**
 * How services ended, for the report of a shutdown.
 */
import type { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import type { ServiceReport } from "../../ShutdownReport.ts"
import type { ServiceState } from "./ServiceState.ts"

/** Those that were ever started, and after one those of a governor inside of it, by their paths. */
export const reportsOf = (services: Iterable<ServiceState>): ReadonlyArray<ServiceReport> => {
  const reports: Array<ServiceReport> = []
  for (const service of services) {
    if (service.status._tag === "Pending") continue
    reports.push(reportOf(service))
    for (const inside of service.rare?.inside?.services() ?? []) {
      reports.push({ ...inside, name: `${service.name}/${inside.name}` })
    }
  }
  return reports
}

const reportOf = ({ name, rare, run, status, stopMillis: duration }: ServiceState): ServiceReport => {
  const cause = status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined
  // A run is still there in a governor whose own run was abandoned.
  const isLeft = status === rare?.abandoned || run !== undefined
  const outcome = isLeft ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}

/** A run that was given up and may still be there, of one of these services or inside of one. */
export const lostIn = (services: Iterable<ServiceState>): RunAbandoned | undefined => {
  for (const { rare } of services) {
    if (rare?.lost !== undefined) return rare.lost.error
  }
  return undefined
}
