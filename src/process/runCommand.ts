/**
 * One run of a command: a process, its group, and what it writes.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { ServiceRun } from "../ServiceRun.ts"
import { orByForce } from "./byForce.ts"
import { startChild } from "./Child.ts"
import type { CommandSpec } from "./CommandOptions.ts"
import type { Group } from "./Group.ts"
import { sayIfLate } from "./lateness.ts"
import { residentOf } from "./Memory.ts"
import { ProcessFailed, type ProcessNotStarted } from "./ProcessError.ts"
import type { RunOf } from "./spawn.ts"
import { hasEndedWell } from "./verdict.ts"
import { watchMemory } from "./watchMemory.ts"

/**
 * Runs the command until its process has ended. The scope closes when no process of its group is left.
 *
 * @internal
 */
export const runCommand = (
  spec: CommandSpec
): Effect.Effect<void, ProcessFailed | ProcessNotStarted, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const own = yield* ServiceRun
      const { mortal, name: service, ready, run, tellProcess } = own
      const of: RunOf = { service, run }

      // The process, and what ends it.
      const { child, group, hasSaidSo, isSilent, stderr } = yield* startChild(spec, of, tellProcess, ready)
      mortal?.(group.kill)
      yield* watchMemory(own, { ...spec, measure: residentOf(child.pid) })
      if (spec.readyLine === undefined) yield* ready
      else yield* sayIfLate(own, () => hasSaidSo() ? undefined : `no line of its output matches ${spec.readyLine} yet`)

      // It ends by itself, or is asked to.
      const first = yield* Effect.exit(restore(Deferred.await(child.ended)))
      if (Exit.isFailure(first)) group.ask()
      const ended = Exit.isSuccess(first)
        ? first.value
        : yield* orByForce(Deferred.await(child.ended), own, group.kill)
      yield* isSilent
      if (!isGood(group, hasEndedWell(ended, group.asked()))) {
        return yield* new ProcessFailed({ ...of, program: spec.program, ...ended, stderr })
      }
      if (Exit.isFailure(first)) return yield* first
    })
  )

/** That the governor has ended the process by force is told by the governor. */
const isGood = ({ isKilled }: Group, hasEndedWell: boolean): boolean => hasEndedWell || isKilled()
