/**
 * How services ended, for the report of a shutdown.
 */
import type * as Cause from "effect/Cause"
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { type Ends, endsOf, type ServiceReport } from "../../ShutdownReport.ts"
import { failureOf, wasStarted } from "./questions.ts"
import type { ServiceState } from "./ServiceState.ts"

/**
 * How each service ended that was ever started, and how the services of the governors inside it ended. `now` is monotonic
 * time, in milliseconds.
 */
export const endsOfAll = (services: Iterable<ServiceState>, now: number): Ends => {
  const own: Array<ServiceReport> = []
  const inside = new Map<number, Ends>()
  let ok = true
  for (const service of services) {
    if (!wasStarted(service) || isForgotten(service)) continue
    const governor = wasInDelay(service) ? undefined : service.rare?.inside
    if (governor !== undefined) inside.set(own.length, governor.ends())
    if (!hasEndedWell(service)) ok = false
    own.push(reportOf(service, now))
  }
  return endsOf(own, inside, ok)
}

/** Whether the service is not `Failed`, was not abandoned and has not failed while it stopped. */
const hasEndedWell = (service: ServiceState): boolean => !isLeft(service) && causeIn(service.status) === undefined

/** At the end of a shutdown a run can still be there if the run around this governor was abandoned. */
const isLeft = ({ rare, run, status }: ServiceState): boolean => status === rare?.abandoned || run !== undefined

const causeIn = (status: ServiceStatus): Cause.Cause<unknown> | undefined =>
  status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined

/** Whether the service had ended by itself, and is still there only because others depend on it, or a shutdown had begun. */
const isForgotten = ({ rare, spec: { options }, status }: ServiceState): boolean =>
  options.removeWhenOver && options.significant === false && rare?.lost === undefined && status !== rare?.abandoned &&
  (status._tag === "Failed" || (status._tag === "Stopped" && status.outcome === "Completed"))

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

/**
 * How the service ended; `now` is monotonic time. A service that was asked to end, and was not ready since its latest
 * crash, has ended well; the report still says what it crashed with.
 */
export const reportOf = (service: ServiceState, now: number): ServiceReport => {
  const { name, status } = service
  const duration = stopMillis(service, now)
  const outcome = isLeft(service) ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, causeIn(status) ?? failureOf(service))
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
