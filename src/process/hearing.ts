/**
 * What a run hears of its work, which is done in a thread or in a process.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { isGreaterThan, type LogLevel } from "effect/LogLevel"
import { CurrentLogSpans, MinimumLogLevel } from "effect/References"
import { InvalidOption } from "../GovernorError.ts"
import type { ServiceRun } from "../ServiceRun.ts"
import { StopService } from "../StopService.ts"
import type { FailureThere, Said, ThrownThere, Told } from "../worker/messages.ts"

/**
 * What is said to the work as it begins.
 *
 * @internal
 */
export type Begin = Extract<Told, { readonly _tag: "Begin" }>

/**
 * What the work has failed with; undefined if it has completed, or ended as it was asked to.
 *
 * @internal
 */
export type Failed = Cause.Cause<Error> | undefined

/**
 * What is known of the work.
 *
 * @internal
 */
export interface Work {
  readonly settled: Deferred.Deferred<Failed>
  /** With what has failed as it was closed. */
  readonly ended: Deferred.Deferred<Failed>
  isServing: boolean
  /** It has to end. */
  isAsked: boolean
  /** The error for which Node ends the process. */
  uncaught: Error | undefined
}

/**
 * What follows from what the work says. `begin`: says to it how it begins; may throw.
 *
 * @internal
 */
export const hearing = (
  work: Work,
  { heartbeat, name, ready, unready }: ServiceRun,
  { begin, hearsDebug, isReadyAtOnce }: {
    readonly begin: () => void
    readonly isReadyAtOnce: boolean
    readonly hearsDebug: boolean
  }
) =>
(said: Said): Effect.Effect<void> => {
  switch (said._tag) {
    case "Serving":
      work.isServing = true
      try {
        begin()
      } catch (error) {
        Deferred.doneUnsafe(work.settled, Exit.succeed(notCopied(name, error)))
        Deferred.doneUnsafe(work.ended, Exit.succeed(undefined))
        return Effect.void
      }
      return isReadyAtOnce ? Effect.andThen(heartbeat, ready) : heartbeat
    case "Beat":
      return heartbeat
    case "Ready":
      return ready
    case "Unready":
      return unready(said.reason)
    case "Log":
      return said.hasTurned ? Effect.andThen(heartbeat, logged(said, hearsDebug)) : logged(said, hearsDebug)
    case "Uncaught":
      return Effect.sync(() => {
        work.uncaught = errorOf(said.failure) // the process still tells the log of it, and is not asked to end meanwhile
      })
    case "Settled":
      return Effect.asVoid(Deferred.succeed(work.settled, causeOf(said.failures)))
    case "Ended":
      return Effect.asVoid(Deferred.succeed(work.ended, causeOf(said.failures)))
  }
}

const notCopied = (service: string, error: unknown): Cause.Cause<Error> =>
  Cause.fail(
    new InvalidOption({
      service,
      field: "data",
      expected: "what can be copied as by structuredClone",
      actual: error instanceof Error ? error.message : String(error)
    })
  )

// --- its log ---

/**
 * The lowest level at which somebody hears a line: the log may hear what services write at the level debug, whatever the minimum
 * level is.
 *
 * @internal
 */
export const lowest = (minimum: LogLevel, hearsDebug: boolean): LogLevel =>
  hearsDebug && isGreaterThan(minimum, "Debug") ? "Debug" : minimum

const logged = (
  { annotations, causes = [], level, message, spans }: Extract<Said, { readonly _tag: "Log" }>,
  hearsDebug: boolean
): Effect.Effect<void> => {
  const cause = causes.length === 0 ? [] : [Cause.fromReasons(causes.map((one) => Cause.makeFailReason(errorOf(one))))]
  let line = Effect.logWithLevel(level)(message, ...cause)
  if (annotations !== undefined) line = Effect.annotateLogs(line, annotations)
  if (spans !== undefined) line = Effect.provideService(line, CurrentLogSpans, spans)
  return Effect.updateService(line, MinimumLogLevel, (minimum) => lowest(minimum, hearsDebug && level === "Debug"))
}

// --- its errors ---

const causeOf = (failures: ReadonlyArray<FailureThere>): Failed =>
  failures.length === 0 ? undefined : Cause.fromReasons(
    failures.map(({ isDefect, thrown }) =>
      isDefect ? Cause.makeDieReason(errorOf(thrown)) : Cause.makeFailReason(errorOf(thrown))
    )
  )

/** An error with the name, the message, the stack, the causes and the errors inside of the one that was thrown there. */
const errorOf = ({ cause, errors, message, name, stack, stop }: ThrownThere): Error => {
  const own = cause === undefined ? undefined : errorOf(cause)
  if (stop !== undefined) return new StopService({ restart: stop.restart, ...(own !== undefined && { error: own }) })
  const options = own === undefined ? undefined : { cause: own }
  const error = errors === undefined
    ? new Error(message, options)
    : new AggregateError(errors.map(errorOf), message, options)
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true })
  error.stack = stack === "" ? `${name}: ${message}` : stack
  return error
}
