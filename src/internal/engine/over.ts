/**
 * How a service is over: it has stopped or failed for good, or an abandoned run may still be there.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { RunAbandoned } from "../../GovernorError.ts"
import { withCause } from "../../GovernorEvent.ts"
import type { ShutdownReason } from "../../ShutdownReport.ts"
import { requestShutdown } from "../lifecycle/GovernorState.ts"
import { causeOf, type Outcome } from "../lifecycle/outcome.ts"
import { shallRun } from "../lifecycle/questions.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"
import { fact, record, set, setLost } from "./record.ts"

/** The service ended by itself for good. */
export const over = (service: ServiceState, outcome: Outcome, time?: number): void => {
  set(service, "Over", undefined)
  if (outcome._tag === "Crashed") return failed(service, outcome.cause, time)
  record(service, fact(service, "ServiceStopped", time))
  significantIsOver(service, undefined)
}

export const failed = (service: ServiceState, cause: Cause.Cause<unknown>, time?: number): void => {
  record(service, { ...fact(service, "ServiceFailed", time), cause })
  significantIsOver(service, cause)
}

/** If the service is significant, the governor shuts down: from now on nothing begins. */
const significantIsOver = ({ governor, name, spec }: ServiceState, cause: Cause.Cause<unknown> | undefined): void => {
  if (!spec.options.significant) return
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
