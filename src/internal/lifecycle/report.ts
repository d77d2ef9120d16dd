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
    if (service.status._tag === "Pending" || isForgotten(service)) continue
    const governor = wasInDelay(service) ? undefined : service.rare?.inside
    if (governor !== undefined) inside.set(own.length, governor.ends())
    own.push(reportOf(service, now))
  }
  return endsOf(own, inside)
}

/** Whether the service ended by itself during the shutdown, and would have been removed before. An abandoned run stays. */
const isForgotten = ({ aim, rare, spec: { options }, status }: ServiceState): boolean =>
  options.removeWhenOver && options.significant === false && aim === "Over" && rare?.lost === undefined &&
  status !== rare?.abandoned

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

/** How the service ended; `now` is monotonic time. */
export const reportOf = (service: ServiceState, now: number): ServiceReport => {
  const { name, rare, run, status } = service
  const duration = stopMillis(service, now)
  const cause = status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined
  // At the end of a shutdown a run can still be there if the run around this governor was abandoned.
  const isLeft = status === rare?.abandoned || run !== undefined
  const outcome = isLeft ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}

/**
 * The errors of the abandoned runs that have not settled, in this governor and in the governors inside: of each governor
 * inside, the first. Each error names its service by its path.
 */
export function* allLostIn(services: Iterable<ServiceState>): Generator<RunAbandoned> {
  for (const { name, rare } of services) {
    const inside = rare?.lost === undefined ? rare?.inside?.lost() : undefined
    if (rare?.lost !== undefined) yield rare.lost.error
    else if (inside !== undefined) {
      yield new RunAbandoned({ service: `${name}/${inside.service}`, run: inside.run, afterMillis: inside.afterMillis })
    }
  }
}

/** The first of these errors. */
export const lostIn = (services: Iterable<ServiceState>): RunAbandoned | undefined => {
  for (const error of allLostIn(services)) return error
  return undefined
}
