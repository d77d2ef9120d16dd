/**
 * How services ended, for the report of a shutdown.
 */
import { withCause } from "../GovernorEvent.ts"
import type { ServiceReport } from "../ShutdownReport.ts"
import type { Machine } from "./Machine.ts"
import { hasRun } from "./phase.ts"

/** Those that were ever started, and after one those of a governor inside of it, by their paths. */
export const reportsOf = (machines: Iterable<Machine>): ReadonlyArray<ServiceReport> => {
  const reports: Array<ServiceReport> = []
  for (const machine of machines) {
    if (machine.status._tag === "Pending") continue
    reports.push(reportOf(machine))
    for (const service of machine.inside?.services() ?? []) {
      reports.push({ ...service, name: `${machine.name}/${service.name}` })
    }
  }
  return reports
}

const reportOf = (machine: Machine): ServiceReport => {
  const { name, phase, status, stopMillis: duration } = machine
  const cause = status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined
  const isLeft = phase._tag === "Abandoned" || hasRun(phase) // the latter in a governor whose own run was abandoned
  const outcome = isLeft ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}
