/**
 * The process of one run, with all that belongs to it: its group, its output, and its end if this process is gone.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TellProcess } from "../ServiceRun.ts"
import type { CommandSpec } from "./CommandOptions.ts"
import { type Group, groupOf } from "./Group.ts"
import { type Output, readLines } from "./Output.ts"
import type { ProcessNotStarted } from "./ProcessError.ts"
import { type Child, type RunOf, spawn } from "./spawn.ts"

/**
 * - `hasSaidSo`: whether it has written the line by which it says that it is ready
 * - `isSilent`: returns when the last lines were told of what has ended
 * - `stderr`: the last lines of its standard error
 *
 * @internal
 */
export interface Started {
  readonly child: Child
  readonly group: Group
  readonly hasSaidSo: () => boolean
  readonly isSilent: Effect.Effect<void>
  readonly stderr: ReadonlyArray<string>
}

/** How many of the last lines of its standard error a failure has. */
const kept = 20

/**
 * Starts the process. The scope closes when no process of its group is left. `ready` is for the line by which it says that it is
 * ready.
 *
 * @internal
 */
export const startChild = (
  spec: CommandSpec,
  of: RunOf,
  tell: TellProcess | undefined,
  ready: Effect.Effect<void>
): Effect.Effect<Started, ProcessNotStarted, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* spawn(spec, of, tell)
    const group = groupOf(child.pid, spec.stopSignal)
    const { close, hasSaidSo, isSilent, stderr } = yield* listen(child, spec, ready)
    const end = Effect.sync(() => {
      child.isGone()
      close()
    })
    yield* Effect.addFinalizer(() => Effect.ensuring(Effect.andThen(group.gone, isSilent), end))
    return { child, group, hasSaidSo, stderr, isSilent }
  })

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
      hasSaidSo: () => isReady,
      isSilent: Effect.forEach(outputs, ({ silent }) => silent, { concurrency: "unbounded", discard: true }),
      close: () => outputs.forEach(({ close }) => close())
    }
  })
