/**
 * One run whose work is done elsewhere: in a thread, or in a child process of Node. How it ends, and what it says meanwhile.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { isGreaterThan, type LogLevel } from "effect/LogLevel"
import { CurrentLogSpans, MinimumLogLevel } from "effect/References"
import type * as Scope from "effect/Scope"
import { InvalidOption } from "../GovernorError.ts"
import { HearsDebug, PartNumber } from "../internal/bridge/Api.ts"
import { ServiceRun } from "../ServiceRun.ts"
import { StopService } from "../StopService.ts"
import type { Said, ThrownThere, Told } from "../worker/messages.ts"
import { sayIfLate } from "./lateness.ts"
import { ProcessFailed } from "./ProcessError.ts"
import type { RunOf } from "./spawn.ts"
import type { ThreadSpec } from "./ThreadOptions.ts"
import type { Ended } from "./verdict.ts"
import { watching } from "./watching.ts"
import { watchMemory } from "./watchMemory.ts"

/**
 * Where the work is done.
 *
 * - `tell`: says something to the run
 * - `hear`: calls back with what the run says
 * - `heard`: where a thread sees how many of its lines were heard
 * - `isIdle`: whether its event loop waits for something to do, which is a sign of life. False also if nobody can tell from here
 * - `gone`: how it is gone, if it is so before its work was done: with an error, or as a process ends
 * - `memory`: how much memory it takes, in bytes; undefined if that is not known
 * - `kill`: ends it by force
 * - `leave`: ends what is left when its work is done, and returns when it is gone
 *
 * @internal
 */
export interface Host {
  readonly tell: (told: Told) => void
  readonly hear: (said: (said: Said) => void) => void
  readonly heard: Int32Array<SharedArrayBuffer> | undefined
  readonly isIdle: () => boolean
  readonly gone: Deferred.Deferred<Gone>
  readonly memory: Effect.Effect<number | undefined>
  readonly kill: () => void
  readonly leave: Effect.Effect<void>
}

/**
 * - `error`: what was thrown in a thread, if something was
 * - `stderr`: what a process wrote last to its standard error
 */
interface Gone extends Ended {
  readonly error?: unknown
  readonly stderr: ReadonlyArray<string>
}

/** How many signs of life there are within the limit. */
const beats = 4

/** What is said to the work as it begins. */
type Begin = Extract<Told, { readonly _tag: "Begin" }>

/** What a run knows of its work. */
interface Work {
  /** What it has failed with; undefined if it has completed, or ended as it was asked to. */
  readonly ended: Deferred.Deferred<unknown>
  isServing: boolean
  /** The error for which Node ends the process. */
  uncaught: Error | undefined
}

/**
 * Runs the work until it has ended. The scope closes when nothing is left of its host.
 *
 * @internal
 */
export const runHosted = <E, R>(
  begin: Effect.Effect<Host, E, R>,
  { data, isReadyAtOnce, maxMemory, path }: Pick<ThreadSpec, "data" | "isReadyAtOnce" | "maxMemory" | "path">
): Effect.Effect<void, E | Error, R | Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const own = yield* ServiceRun
      const { epoch, heartbeat, heartbeatTimeout = Infinity, name, run } = own
      const hearsDebug = yield* HearsDebug
      const minimumLogLevel = lowest(yield* MinimumLogLevel, hearsDebug)
      const part = yield* PartNumber

      // The host, and what ends it.
      const host = yield* begin
      const { heard } = host
      let isKilled = false
      const kill = () => {
        isKilled = true
        host.kill()
      }
      own.mortal?.(kill)
      yield* Effect.addFinalizer(() => host.leave)
      yield* watchMemory(own, { program: String(path), measure: host.memory, maxMemory })

      // What the work says.
      const told: Begin = { _tag: "Begin", name, run, epoch, part, data, minimumLogLevel, heard }
      const work: Work = { ended: Deferred.makeUnsafe(), isServing: false, uncaught: undefined }
      const fork = Effect.runForkWith(yield* Effect.context())
      const hear = hearing(host, work, told, own, { isReadyAtOnce, hearsDebug })
      host.hear((said) => {
        fork(hear(said))
        if (said._tag === "Log" && heard !== undefined) count(heard)
      })

      if (isReadyAtOnce) yield* sayIfLate(own, () => work.isServing ? undefined : "its file has not called serve yet")

      // Its signs of life. Until it serves, only the `startTimeout` counts.
      const unwatch = watching(heartbeatTimeout / beats, () => {
        if (work.isServing && !host.isIdle()) host.tell({ _tag: "Ask" })
        else fork(heartbeat)
      })

      // It ends by itself, or is asked to.
      const end = Effect.raceFirst(
        Effect.map(Deferred.await(work.ended), (error) => ({ error, isClean: false })),
        Effect.map(Deferred.await(host.gone), (gone) => ({
          error: work.uncaught ?? gone.error ?? goneTooSoon({ service: name, run, program: String(path) }, gone, work),
          isClean: gone.code === 0 && gone.error === undefined
        }))
      )
      const first = yield* Effect.exit(restore(end))
      if (Exit.isFailure(first)) {
        if (work.isServing) host.tell({ _tag: "Stop" })
        else kill() // what loads hears nothing
      }
      const { error, isClean } = Exit.isSuccess(first) ? first.value : yield* end
      unwatch()
      const isGood = error === undefined || isKilled || (Exit.isFailure(first) && isClean)
      if (!isGood) return yield* Effect.fail(error as Error)
      if (Exit.isFailure(first)) return yield* first
    })
  )

/** Nothing says why a process with code 0 has not done its work. */
const goneTooSoon = (of: RunOf & { readonly program: string }, { code, signal, stderr }: Gone, work: Work) => {
  const why = work.isServing ? "its work was not done" : "it has not called serve"
  return new ProcessFailed({ ...of, code, signal, stderr: stderr.length === 0 && signal === null ? [why] : stderr })
}

/** One more line was heard, for which the thread may wait. */
const count = (heard: Int32Array<SharedArrayBuffer>): void => {
  Atomics.add(heard, 0, 1)
  Atomics.notify(heard, 0)
}

/** What follows from what the work says. */
const hearing = (
  host: Host,
  work: Work,
  told: Begin,
  { heartbeat, ready, unready }: ServiceRun,
  { hearsDebug, isReadyAtOnce }: { readonly isReadyAtOnce: boolean; readonly hearsDebug: boolean }
) =>
(said: Said): Effect.Effect<void> => {
  switch (said._tag) {
    case "Serving":
      work.isServing = true
      try {
        host.tell(told)
      } catch (error) {
        Deferred.doneUnsafe(work.ended, Exit.succeed(notCopied(told.name, error)))
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
    case "Ended":
      return Effect.asVoid(Deferred.succeed(work.ended, said.failure && errorOf(said.failure)))
  }
}

const notCopied = (service: string, error: unknown): InvalidOption =>
  new InvalidOption({
    service,
    field: "data",
    expected: "what can be copied as by structuredClone",
    actual: error instanceof Error ? error.message : String(error)
  })

/** The log may hear what services write at the level debug, whatever the minimum level is. */
const lowest = (minimum: LogLevel, hearsDebug: boolean): LogLevel =>
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
