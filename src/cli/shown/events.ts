/**
 * Events and lines of the log, a line each. Pure.
 */
import { processInWords } from "../../internal/input/processInWords.ts"
import { between, causeInWords, inLine, named, namesInWords } from "../../operations/inWords.ts"
import type { Line as LogLine } from "../../operations/Recording.ts"
import type { Event } from "../../operations/View.ts"
import { type Line, line, padded, span, type Style } from "./text.ts"
import { clockInMillis } from "./times.ts"

/** When, the number that `view --at` takes, who, and what happened. */
export const eventLine = (event: Event, now: number): Line => [
  span(`${clockInMillis(event.time, now)}  `, "dim"),
  span(`${String(event.sequence).padStart(5)}  `, "dim"),
  span(`${padded(named(whoseIs(event)), 16)}  `),
  span(eventInWords(event), styles[event._tag])
]

/** The path of the service, or of the service around the governor; the outermost governor has none. */
export const whoseIs = (event: Event): string => "service" in event ? event.service : event.governor ?? "(governor)"

const styles: { readonly [Tag in Event["_tag"]]?: Style } = {
  ServiceReady: "good",
  ServiceUnready: "warn",
  ServiceCrashed: "bad",
  RestartLimitExceeded: "bad",
  ServiceFailed: "bad",
  ServiceAbandoned: "bad",
  LateFailure: "bad",
  EventsDropped: "warn"
}

const eventInWords = (event: Event): string => {
  switch (event._tag) {
    case "ServiceAdded":
      return "was added"
    case "ServiceRemoved":
      return "was removed"
    case "ServiceWaiting":
      return `waits for ${namesInWords(event.waitingFor)}`
    case "ServiceStandby":
      return "stands by for its lease"
    case "ServiceStarting":
      return `run ${event.run} begins`
    case "ServiceReady":
      return "is ready"
    case "ServiceUnready":
      return `is not ready any more${
        because(event.reason === undefined ? undefined : inLine(event.reason), event.cause)
      }`
    case "ServiceCompleted":
      return "has completed"
    case "ServiceCrashed":
      return `crashed${because(undefined, event.cause)}`
    case "ServiceInterrupted":
      return `has ended${because(undefined, event.cause)}`
    case "RestartScheduled":
      return `next run in ${between(0, event.delay)}`
    case "RestartLimitExceeded":
      return `crashed too often${because(undefined, event.cause)}`
    case "ServiceStopping":
      return `is asked to end (${event.reason})`
    case "ServiceStopped":
      return `has stopped${because(undefined, event.cause)}`
    case "ServiceFailed":
      return `has failed${because(undefined, event.cause)}`
    case "ServiceAbandoned":
      return `did not end in time and was abandoned${because(undefined, event.cause)}`
    case "LateFailure":
      return `failed later${because(undefined, event.cause)}`
    case "ProcessStarted":
    case "ProcessMeasured":
    case "ProcessEnded":
      return `run ${event.run} is ${inLine(processInWords(event.process))}`
    case "ShutdownStarted":
      return `a shutdown begins (${event.reason._tag})`
    case "ShutdownCompleted":
      return `the shutdown is complete, after ${between(0, event.report.duration)}`
    case "EventsDropped":
      return `${event.count} events were dropped`
  }
}

const because = (reason: string | undefined, cause: Parameters<typeof causeInWords>[0] | undefined): string => {
  const words = reason ?? (cause && causeInWords(cause))
  return words === undefined ? "" : `: ${words}`
}

const levels: { readonly [Level in LogLine["level"]]: Style | undefined } = {
  debug: "dim",
  info: undefined,
  warn: "warn",
  error: "bad"
}

/** The line, and the error of it below, as the log of the program has both. */
export const logLines = ({ error, level, message, service, time }: LogLine, now: number): ReadonlyArray<Line> => [
  [
    span(`${clockInMillis(time, now)}  `, "dim"),
    span(level.padEnd(5), levels[level]),
    span(service === undefined ? "  " : `  [${named(service)}] `),
    span(inLine(message, 2000))
  ],
  ...(error === undefined ? [] : error.stack.split("\n").map((text) => line(`  ${inLine(text, 500)}`, "dim")))
]
