/**
 * The log line of an event, as a pure decision, and the place where lines are written.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type { LogLevel } from "effect/LogLevel"
import { DependencyFailed, GovernorFailed, RunAbandoned, RunTimedOut } from "../../GovernorError.ts"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ShutdownReason, ShutdownReport } from "../../ShutdownReport.ts"
import { firstOf, isA } from "./thrown.ts"

export interface Line {
  readonly level: "Debug" | "Info" | "Warn" | "Error"
  readonly message: string
  readonly cause?: Cause.Cause<unknown>
}

/**
 * A line as it is written. `of` is the run that the line is about, if there is one. `time` is in epoch milliseconds.
 */
export interface Entry {
  readonly level: LogLevel
  readonly message: string
  readonly cause: Cause.Cause<unknown> | undefined
  readonly of: { readonly service: string; readonly run: number } | undefined
  readonly time: number
}

/** Writes the lines of a governor. If it is not set, Effect's loggers write them. */
export const Writer = /* @__PURE__ */ Context.Reference<((entry: Entry) => void) | undefined>(
  "effect-governor/Writer",
  {
    defaultValue: () => undefined
  }
)

/**
 * For each tag, the most urgent level that the line of such an event can have; undefined: there is no line. Most events
 * are not logged, and this table decides that by the tag alone.
 */
export const levels: { readonly [Tag in GovernorEvent["_tag"]]: Line["level"] | undefined } = {
  ServiceAdded: undefined,
  ServiceRemoved: "Debug",
  ServiceStarting: "Debug",
  ServiceReady: "Debug",
  ServiceUnready: "Warn",
  ServiceCompleted: "Debug",
  ServiceCrashed: "Error",
  ServiceInterrupted: "Error",
  RestartScheduled: "Info",
  RestartLimitExceeded: "Error",
  ServiceStopping: "Debug",
  ServiceStopped: "Debug",
  ServiceFailed: "Error",
  ServiceAbandoned: "Error",
  LateFailure: "Error",
  ShutdownStarted: "Info",
  ShutdownCompleted: "Warn",
  EventsDropped: undefined
}

/**
 * The level of an event's line; undefined if the event has no line. The level is decided before the text, because a
 * line below the minimum level is not made.
 */
export const levelOf = (event: GovernorEvent): Line["level"] | undefined => {
  switch (event._tag) {
    case "RestartScheduled":
      // A restart without a delay adds nothing to the line of the crash.
      return event.cause === undefined || event.delay === 0 ? "Debug" : "Info"
    case "ServiceUnready":
      return isHung(event.cause) ? "Warn" : "Debug"
    case "ServiceInterrupted":
      return event.cause === undefined ? "Debug" : "Error"
    case "ShutdownCompleted":
      return event.report.ok ? "Info" : "Warn"
    default:
      return levels[event._tag]
  }
}

/** The line of an event, if the event has one. A cause is logged only once, with the event that brought it. */
export const line = (event: GovernorEvent): Line | undefined => {
  const level = levelOf(event)
  const text = textOf(event)
  return level && text && { level, ...text }
}

type Text = Omit<Line, "level">

/** Whole milliseconds are exact enough for a reader. */
const format = (millis: number) => millis < 1 ? `${millis}ms` : Duration.format(Duration.millis(Math.round(millis)))

const textOf = (event: GovernorEvent): Text | undefined => {
  switch (event._tag) {
    case "ServiceAdded":
    case "EventsDropped":
      return undefined
    case "ServiceRemoved":
      return { message: "removed" }
    case "ServiceStarting":
      return { message: `starting, run ${event.run}` }
    case "ServiceReady":
      return { message: "ready" }
    case "ServiceUnready":
      return isHung(event.cause)
        ? ownError("hung", event.cause)
        : { message: "not ready: the run has failed, and has not ended yet" }
    case "ServiceCompleted":
      return { message: "completed" }
    case "ServiceCrashed":
      return isOwnError(event.cause) ? ownError("crashed", event.cause) : { message: "crashed", cause: event.cause }
    case "ServiceInterrupted":
      return event.cause === undefined
        ? { message: "ended as asked" }
        : { message: "failed while it stopped", cause: event.cause }
    case "RestartScheduled":
      return { message: `restarting in ${format(event.delay)}` }
    case "RestartLimitExceeded":
      return ownError("restarted too often", event.cause)
    case "ServiceStopping":
      return { message: `stopping (${event.reason})` }
    case "ServiceStopped":
      return { message: "stopped" }
    case "ServiceFailed":
      return failed(event.cause)
    case "ServiceAbandoned":
      return ownError("abandoned", event.cause)
    case "LateFailure":
      return { message: "failed late, after the governor had stopped waiting for the run", cause: event.cause }
    case "ShutdownStarted":
      return { message: `shutting down: ${reason(event.reason)}` }
    case "ShutdownCompleted":
      return shutDown(event.report)
  }
}

/** The most names that a message lists. */
export const namesShown = 20

export const listed = (names: ReadonlyArray<string>): string => {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ""
  return names.slice(0, namesShown).map((name) => `"${name}"`).join(", ") + more
}

/**
 * A line with the message of an error of this package. The stack of that error is left out, because it only leads into
 * the governor. The other errors in the cause keep their stacks.
 */
const ownError = (message: string, cause: Cause.Cause<unknown>): Text => {
  const error = firstOf(cause)
  const others = cause.reasons.slice(1)
  return {
    message: isA(Error, error) ? `${message}: ${error.message}` : message,
    ...(others.length > 0 && { cause: Cause.fromReasons(others) })
  }
}

/** Whether a crash is an error of this package. If a nested governor failed, its services have logged the causes. */
const isOwnError = (cause: Cause.Cause<unknown>) =>
  isA(RunTimedOut, firstOf(cause)) || isA(GovernorFailed, firstOf(cause))

/** The line of a failed service, without the cause: the cause was logged with the crash, or there was no run. */
const failed = (cause: Cause.Cause<unknown>): Text => {
  const error = firstOf(cause)
  if (isA(DependencyFailed, error)) return { message: error.message }
  if (!isA(RunAbandoned, error)) return { message: "failed, and will not be restarted" }
  return {
    message: `failed, and will not be restarted before run ${error.run} of service "${error.service}" has ended`
  }
}

/**
 * The line does not name the services that failed. Reading them from the reports of nested governors would list the
 * services of all governors below, at every level.
 */
const shutDown = ({ duration, ok }: ShutdownReport): Text => {
  const message = `shut down in ${format(duration)}`
  return { message: ok ? message : `${message}, but at least one service failed or was abandoned` }
}

/** Whether the run is hung. Otherwise the run has crashed, and the line of the crash has the cause. */
const isHung = (cause: Cause.Cause<unknown>) => isA(RunTimedOut, firstOf(cause))

const reason = (reason: ShutdownReason): string => {
  switch (reason._tag) {
    case "Requested":
      return reason.message ?? "requested"
    case "Signal":
      return `received ${reason.signal}`
    case "Uncaught":
      return "an uncaught error reached the process"
    case "Aborted":
      return "the governor's AbortSignal was aborted"
    case "ScopeClosed":
      return "the governor's scope is closing"
    case "Significant":
      return `the significant service "${reason.service}" ${reason.cause === undefined ? "is over" : "failed"}`
    case "AllOver":
      return "every service is over"
  }
}
