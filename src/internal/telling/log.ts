/**
 * Which line of the log an event is, purely, and where lines go.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type { LogLevel } from "effect/LogLevel"
import { DependencyFailed, GovernorFailed, RunTimedOut } from "../../GovernorError.ts"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ShutdownReason } from "../../ShutdownReport.ts"
import { firstOf, isA } from "./thrown.ts"

export interface Line {
  readonly level: "Debug" | "Info" | "Warn" | "Error"
  readonly message: string
  readonly cause?: Cause.Cause<unknown>
}

/** A line as it is written: whose it is, if it is a run's, and when it was, in epoch milliseconds. */
export interface Entry {
  readonly level: LogLevel
  readonly message: string
  readonly cause: Cause.Cause<unknown> | undefined
  readonly of: { readonly service: string; readonly run: number } | undefined
  readonly time: number
}

/** Where a door writes the lines itself. By default they go to Effect's loggers, by a fiber for each. */
export const Writer = Context.Reference<((entry: Entry) => void) | undefined>("effect-governor/Writer", {
  defaultValue: () => undefined
})

/** The most urgent an event's line can be, known without looking at the event: most lines are wanted by nobody. */
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

/** Nobody wants to read nanoseconds. */
const format = (millis: number) => millis < 1 ? `${millis}ms` : Duration.format(Duration.millis(Math.round(millis)))

/** A cause is in one line only: that of the fact that brought it. */
export const line = (event: GovernorEvent): Line | undefined => {
  switch (event._tag) {
    case "ServiceAdded":
    case "EventsDropped":
      return undefined
    case "ServiceRemoved":
      return { level: "Debug", message: "removed" }
    case "ServiceStarting":
      return { level: "Debug", message: `starting, run ${event.run}` }
    case "ServiceReady":
      return { level: "Debug", message: "ready" }
    case "ServiceUnready":
      return { level: "Warn", ...ours("hung", event.cause) }
    case "ServiceCompleted":
      return { level: "Debug", message: "completed" }
    case "ServiceCrashed":
      return { level: "Error", ...(isOurs(event.cause) ? ours("crashed", event.cause) : crashed(event.cause)) }
    case "ServiceInterrupted":
      return event.cause === undefined
        ? { level: "Debug", message: "ended as asked" }
        : { level: "Error", message: "failed while it stopped", cause: event.cause }
    case "RestartScheduled":
      return { level: event.cause === undefined ? "Debug" : "Info", message: `restarting in ${format(event.delay)}` }
    case "RestartLimitExceeded":
      return { level: "Error", ...ours("restarted too often", event.cause) }
    case "ServiceStopping":
      return { level: "Debug", message: `stopping (${event.reason})` }
    case "ServiceStopped":
      return { level: "Debug", message: "stopped" }
    case "ServiceFailed":
      return { level: "Error", ...withoutRun(event.cause) }
    case "ServiceAbandoned":
      return { level: "Error", ...ours("abandoned", event.cause) }
    case "LateFailure":
      return { level: "Error", message: "failed late", cause: event.cause }
    case "ShutdownStarted":
      return { level: "Info", message: `shutting down: ${reason(event.reason)}` }
    case "ShutdownCompleted":
      return event.report.ok
        ? { level: "Info", message: `shut down in ${format(event.report.duration)}` }
        : { level: "Warn", message: `shut down in ${format(event.report.duration)}, not everything went well` }
  }
}

/** How many names a message has at the most. */
export const namesShown = 20

export const listed = (names: ReadonlyArray<string>): string => {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ""
  return names.slice(0, namesShown).map((name) => `"${name}"`).join(", ") + more
}

/** An error of ours says all in its message: its stack is of no interest, and what is behind it was told before. */
const ours = (message: string, cause: Cause.Cause<unknown>): Omit<Line, "level"> => {
  const error = firstOf(cause)
  const others = cause.reasons.slice(1)
  return {
    message: isA(Error, error) ? `${message}: ${error.message}` : message,
    ...(others.length > 0 && { cause: Cause.fromReasons(others) })
  }
}

/** They say all in their message; and what failed in a governor inside was told there. */
const isOurs = (cause: Cause.Cause<unknown>) => isA(RunTimedOut, firstOf(cause)) || isA(GovernorFailed, firstOf(cause))

const crashed = (cause: Cause.Cause<unknown>): Omit<Line, "level"> => ({ message: "crashed", cause })

/** Of a run that failed everything was said when it crashed. */
const withoutRun = (cause: Cause.Cause<unknown>): Omit<Line, "level"> => {
  const error = firstOf(cause)
  return { message: isA(DependencyFailed, error) ? error.message : "failed, and will not be restarted" }
}

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
