/**
 * The core's statuses, events and reports as plain, JSON-safe objects with the same `_tag`s and fields. A cause becomes
 * a `Thrown`.
 */
import type * as Cause from "effect/Cause"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { ServiceReport, ShutdownReport } from "../../ShutdownReport.ts"
import { fromCause, type Thrown } from "./thrown.ts"

export type Plain<A> = A extends Cause.Cause<unknown> ? Thrown
  : A extends object ? { readonly [K in keyof A]: Plain<A[K]> }
  : A

type Caused<A> = A & { readonly cause?: Cause.Cause<unknown> }

/** All fields but a cause are plain already. A spread is several times as fast as a copy key by key. */
export const fromFact = <A extends object>(fact: Caused<A>): Plain<A> =>
  (fact.cause === undefined ? { ...fact } : { ...fact, cause: fromCause(fact.cause) }) as Plain<A>

export const fromStatus = (status: ServiceStatus): Plain<ServiceStatus> => {
  const { lastFailure } = status
  return lastFailure === undefined ? fromFact(status) : fromFact({ ...status, lastFailure: fromFact(lastFailure) })
}

export const fromServiceReport = (report: ServiceReport): Plain<ServiceReport> => fromFact(report)

export const fromReport = (report: ShutdownReport): Plain<ShutdownReport> => ({
  ...report,
  reason: fromFact(report.reason),
  services: report.services.map(fromServiceReport)
})

/** The report of a governor inside is not the one that `reportOf` keeps for the callers of `shutdown`. */
export const fromEvent = (event: GovernorEvent, reportOf = fromReport): Plain<GovernorEvent> => {
  switch (event._tag) {
    case "ShutdownStarted":
      return { ...event, reason: fromFact(event.reason) }
    case "ShutdownCompleted":
      return { ...event, report: (event.governor === undefined ? reportOf : fromReport)(event.report) }
    default:
      return fromFact(event)
  }
}
