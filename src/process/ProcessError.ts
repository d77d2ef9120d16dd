/**
 * The errors of processes that are services.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { bytesInWords, endInWords } from "../internal/input/processInWords.ts"

/**
 * The process of a service has ended, and not well.
 *
 * **Details**
 *
 * - `service`, `run`: the service, and the number of the run
 * - `program`: what was run
 * - `code`: the exit code; null if a signal ended the process
 * - `signal`: the signal that ended the process; null if it has ended by itself
 * - `stderr`: the last lines that the process wrote to its standard error, at most 20
 * - `reason`: what a thread or a process of Node has not done, if nothing else says why it has ended
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ProcessError } from "effect-governor/process"
 *
 * const of = { service: "redis", run: 1, program: "redis-server" }
 * console.log(new ProcessError.ProcessFailed({ ...of, code: 1, signal: null, stderr: ["Address already in use"] }).message)
 * // "redis-server" of service "redis" ended with code 1: Address already in use
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class ProcessFailed extends /* @__PURE__ */ Data.TaggedError("ProcessFailed")<{
  readonly service: string
  readonly run: number
  readonly program: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: ReadonlyArray<string>
  readonly reason?: string | undefined
}> {
  override get message(): string {
    const why = this.reason === undefined ? saidInWords(this.stderr) : `: ${this.reason}`
    return `"${this.program}" of service "${this.service}" ended ${endInWords(this)}${why}`
  }
}

/** The line that tells most comes first, because some views show one line only. */
const saidInWords = (lines: ReadonlyArray<string>): string => {
  const written = lines.filter((line) => line.trim() !== "")
  const telling = written.findLast((line) => /^(Uncaught )?[\w.]*(Error|Exception)\b/.test(line)) ?? written.at(-1)
  if (telling === undefined) return ""
  return written.length === 1 ? `: ${telling}` : `: ${telling}\n${lines.join("\n")}`
}

/**
 * The process or thread of a service took more memory than its `maxMemory`, for three checks, one a second.
 *
 * **Details**
 *
 * - `service`, `run`: the service, and the number of the run
 * - `program`: what was run
 * - `memory`: how much the run took at the last check, in bytes
 * - `maxMemory`: how much it may take, in bytes
 *
 * **Example** (The message)
 *
 * ```ts
 * import { ProcessError } from "effect-governor/process"
 *
 * const of = { service: "redis", run: 1, program: "redis-server" }
 * console.log(new ProcessError.MemoryExceeded({ ...of, memory: 600 * 1024 ** 2, maxMemory: 512 * 1024 ** 2 }).message)
 * // "redis-server" of service "redis" takes 600 MiB of memory, more than 512 MiB
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class MemoryExceeded extends /* @__PURE__ */ Data.TaggedError("MemoryExceeded")<{
  readonly service: string
  readonly run: number
  readonly program: string
  readonly memory: number
  readonly maxMemory: number
}> {
  override get message(): string {
    const [memory, most] = [this.memory, this.maxMemory].map(bytesInWords)
    return `"${this.program}" of service "${this.service}" takes ${memory} of memory, more than ${most}`
  }
}

/**
 * The process of a service could not be started: the program is not there (`ENOENT`), may not be run (`EACCES`), or the system
 * has no room for another process (`EAGAIN`).
 *
 * **Details**
 *
 * - `service`, `run`: the service, and the number of the run
 * - `program`: what was to be run
 * - `code`: the name of the system's error, as `"ENOENT"`
 * - `cwd`: the folder, if that is what could not be found
 *
 * **Example** (A program that is not there)
 *
 * ```ts
 * import { command } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor({ log: () => {} })
 * governor.add("redis", command("no-such-program")).start()
 *
 * const { services: [redis] } = await governor.waitForShutdown()
 * console.log(redis?.cause?.message) // "no-such-program" of service "redis" could not be started: ENOENT
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class ProcessNotStarted extends /* @__PURE__ */ Data.TaggedError("ProcessNotStarted")<{
  readonly service: string
  readonly run: number
  readonly program: string
  readonly code: string
  readonly cause: unknown
  readonly cwd?: string
}> {
  override get message(): string {
    const where = this.cwd === undefined ? "" : ` in "${this.cwd}"`
    const hint = this.cwd === undefined && /\s/.test(this.program) ? ": its arguments are a list of their own" : ""
    return `"${this.program}" of service "${this.service}" could not be started${where}: ${this.code}${hint}`
  }
}

/**
 * What a run of a command fails with.
 *
 * **When to use**
 *
 * For a restart policy that is written apart from its services. A run of `worker` or `forked` may also fail with an error of its
 * work, so the policy of such a service takes an `Error`.
 *
 * **Example** (A policy that gives up when the program is not there)
 *
 * ```ts
 * import { RestartPolicy } from "effect-governor"
 * import { type ProcessError, ServiceProcess } from "effect-governor/process"
 *
 * const policy = RestartPolicy.onFailure<ProcessError.ProcessError>("1 second", {
 *   while: (error) => error._tag !== "ProcessNotStarted"
 * })
 *
 * const redis = ServiceProcess.command("redis", "redis-server", [], { restart: policy })
 * console.log(redis.name) // redis
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export type ProcessError = ProcessFailed | ProcessNotStarted | MemoryExceeded
