/**
 * How a service is over: it has stopped or failed for good, or an abandoned run may still be there.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import type { ShutdownReason } from "../../ShutdownReport.ts"
import { isOpen, requestShutdown } from "../lifecycle/GovernorState.ts"
import { causeOf, type Outcome } from "../lifecycle/outcome.ts"
import { shallRun } from "../lifecycle/questions.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"
import { release } from "./contain.ts"
import { changed, fact, record, set, setLost } from "./record.ts"

/** The service ended by itself for good. */
export const over = (service: ServiceState, outcome: Outcome, time?: number): void => {
  set(service, "Over", undefined)
  if (outcome._tag === "Crashed") {
    failed(service, outcome.cause, time)
    return removeIfOver(service)
  }
  record(service, fact(service, "ServiceStopped", time))
  significantIsOver(service, undefined)
  removeIfOver(service)
}

export const failed = (service: ServiceState, cause: Cause.Cause<unknown>, time?: number): void => {
  record(service, { ...fact(service, "ServiceFailed", time), cause })
  if (service.rare !== undefined) changed(service) // a service must not run that is bound to a failed one
  significantIsOver(service, cause)
}

/** A service that is to leave when it is over leaves now. In a shutdown it stays. */
export const removeIfOver = (service: ServiceState): void => {
  if (isToLeave(service)) remove(service)
}

const isToLeave = ({ aim, governor, name, rare, spec: { options } }: ServiceState): boolean =>
  options.removeWhenOver && aim === "Over" && isOpen(governor) && rare?.lost === undefined &&
  governor.graph.dependentsOf(name).size === 0

/** If the service is significant, the governor shuts down: from now on nothing begins. */
const significantIsOver = ({ governor, name, spec }: ServiceState, cause: Cause.Cause<unknown> | undefined): void => {
  const { significant } = spec.options
  if (significant === false || (significant === "failure" && cause === undefined)) return
  if (cause !== undefined) governor.significantFailure ??= { service: name, cause }
  const reason = withCause<ShutdownReason>({ _tag: "Significant", service: name }, cause)
  requestShutdown(governor, reason)
}

/**
 * Whether the service cannot begin again: in a governor inside of its latest run, a run was abandoned and may still be there. A
 * new governor would make a second copy of that service.
 */
export const failIfLostInside = (service: ServiceState, exit?: Exit.Exit<unknown, unknown>): boolean => {
  const left = service.rare?.inside?.lost()
  if (left === undefined) return false
  const { afterMillis, run } = left
  const error = new RunAbandoned({ service: `${service.name}/${left.service}`, run, afterMillis })
  setLost(service, { error, run: undefined, exit })
  set(service, shallRun(service) ? service.aim : "Over", undefined)
  const reasons = (exit && causeOf(exit))?.reasons ?? []
  failed(service, Cause.fromReasons([Cause.makeFailReason<unknown>(error), ...reasons]))
  return true
}

/** The service leaves its governor, and with it the dependencies that have stayed only for its sake. */
export const remove = (service: ServiceState): void => {
  const leaving = [service]
  for (const one of leaving) { // a loop, because a chain may be longer than a stack
    removeOne(one)
    for (const name of one.spec.options.dependsOn ?? []) {
      const dependency = one.governor.services.get(name)
      if (dependency !== undefined && isToLeave(dependency)) leaving.push(dependency)
    }
  }
}

/** Not while a run inside of the service may still be there. */
const removeOne = (service: ServiceState): void => {
  if (failIfLostInside(service)) return
  const { governor: { graph, nesting, services }, name, rare } = service
  set(service, "Removed", undefined)
  services.delete(name)
  graph.remove(name)
  rare?.inside?.forget()
  rare?.lease?.forget()
  release(service)
  nesting.delete(service)
  record(service, fact(service, "ServiceRemoved"))
}
