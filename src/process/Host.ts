/**
 * One run whose work is done elsewhere: in a thread, or in a child process of Node. How it ends.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import type * as Scope from "effect/Scope"
import { HearsDebug, PartNumber } from "../internal/bridge/Api.ts"
import { ServiceRun } from "../ServiceRun.ts"
import type { Said, Told } from "../worker/messages.ts"
import { orByForce } from "./byForce.ts"
import { type Begin, type Failed, hearing, lowest, type Work } from "./hearing.ts"
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
 * - `tell`: says something to the run, which hears it also if it was suspended
 * - `askToEnd`: asks it to end while its file loads, and nobody there hears what is told
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
  readonly askToEnd: (kill: () => void) => void
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
  /** As well as one can that was asked to end. */
  readonly isClean: boolean
  readonly error?: unknown
  readonly stderr: ReadonlyArray<string>
}

/** How many signs of life there are within the limit. */
const beats = 4

/**
 * Runs the work until it has settled: a crash is told at once, whatever the work still has to close. The scope closes when all of
 * that is closed, and nothing is left of the host.
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
      const { heartbeat, heartbeatTimeout = Infinity } = own
      const program = String(path)

      // The host, and what ends it.
      const host = yield* begin
      let isKilled = false
      const kill = () => {
        isKilled = true
        host.kill()
      }
      own.mortal?.(kill)
      const work: Work = {
        settled: Deferred.makeUnsafe(),
        ended: Deferred.makeUnsafe(),
        isServing: false,
        isAsked: false,
        uncaught: undefined
      }
      const gone = Effect.map(Deferred.await(host.gone), (gone): End => ({
        failed: isKilled ? undefined : failedBy(gone, work, { service: own.name, run: own.run, program }),
        isClean: gone.isClean
      }))
      yield* Effect.addFinalizer(() => Effect.ensuring(closed(work, gone), host.leave))
      yield* watchMemory(own, { program, measure: host.memory, maxMemory })

      // What the work says, and its signs of life. Until it serves, only the `startTimeout` counts.
      const fork = yield* heard(host, work, own, { data, isReadyAtOnce })
      if (isReadyAtOnce) yield* sayIfLate(own, () => work.isServing ? undefined : "its file has not called serve yet")
      const unwatch = watching(heartbeatTimeout / beats, () => {
        if (work.isServing && !host.isIdle()) host.tell({ _tag: "Ask" })
        else fork(heartbeat)
      })

      // It ends by itself, or is asked to.
      const end = Effect.raceFirst(Effect.map(Deferred.await(work.settled), settled), gone)
      const first = yield* Effect.exit(restore(end))
      if (Exit.isFailure(first)) {
        work.isAsked = true
        if (work.isServing) host.tell(stop)
        else host.askToEnd(kill)
      }
      const { failed, isClean } = Exit.isSuccess(first) ? first.value : yield* orByForce(end, own, kill)
      unwatch()
      if (failed !== undefined && !(Exit.isFailure(first) && isClean)) return yield* Effect.failCause(failed)
      if (Exit.isFailure(first)) return yield* first
    })
  )

const stop: Told = { _tag: "Stop" }

/** How the work, or its host, has ended. `isClean`: without having said anything, and as well as a process can. */
interface End {
  readonly failed: Failed
  readonly isClean: boolean
}

const settled = (failed: Failed): End => ({ failed, isClean: false })

/** The work is told how it begins when it serves, and everything that it says is heard. */
const heard = (
  host: Host,
  work: Work,
  own: ServiceRun,
  { data, isReadyAtOnce }: Pick<ThreadSpec, "data" | "isReadyAtOnce">
) =>
  Effect.gen(function*() {
    const { epoch, name, run } = own
    const hearsDebug = yield* HearsDebug
    const minimumLogLevel = lowest(yield* MinimumLogLevel, hearsDebug)
    const part = yield* PartNumber
    const { heard } = host
    const told: Begin = { _tag: "Begin", name, run, epoch, part, data, minimumLogLevel, heard }
    const begin = () => {
      host.tell(told)
      if (work.isAsked) host.tell(stop) // while its file was loaded
    }
    const hear = hearing(work, own, { begin, isReadyAtOnce, hearsDebug })
    const fork = Effect.runForkWith(yield* Effect.context())
    host.hear((said) => {
      fork(hear(said))
      if (said._tag === "Log" && heard !== undefined) count(heard)
    })
    return fork
  })

/** One more line was heard, for which the thread may wait. */
const count = (heard: Int32Array<SharedArrayBuffer>): void => {
  Atomics.add(heard, 0, 1)
  Atomics.notify(heard, 0)
}

/** Waits until the work that has settled has closed all. */
const closed = (work: Work, gone: Effect.Effect<End>): Effect.Effect<void> =>
  Effect.gen(function*() {
    if (!Deferred.isDoneUnsafe(work.settled)) return
    const { failed } = yield* Effect.raceFirst(Effect.map(Deferred.await(work.ended), settled), gone)
    if (failed !== undefined) return yield* Effect.orDie(Effect.failCause(failed))
  })

const failedBy = (gone: Gone, work: Work, of: RunOf & { readonly program: string }): Cause.Cause<Error> =>
  Cause.fail(work.uncaught ?? (gone.error as Error | undefined) ?? goneTooSoon(of, gone, work))

/** Nothing says why a process with code 0 has not done its work. */
const goneTooSoon = (of: RunOf & { readonly program: string }, { code, signal, stderr }: Gone, work: Work) => {
  const reason = work.isServing ? "its work was not done" : "it has not called serve"
  return new ProcessFailed({ ...of, code, signal, stderr, ...(stderr.length === 0 && signal === null && { reason }) })
}
