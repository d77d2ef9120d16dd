/**
 * An event in a few words, on one line. Pure.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { processInWords } from "../internal/input/processInWords.ts"
import { causeInWords, inLine, named, namesInWords } from "./inWords.ts"
import type { Event } from "./View.ts"

/** `worker: run 3 crashed: Error: refused`. */
export const eventInShort = (event: Event): string => {
  if ("service" in event) return `${named(event.service)}: ${ofService(event)}`
  const who = event.governor === undefined ? "" : ` inside ${named(event.governor)}`
  switch (event._tag) {
    case "ShutdownStarted":
      return `the shutdown${who} begins`
    case "ShutdownCompleted":
      return `the shutdown${who} is done`
    case "EventsDropped":
      return `${event.count} events were dropped`
  }
}

const ofService = (event: Extract<Event, { readonly service: string }>): string => {
  const { run } = event
  switch (event._tag) {
    case "ServiceAdded":
      return "added"
    case "ServiceRemoved":
      return "removed"
    case "ServiceWaiting":
      return `waits for ${namesInWords(event.waitingFor)}`
    case "ServiceStandby":
      return "stands by for its lease"
    case "ServiceStarting":
      return `run ${run} begins`
    case "ServiceReady":
      return `run ${run} is ready`
    case "ServiceUnready":
      return `run ${run} is not ready any more${causeOf(event)}${
        event.reason === undefined ? "" : `: ${inLine(event.reason)}`
      }`
    case "ServiceCompleted":
      return `run ${run} completed`
    case "ServiceCrashed":
      return `run ${run} crashed${causeOf(event)}`
    case "ServiceInterrupted":
      return `run ${run} ended as asked${causeOf(event)}`
    case "RestartScheduled":
      return `next run in ${durationInWords(event.delay)}`
    case "RestartLimitExceeded":
      return "too many restarts"
    case "ServiceStopping":
      return `asked to stop (${event.reason})`
    case "ServiceStopped":
      return "stopped"
    case "ServiceFailed":
      return `failed${causeOf(event)}`
    case "ServiceAbandoned":
      return `run ${run} was abandoned`
    case "LateFailure":
      return `run ${run} failed later${causeOf(event)}`
    case "ProcessStarted":
    case "ProcessMeasured":
    case "ProcessEnded":
      return `run ${run} is ${inLine(processInWords(event.process))}`
  }
}

const causeOf = ({ cause }: { readonly cause?: Parameters<typeof causeInWords>[0] }): string =>
  cause === undefined ? "" : `: ${causeInWords(cause)}`
