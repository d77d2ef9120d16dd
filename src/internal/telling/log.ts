/**
 * The log line of an event, as a pure decision, and the place where lines are written.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type { LogLevel } from "effect/LogLevel"
import {
  DependencyFailed,
  GovernorFailed,
  ProbeFailed,
  RestartLimitExceeded,
  RunAbandoned,
  RunKilled,
  RunTimedOut
} from "../../GovernorError.ts"
import type { GovernorEvent, StopReason } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { ShutdownReason, ShutdownReport } from "../../ShutdownReport.ts"
import { durationInWords } from "../input/durationInWords.ts"
import { inShort, listed } from "../input/listed.ts"
import { processInWords } from "../input/processInWords.ts"
import { firstOf, isA, thrownBy } from "./thrown.ts"

export interface Line {
  readonly level: "Debug" | "Info" | "Warn" | "Error"
  readonly message: string
  readonly cause?: Cause.Cause<unknown>
}

/**
 * A line as it is written. `about` is the tag of its event, if the line tells one. `of` is the run that the line is
 * about, if there is one. `time` is in epoch milliseconds.
 */
export interface Entry {
  readonly about: GovernorEvent["_tag"] | undefined
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
 * For each tag, the most urgent level that the line of such an event can have; undefined: there is no line. This table
 * decides by the tag alone that an event below the minimum level is not looked at.
 */
export const levels: { readonly [Tag in GovernorEvent["_tag"]]: Line["level"] | undefined } = {
  ServiceAdded: undefined,
  ServiceRemoved: "Info",
  ServiceWaiting: "Debug",
  ServiceStandby: "Debug",
  ServiceStarting: "Debug",
  ServiceReady: "Info",
  ServiceUnready: "Warn",
  ServiceCompleted: "Info",
  ServiceCrashed: "Error",
  ServiceInterrupted: "Error",
  RestartScheduled: "Info",
  RestartLimitExceeded: "Error",
  ServiceStopping: "Info",
  ServiceStopped: "Info",
  ServiceFailed: "Error",
  ServiceAbandoned: "Error",
  LateFailure: "Error",
  ProcessStarted: "Debug",
  ProcessMeasured: undefined,
  ProcessEnded: "Debug",
  ShutdownStarted: "Info",
  ShutdownCompleted: "Warn",
  EventsDropped: undefined
}

/** What the engine knows that a line says, and its event does not. */
export interface Detail {
  /** How long the run took to become ready, in milliseconds, where that was measured. */
  readonly took?: number | undefined
  /** The run was ready before, and then was not. */
  readonly isAgain?: boolean
  /** The service that takes this one along as it restarts. */
  readonly head?: string
  /** The next run begins with a group. */
  readonly isHeld?: boolean
  /** The latest command was a stop. The run had perhaps been asked to end for another reason. */
  readonly isByHand?: boolean
}

/** What a line depends on beside its event. */
export interface Known extends Detail {
  /** The status of the service before the event. */
  readonly before?: ServiceStatus | undefined
  /** What the lines before said that the run has thrown. */
  readonly told?: ReadonlySet<unknown> | undefined
}

/** The line of an event, if the event has one. An error is logged only once, with the event that brought it. */
export const line = (event: GovernorEvent, known: Known = {}): Line | undefined => {
  switch (event._tag) {
    case "ServiceAdded":
    case "ProcessMeasured":
    case "EventsDropped":
      return undefined
    case "ServiceRemoved":
      return info("removed")
    case "ServiceWaiting":
      return debug(`waiting for ${listed(event.waitingFor)}`)
    case "ServiceStandby":
      return debug("standing by for its lease")
    case "ServiceStarting":
      return debug(`starting, run ${event.run}`)
    case "ServiceReady":
      return info(`ready ${known.isAgain === true ? "again after" : "in"} ${durationInWords(known.took ?? 0)}`)
    case "ServiceUnready":
      return unready(event.reason, event.cause)
    case "ServiceCompleted":
      return info("completed")
    case "ServiceCrashed":
      return crashed(event.cause, known)
    case "ServiceInterrupted":
      return event.cause === undefined
        ? debug("ended as asked")
        : { level: "Error", ...withMessages("failed while it stopped", event.cause) }
    case "RestartScheduled":
      return info(restarting(event.delay, known))
    case "RestartLimitExceeded":
      return { level: "Error", ...withMessages("restarted too often", event.cause) }
    case "ServiceStopping":
      return stopping(event.reason, known)
    case "ServiceStopped":
      return stopped(known)
    case "ServiceFailed":
      return failed(event.cause)
    case "ServiceAbandoned":
      return { level: "Error", ...withMessages("abandoned", event.cause, known) }
    case "LateFailure":
      return error("failed late, after the governor had stopped waiting for the run", event.cause)
    case "ProcessStarted":
    case "ProcessEnded":
      return debug(processInWords(event.process))
    case "ShutdownStarted":
      return info(`shutting down: ${reasonInWords(event.reason)}`)
    case "ShutdownCompleted":
      return shutDown(event.report)
  }
}

export const restartingByHand = "restarting by hand"

const debug = (message: string): Line => ({ level: "Debug", message })
const info = (message: string): Line => ({ level: "Info", message })
const error = (message: string, cause: Cause.Cause<unknown>): Line => ({ level: "Error", message, cause })

/** The run says so, hangs, or has failed and has not ended yet: then the line of the crash has the cause. */
const unready = (reason: string | undefined, cause: Cause.Cause<unknown> | undefined): Line => {
  if (reason !== undefined || cause === undefined) {
    return { level: "Warn", message: `not ready: ${reason ?? "the run has said so"}` }
  }
  return isHang(firstOf(cause)) ? hung(cause) : debug("not ready: the run has failed, and has not ended yet")
}

const isHang = (error: unknown): error is RunTimedOut | ProbeFailed =>
  isA(RunTimedOut, error) || isA(ProbeFailed, error)

/** A run that hangs. */
export const hung = (cause: Cause.Cause<unknown>): Line => ({ level: "Warn", ...withMessages("hung", cause) })

/** A service that restarts with its group begins when the delay is over and the others have stopped. */
const restarting = (delay: number, { isHeld }: Known): string => {
  if (delay === 0) return isHeld === true ? "restarting with its group" : "restarting at once"
  const after = durationInWords(delay)
  return isHeld === true ? `restarting with its group, in ${after} or later` : `restarting in ${after}`
}

const stopping = (reason: StopReason, { head }: Known): Line => {
  if (reason === "restart") return info(restartingByHand)
  if (reason === "lease") return info("stopping, because this process must not run it any more")
  if (reason === "dependency") return info(head === undefined ? "stopping" : `stopping, because "${head}" is not ready`)
  return head === undefined ? debug(`stopping (${reason})`) : info(`stopping with "${head}"`)
}

/** A stop that was not asked for follows a run that has completed. */
const stopped = ({ before, isByHand }: Known): Line => {
  if (before?._tag !== "Stopping") return info(notRestarted)
  return before.reason === "stop" || isByHand === true ? info("stopped by hand") : debug("stopped")
}

export const notRestarted = "will not be restarted"

/**
 * A line about errors of this package, with their messages. The stacks of these errors are left out, because they only
 * lead into the governor. The other errors in the cause keep their stacks. What was told is not told again.
 */
const withMessages = (message: string, cause: Cause.Cause<unknown>, { told }: Known = {}): Omit<Line, "level"> => {
  if (told === undefined && !cause.reasons.some(isOwn)) return { message, cause } // as a rule
  const news = cause.reasons.filter((reason) => reason._tag === "Interrupt" || told?.has(thrownBy(reason)) !== true)
  const own = news.filter(isOwn).map((reason) => (thrownBy(reason) as Error).message)
  const others = news.filter((reason) => !isOwn(reason))
  const isError = others.some(({ _tag }) => _tag !== "Interrupt") || others.length === cause.reasons.length
  return {
    message: own.length > 0 ? `${message}: ${own.join("; ")}` : message,
    ...(isError && { cause: others.length === cause.reasons.length ? cause : Cause.fromReasons(others) })
  }
}

const ownErrors: ReadonlyArray<abstract new(...args: Array<never>) => unknown> = [
  RunAbandoned,
  RunKilled,
  RunTimedOut,
  ProbeFailed,
  GovernorFailed,
  RestartLimitExceeded
]

/** Whether a reason is an error of this package. If a governor inside failed, its services have logged the causes. */
const isOwn = (reason: Cause.Reason<unknown>): reason is Cause.Fail<unknown> | Cause.Die =>
  reason._tag !== "Interrupt" && ownErrors.some((type) => isA(type, thrownBy(reason)))

const crashed = (cause: Cause.Cause<unknown>, known: Known): Line => {
  const text = withMessages("crashed", cause, known)
  const isTold = text.cause === undefined && text.message === "crashed"
  return isTold ? { level: "Error", message: `crashed: ${asTold(firstOf(cause))}` } : { level: "Error", ...text }
}

/** An error that the lines before have told is named in short. */
const asTold = (error: unknown): string => {
  if (isHang(error) || isA(RunAbandoned, error)) return `${error.message}, and has ended now`
  return `${inShort(error)}, as told before`
}

/** The line of a failed service, without the cause: the cause was logged with the crash, or there was no run. */
const failed = (cause: Cause.Cause<unknown>): Line => {
  const first = firstOf(cause)
  if (isA(DependencyFailed, first)) return { level: "Error", message: first.message }
  const until = isA(RunAbandoned, first) ? ` before run ${first.run} of service "${first.service}" has ended` : ""
  return { level: "Error", message: `failed, and ${notRestarted}${until}` }
}

/**
 * The line does not name the services that failed. Reading them from the reports of nested governors would list the
 * services of all governors below, at every level.
 */
const shutDown = ({ duration, ok }: ShutdownReport): Line => {
  const message = `shut down in ${durationInWords(duration)}`
  return ok
    ? info(message)
    : { level: "Warn", message: `${message}, but at least one service failed or was abandoned` }
}

/** A reason, as the log says it. */
export const reasonInWords = (reason: ShutdownReason): string => {
  switch (reason._tag) {
    case "Requested":
      return reason.message ?? "requested"
    case "Signal":
      return `received ${reason.signal}`
    case "Uncaught":
      return "an uncaught error reached the process"
    case "Expelled":
      return "this process may not be in its cluster"
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
