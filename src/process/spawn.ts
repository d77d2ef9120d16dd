/**
 * Starts a child process, which leads a process group of its own.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as NodeProcess from "node:child_process"
import { statSync } from "node:fs"
import type { Readable } from "node:stream"
import type { TellProcess } from "../ServiceRun.ts"
import type { CommandSpec } from "./CommandOptions.ts"
import { ProcessNotStarted } from "./ProcessError.ts"
import { startReaped } from "./reaper.ts"
import type { Ended } from "./verdict.ts"

/**
 * - `ended`: how the process itself has ended
 * - `stdout`, `stderr`: what it writes; undefined if nobody reads that
 * - `send`, `onMessage`: the channel of a process of Node, if it has one
 * - `isGone`: nothing of its group is left to be killed when this process is gone
 *
 * @internal
 */
export interface Child {
  readonly pid: number
  readonly ended: Deferred.Deferred<Ended>
  readonly stdout: Readable | undefined
  readonly stderr: Readable | undefined
  readonly send: (message: object) => void
  readonly onMessage: (hear: (message: unknown) => void) => void
  readonly isGone: () => void
}

/**
 * A run of a service.
 *
 * @internal
 */
export interface RunOf {
  readonly service: string
  readonly run: number
}

/** @internal */
export const spawn = (
  spec: CommandSpec,
  of: RunOf,
  tell: TellProcess | undefined
): Effect.Effect<Child, ProcessNotStarted> =>
  Effect.callback((resume) => {
    const { args, program } = spec
    const failed = (cause: unknown, where: { readonly cwd?: string } = {}) =>
      resume(Effect.fail(new ProcessNotStarted({ ...of, program, code: codeOf(cause), cause, ...where })))
    try {
      if (spec.cwd !== undefined) statSync(spec.cwd) // Node would say that the program is not there
    } catch (error) {
      return failed(error, { cwd: spec.cwd! })
    }
    try {
      const { child, isGone } = startReaped((mark) => NodeProcess.spawn(program, args, optionsOf(spec, mark)))
      const ended = Deferred.makeUnsafe<Ended>()
      child.once("error", failed)
      child.once("exit", (code, signal) => {
        tell?.("ProcessEnded", signal === null ? { code: code! } : { signal })
        Deferred.doneUnsafe(ended, Exit.succeed({ code, signal }))
      })
      child.once("spawn", () => {
        child.off("error", failed)
        child.on("error", () => {}) // a signal that could not be sent: the group is looked at all the same
        give(child, spec.stdin)
        tell?.("ProcessStarted", { pid: child.pid! })
        resume(
          Effect.succeed({
            pid: child.pid!,
            ended,
            stdout: child.stdout ?? undefined,
            stderr: child.stderr ?? undefined,
            send: (message) => void (child.connected && child.send(message, () => {})), // it may end meanwhile
            onMessage: (hear) => void child.on("message", hear),
            isGone
          })
        )
      })
    } catch (error) {
      failed(error)
    }
  })

const optionsOf = (
  { cwd, env, hasChannel, output, stdin, user }: CommandSpec,
  mark: NodeJS.ProcessEnv
): NodeProcess.SpawnOptions => {
  const out = output === "log" ? "pipe" : output
  return {
    cwd,
    env: { ...process.env, ...env, ...mark },
    detached: true, // a group of its own, and no Ctrl-C from the terminal: the governor stops the process in its order
    stdio: [typeof stdin === "object" ? "pipe" : stdin, out, out, ...(hasChannel ? ["ipc" as const] : [])],
    serialization: "advanced", // as a thread takes them
    ...user
  }
}

/** A process that does not read what it is given is no matter. */
const give = ({ stdin }: NodeProcess.ChildProcess, input: CommandSpec["stdin"]): void => {
  if (stdin === null || typeof input !== "object") return
  stdin.on("error", () => {})
  stdin.end(input.data)
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : String(error)
