/**
 * The process of Node of one run.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { TellProcess } from "../ServiceRun.ts"
import { unwrapping, wrapped } from "../worker/messages.ts"
import { startChild } from "./Child.ts"
import type { CommandSpec } from "./CommandOptions.ts"
import type { Host } from "./Host.ts"
import { residentOf } from "./Memory.ts"
import type { ProcessNotStarted } from "./ProcessError.ts"
import type { RunOf } from "./spawn.ts"
import { hasEndedWell } from "./verdict.ts"

/** How long a process may take to leave by itself when its work is done, before its group is asked to end. */
const byItself = "1 second"

/** @internal */
export const startFork = (
  spec: CommandSpec,
  of: RunOf,
  tell: TellProcess | undefined
): Effect.Effect<Host, ProcessNotStarted, Scope.Scope> =>
  Effect.gen(function*() {
    const { child, group, isSilent, stderr } = yield* startChild(spec, of, tell, Effect.void)
    const gone: Host["gone"] = Deferred.makeUnsafe()
    const watch = Effect.gen(function*() {
      const ended = yield* Deferred.await(child.ended)
      yield* isSilent
      Deferred.doneUnsafe(gone, Exit.succeed({ ...ended, stderr, isClean: hasEndedWell(ended, spec.stopSignal) }))
    })
    yield* Effect.forkDetach(watch)
    return {
      gone,
      memory: residentOf(child.pid),
      tell: (told) => {
        child.send(wrapped(told))
        if (told._tag === "Stop") group.wake()
      },
      askToEnd: group.ask,
      hear: (said) => child.onMessage(unwrapping(said)),
      heard: undefined,
      isIdle: () => false,
      kill: group.kill,
      leave: Effect.gen(function*() {
        yield* Effect.timeoutOption(Deferred.await(child.ended), byItself)
        yield* group.gone
        yield* Deferred.await(child.ended) // nobody may have reaped it yet
      })
    }
  })
