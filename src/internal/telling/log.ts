/**
 * The line of the log that an event has, as a pure decision, and the place where lines are written.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type { LogLevel } from "effect/LogLevel"
import { DependencyFailed, GovernorFailed, RunTimedOut } from "../../GovernorError.ts"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ShutdownReason, ShutdownReport } from "../../ShutdownReport.ts"
import { firstOf, isA } from "./thrown.ts"

export interface Line {
  readonly level: "Debug" | "Info" | "Warn" | "Error"
  readonly message: string
  readonly cause?: Cause.Cause<unknown>
}

/** A line as it is written. `of` is the run that it is about, if it is about one; `time` is in epoch milliseconds. */
export interface Entry {
  readonly level: LogLevel
  readonly message: string
  readonly cause: Cause.Cause<unknown> | undefined
  readonly of: { readonly service: string; readonly run: number } | undefined
  readonly time: number
}

/** Writes the lines of a door. By default they go to Effect's loggers. */
export const Writer = /* @__PURE__ */ Context.Reference<((entry: Entry) => void) | undefined>(
  "effect-governor/Writer",
  {
    defaultValue: () => undefined
  }
)

/** The most urgent level of an event's line, by the tag alone: most events are of interest to nobody. */
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

/** The level of an event's line; undefined if it has none. It is asked first: a line below the minimum is not made. */
export const levelOf = (event: GovernorEvent): Line["level"] | undefined => {
  switch (event._tag) {
    case "RestartScheduled":
      // The line of the crash is enough for a restart at once.
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

/** The line of an event, if it has one. A cause is in one line only: that of the event that brought it. */
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
        ? ours("hung", event.cause)
        : { message: "not ready: it has failed, its finalizers still work" }
    case "ServiceCompleted":
      return { message: "completed" }
    case "ServiceCrashed":
      return isOurs(event.cause) ? ours("crashed", event.cause) : { message: "crashed", cause: event.cause }
    case "ServiceInterrupted":
      return event.cause === undefined
        ? { message: "ended as asked" }
        : { message: "failed while it stopped", cause: event.cause }
    case "RestartScheduled":
      return { message: `restarting in ${format(event.delay)}` }
    case "RestartLimitExceeded":
      return ours("restarted too often", event.cause)
    case "ServiceStopping":
      return { message: `stopping (${event.reason})` }
    case "ServiceStopped":
      return { message: "stopped" }
    case "ServiceFailed":
      return withoutRun(event.cause)
    case "ServiceAbandoned":
      return ours("abandoned", event.cause)
    case "LateFailure":
      return { message: "failed late", cause: event.cause }
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

/** The message of an error of ours says all: its stack leads into the governor, and the error behind it has its own line. */
const ours = (message: string, cause: Cause.Cause<unknown>): Text => {
  const error = firstOf(cause)
  const others = cause.reasons.slice(1)
  return {
    message: isA(Error, error) ? `${message}: ${error.message}` : message,
    ...(others.length > 0 && { cause: Cause.fromReasons(others) })
  }
}

/** Whether the message of a crash says all: the services of a governor inside have their own lines. */
const isOurs = (cause: Cause.Cause<unknown>) => isA(RunTimedOut, firstOf(cause)) || isA(GovernorFailed, firstOf(cause))

/** The cause is in the line of the crash, or there was no run. */
const withoutRun = (cause: Cause.Cause<unknown>): Text => {
  const error = firstOf(cause)
  return { message: isA(DependencyFailed, error) ? error.message : "failed, and will not be restarted" }
}

const shutDown = ({ duration, ok }: ShutdownReport): Text => {
  const message = `shut down in ${format(duration)}`
  return { message: ok ? message : `${message}, not everything went well` }
}

/** Otherwise the run has crashed: the line of that has the cause. */
const isHung = (cause: Cause.Cause<unknown>) => isA(RunTimedOut, firstOf(cause))

const reason = (reason: ShutdownReason): string => {
  switch (reason._tag) {
    case "Requested":
      return reason.message ?? "asked to"
    case "Signal":
      return `received ${reason.signal}`
    case "Uncaught":
      return "an error was not caught"
    case "Aborted":
      return "its signal was aborted"
    case "ScopeClosed":
      return "its scope is closing"
    case "Significant":
      return `its significant service "${reason.service}" ${reason.cause === undefined ? "is over" : "failed"}`
    case "AllOver":
      return "every service is over"
  }
}
