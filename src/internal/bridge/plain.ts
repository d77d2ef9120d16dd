/**
 * The core's statuses, events and reports as plain, JSON-safe objects with the same `_tag`s and fields. A cause becomes
 * a `Thrown`.
 */
import type * as Cause from "effect/Cause"
import type { LogLevel } from "effect/LogLevel"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { ServiceReport, ShutdownReport } from "../../ShutdownReport.ts"
import { fromCause, type Thrown } from "./thrown.ts"

export type Plain<A> = A extends Cause.Cause<unknown> ? Thrown
  : A extends object ? { readonly [K in keyof A]: Plain<A[K]> }
  : A

type Caused<A> = A & { readonly cause?: Cause.Cause<unknown> }

/** All fields but a cause are plain already. A spread is several times as fast as a copy key by key. @internal */
export const fromFact = <A extends object>(fact: Caused<A>): Plain<A> =>
  (fact.cause === undefined ? { ...fact } : { ...fact, cause: fromCause(fact.cause) }) as Plain<A>

/** @internal */
export const fromStatus = (status: ServiceStatus): Plain<ServiceStatus> => {
  const { lastFailure } = status
  return lastFailure === undefined ? fromFact(status) : fromFact({ ...status, lastFailure: fromFact(lastFailure) })
}

/** @internal */
export const fromServiceReport = (report: ServiceReport): Plain<ServiceReport> => fromFact(report)

/** @internal */
export const fromReport = (report: ShutdownReport): Plain<ShutdownReport> => ({
  ...report,
  reason: fromFact(report.reason),
  services: report.services.map(fromServiceReport)
})

/** The report of a governor inside is not the one that `reportOf` keeps for the callers of `shutdown`. @internal */
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

/** A log line, but for its error. The levels are those of pino and winston. @internal */
export interface PlainLine {
  readonly level: "debug" | "info" | "warn" | "error"
  readonly message: string
  readonly service?: string
  readonly run?: number
  readonly time: number
}

const levels: { readonly [Level in LogLevel]: PlainLine["level"] } = {
  All: "debug",
  Trace: "debug",
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
  Fatal: "error",
  None: "error"
}

/** A log line as the engine writes it. */
interface Entry {
  readonly level: LogLevel
  readonly message: string
  readonly of: { readonly service: string; readonly run: number } | undefined
  readonly time: number
}

/** @internal */
export const fromEntry = ({ level, message, of, time }: Entry): PlainLine =>
  of === undefined
    ? { level: levels[level], message, time }
    : { level: levels[level], message, service: of.service, run: of.run, time }
