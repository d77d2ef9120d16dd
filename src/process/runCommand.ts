/**
 * One run of a command: a process, its group, and what it writes.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { ServiceRun } from "../ServiceRun.ts"
import type { CommandSpec } from "./CommandOptions.ts"
import { type Group, groupOf } from "./Group.ts"
import { type Output, readLines } from "./Output.ts"
import { ProcessFailed, type ProcessNotStarted } from "./ProcessError.ts"
import { reapLater } from "./reaper.ts"
import { type Child, type RunOf, spawn } from "./spawn.ts"
import { hasEndedWell } from "./verdict.ts"

/** How many of the last lines of its standard error a failure has. */
const kept = 10

/** How long to wait for the last lines of a process that has ended: another may have its output, and write on. */
const lastLines = "200 millis"

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
      const { mortal, name: service, ready, run } = yield* ServiceRun
      const of: RunOf = { service, run }

      // The process, and what ends it.
      const child = yield* spawn(spec, of)
      const group = groupOf(child.pid, spec.stopSignal)
      mortal?.(group.kill)
      const { close, ended: isSilent, stderr } = yield* listen(child, spec, ready)
      if (spec.readyLine === undefined) yield* ready
      const isGone = reapLater(child.pid)
      yield* Effect.addFinalizer(() =>
        Effect.ensuring(
          group.gone,
          Effect.sync(() => {
            isGone()
            close()
          })
        )
      )

      // It ends by itself, or is asked to.
      const first = yield* Effect.exit(restore(Deferred.await(child.ended)))
      if (Exit.isFailure(first)) group.ask()
      const ended = yield* Deferred.await(child.ended)
      yield* Effect.timeoutOption(isSilent, lastLines)
      if (!isGood(group, hasEndedWell(ended, group.asked()))) {
        return yield* new ProcessFailed({ ...of, program: spec.program, ...ended, stderr })
      }
      if (Exit.isFailure(first)) return yield* first
    })
  )

/** That the governor has ended the process by force is told by the governor. */
const isGood = ({ isKilled }: Group, hasEndedWell: boolean): boolean => hasEndedWell || isKilled()

/** What the process writes is logged, and tells whether the service is ready. */
const listen = (child: Child, { isPlain, readyLine }: CommandSpec, ready: Effect.Effect<void>) =>
  Effect.map(Effect.context(), (context) => {
    const fork = Effect.runForkWith(context)
    const stderr: Array<string> = []
    let isReady = readyLine === undefined
    const look = (line: string): void => {
      if (isReady || !readyLine!.test(line)) return
      isReady = true
      fork(ready)
    }
    const outputs: Array<Output> = []
    if (child.stdout !== undefined) {
      outputs.push(readLines(child.stdout, isPlain, (line) => {
        fork(Effect.logInfo(line))
        look(line)
      }))
    }
    if (child.stderr !== undefined) {
      outputs.push(readLines(child.stderr, isPlain, (line) => {
        stderr.push(line)
        if (stderr.length > kept) stderr.shift()
        fork(Effect.logWarning(line))
        look(line)
      }))
    }
    return {
      stderr,
      ended: Effect.forEach(outputs, ({ ended }) => ended, { discard: true }),
      close: () => outputs.forEach(({ close }) => close())
    }
  })
