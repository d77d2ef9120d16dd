/**
 * What a status alone says, in a few words: for a row of a table, where `why` is too much. Pure.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { causeInWords, inLine, namesInWords, neverInWords } from "./inWords.ts"
import type { Status } from "./View.ts"

/** `for database`, `next run in 8 s`, `Error: connection refused`. Empty: there is nothing to say but the state. */
export const inShort = (status: Status, now: number): string => {
  switch (status._tag) {
    case "Waiting":
      return `for ${namesInWords(status.waitingFor)}`
    case "Standby":
      return "for its lease"
    case "Starting":
      return status.reason === undefined ? failureInShort(status) : inLine(status.reason)
    case "Backoff": {
      const next = nextInShort(status.until, now)
      return status.cause === undefined ? next : `${next}: ${causeInWords(status.cause)}`
    }
    case "Stopping":
      return ways[status.reason]
    case "Stopped": {
      const outcome = status.outcome === "Completed" ? "completed" : "was asked to end"
      return status.cause === undefined ? outcome : `${outcome}: ${causeInWords(status.cause)}`
    }
    case "Failed":
      return causeInWords(status.cause)
    case "Pending":
      return "never started"
    case "Running":
      return ""
  }
}

const ways = {
  stop: "by hand",
  restart: "by hand, to begin again",
  remove: "to be removed",
  shutdown: "by a shutdown",
  strategy: "with its group",
  dependency: "with what it is bound to",
  lease: "for another process"
} as const

/** A run that has failed, and has not ended yet. */
const failureInShort = ({ lastFailure, run }: Status): string =>
  lastFailure?.run === run ? causeInWords(lastFailure.cause) : ""

const nextInShort = (until: number, now: number): string =>
  until === Infinity ? neverInWords : until > now ? `next run in ${inSeconds(until - now)}` : "next run is due"

/** How long until then, in whole seconds, so that a table does not flicker. */
export const inSeconds = (millis: number): string => whole(Math.ceil(millis / 1000))

/** How long ago it was, in whole seconds that are over. */
export const ageInSeconds = (since: number, now: number): string => whole(Math.floor((now - since) / 1000))

const whole = (seconds: number): string => seconds <= 0 ? "0 s" : durationInWords(seconds * 1000)
