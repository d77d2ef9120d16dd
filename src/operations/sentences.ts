/**
 * What a service does, and why, in plain English. Pure. All times are told from the time of the view.
 */
import type { Because } from "./because.ts"
import { between, causeInWords, crashesInWords, inLine, named, namesInWords, nextInWords } from "./inWords.ts"

/** `api waits for database`, or `database: next run in 8 s, crashed 3 times in 2 min, latest: Error: connection refused`. */
export const sentenceOf = (path: string, because: Because, now: number): string => {
  const name = named(path)
  switch (because._tag) {
    case "Works": {
      const { lastCrash } = because
      if (lastCrash === undefined) return `${name} runs`
      return `${name} runs; it crashed last ${between(lastCrash.at, now)} ago: ${causeInWords(lastCrash.cause)}`
    }
    case "Completed":
      return `${name} has completed`
    case "StandsBy":
      return `${name} stands by: it runs here once the cluster has given it to this process`
    case "NeverStarted":
      return `${name} was never started`
    case "WasStopped":
      return `${name} was stopped${by(because)}${
        because.cause ? `, and failed meanwhile: ${causeInWords(because.cause)}` : ""
      }`
    case "Waits": {
      const missing = because.missing.length > 0 ? `; ${namesInWords(because.missing)} not added` : ""
      return `${name} waits for ${namesInWords(because.for)}${missing}`
    }
    case "InBackoff":
      return backoffInWords(name, because, now)
    case "RestartsWith":
      return `${name} was stopped, and begins again with ${namesInWords(because.names)}`
    case "HasFailed":
      return because.through.length > 0
        ? `${name} was not started, because ${namesInWords(because.through)} failed`
        : `${name} has failed, and is not restarted: ${causeInWords(because.cause)}${originInWords(because)}`
    case "NotReady":
      return notReadyInWords(name, because, now)
    case "InsideNotReady":
      return `${name} is ready when ${namesInWords(because.names)} ${because.names.length === 1 ? "is" : "are"}`
    case "InsideOf": {
      const failure = because.cause ? ` has failed: ${causeInWords(because.cause)}; it` : ""
      return `${name}${failure} is inside ${named(because.around)}, which does not run`
    }
    case "Ends": {
      const others = because.for.length > 0 ? `, because of ${namesInWords(because.for)}` : by(because)
      return `${name} stops${others}${limitInWords(because.limit, now)}`
    }
    case "ShutsDown":
      return `${name} stops, because the governor shuts down${limitInWords(because.limit, now)}`
    case "AwaitsItsEnd":
      return `${name} runs until ${namesInWords(because.for)} ${because.for.length === 1 ? "has" : "have"} ended`
  }
}

const ways = {
  stop: " by hand",
  restart: " by hand, to begin again",
  remove: ", to be removed",
  shutdown: " by a shutdown",
  strategy: " with its group",
  dependency: ", because a service that it is bound to is not ready",
  lease: ", because another process is to run it"
} as const

const by = ({ reason }: { readonly reason?: keyof typeof ways }): string => reason === undefined ? "" : ways[reason]

const limitInWords = (limit: number | undefined, now: number): string => {
  if (limit === undefined) return ""
  return limit > now ? `, for ${between(now, limit)} more at most` : ", and its time is over"
}

const originInWords = (
  { origin }: { readonly origin?: { readonly name: string; readonly cause: Parameters<typeof causeInWords>[0] } }
) => origin === undefined ? "" : `: ${named(origin.name)}: ${causeInWords(origin.cause)}`

const backoffInWords = (
  name: string,
  because: Extract<Because, { readonly _tag: "InBackoff" }>,
  now: number
): string => {
  const { cause, crashes, span, until } = because
  const next = nextInWords(until, now)
  if (cause === undefined) return `${name}: ${next}, the latest has completed`
  const row = crashes === 0 ? "" : `, ${crashesInWords(crashes, span)}`
  return `${name}: ${next}${row}, latest: ${causeInWords(cause)}${originInWords(because)}`
}

const notReadyInWords = (
  name: string,
  { cause, isProbe, limit, reason }: Extract<Because, { readonly _tag: "NotReady" }>,
  now: number
): string => {
  if (reason !== undefined) return `${name} is not ready: ${inLine(reason)}`
  if (cause !== undefined) return `${name} has not ended yet, and has failed: ${causeInWords(cause)}`
  const what = isProbe ? "waits for its readiness probe" : "is starting"
  if (limit === undefined) return `${name} ${what}`
  const left = limit > now ? `${between(now, limit)} left` : "its time is over"
  return `${name} ${what}, ${left}`
}
