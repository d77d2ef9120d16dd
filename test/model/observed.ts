/** What is seen of a real governor, as lines. */
import * as Cause from "effect/Cause"
import type * as Fiber from "effect/Fiber"
import type { GovernorEvent, ServiceStatus, ShutdownReport } from "../../src/index.ts"
import { eventLine, reportLine, statusLine } from "./lines.ts"

/** Whose event it is, "" for the governor's own, and what it says. */
export const observedEvent = (event: GovernorEvent.GovernorEvent): readonly [service: string, line: string] => {
  switch (event._tag) {
    case "ShutdownStarted":
      return ["", eventLine(event._tag, 0, event.time, { reason: reasonOf(event.reason) })]
    case "ShutdownCompleted":
      return ["", eventLine(event._tag, 0, event.time, { reason: observedReport(event.report) })]
    case "EventsDropped":
      return ["", eventLine(event._tag, 0, event.time)]
    default: {
      const { _tag, run, service, time } = event
      const details = {
        restarts: "restarts" in event ? event.restarts : undefined,
        restartsByHand: "restartsByHand" in event ? event.restartsByHand : undefined,
        waitingFor: "waitingFor" in event ? event.waitingFor : undefined,
        delay: "delay" in event ? event.delay : undefined,
        reason: "reason" in event ? event.reason : undefined,
        cause: "cause" in event
      }
      return [service, eventLine(_tag, run, time, details)]
    }
  }
}

export const observedStatus = (status: ServiceStatus.ServiceStatus): string => {
  const { _tag, crashes, lastFailure, name, readyAt, restarts, restartsByHand, run, since, startedAt } = status
  return statusLine(name, _tag, run, since, {
    restarts,
    crashes,
    restartsByHand,
    startedAt,
    readyAt,
    lastFailure,
    reason: "reason" in status ? status.reason : undefined,
    waitingFor: "waitingFor" in status ? status.waitingFor : undefined,
    until: "until" in status ? status.until : undefined,
    outcome: "outcome" in status ? status.outcome : undefined,
    cause: "cause" in status
  })
}

const observedReport = (report: ShutdownReport.ShutdownReport): string =>
  reportLine({
    ...report,
    reason: reasonOf(report.reason),
    services: report.services.map((service) => ({ ...service, cause: service.cause !== undefined }))
  })

const reasonOf = (reason: ShutdownReport.ShutdownReason): string =>
  reason._tag === "Significant" ? `Significant ${reason.service}` : reason._tag

/** What came of a command: `waits`, `done`, or the tag of its error. */
export const observedCall = ({ fiber }: { readonly fiber: Fiber.Fiber<unknown, unknown> }): string => {
  const exit = fiber.pollUnsafe()
  if (exit === undefined) return "waits"
  if (exit._tag === "Success") return "done"
  const error = Cause.squash(exit.cause)
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
}
