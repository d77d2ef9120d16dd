/**
 * What a process of Node is told, and its checks.
 */
import type * as Duration from "effect/Duration"
import { fileURLToPath } from "node:url"
import { serialize } from "node:v8"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Options, PromiseOptions } from "../Service.ts"
import { checkCommand, commandKeys, type CommandOptions, type CommandSpec } from "./CommandOptions.ts"
import { inherited } from "./execArgv.ts"
import { checkArguments, checkData, checkPath, checkServed } from "./ThreadOptions.ts"

/**
 * The options of a process of Node.
 *
 * **Details**
 *
 * - `data`: what the work gets. Each run gets a copy, as by `serialize` of `node:v8`. A copy is also made at the call, as a
 *   check. Default: undefined
 * - `execArgv`: options of Node for the process. Default: those of this process, without what is only of this one, as `-e` and
 *   `--inspect`
 * - `readiness`, `heartbeatTimeout`, `stopTimeout`: as for a thread
 * - all others: as for a command
 *
 * **Example** (A process with a heap of its own)
 *
 * ```ts
 * import type { ForkOptions } from "effect-governor/process"
 *
 * const options: ForkOptions = { data: { quality: 5 }, execArgv: ["--max-old-space-size=512"], cwd: "/tmp" }
 * console.log(options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ForkOptions<Readiness = PromiseOptions["readiness"]>
  extends Omit<CommandOptions<Readiness>, "readiness" | "stdin">
{
  readonly data?: unknown
  readonly execArgv?: ReadonlyArray<string> | undefined
  readonly readiness?: Readiness | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
}

/**
 * A process of Node, checked.
 *
 * @internal
 */
export interface ForkSpec {
  readonly path: string
  readonly command: CommandSpec
  readonly data: unknown
  readonly maxMemory: number | undefined
  readonly isReadyAtOnce: boolean
}

const keys = ["data", "execArgv", "heartbeatTimeout", ...commandKeys.filter((key) => key !== "stdin")]

/**
 * `more` are the options of its service, which are checked elsewhere.
 *
 * @internal
 */
export const checkFork = <Readiness>(
  file: URL | string,
  options: ForkOptions<Readiness>,
  service?: string,
  more: ReadonlyArray<string> = []
): {
  readonly spec: ForkSpec
  readonly own: Pick<Options, "heartbeatTimeout" | "stopTimeout"> & { readonly readiness: Readiness | "manual" }
} => {
  const { data, execArgv = inherited(process.execArgv), heartbeatTimeout, readiness, ...ofProcess } = Option.known(
    "options",
    options,
    [...keys, ...more],
    service
  )
  const url = checkPath(file, ["file:"], service)
  const path = typeof url === "string" ? url : fileURLToPath(url)
  const args = [...checkArguments(execArgv, service), path]
  const { own, spec } = checkCommand<Readiness>(process.execPath, args, ofProcess, service, more)
  const served = checkServed({ readiness, heartbeatTimeout }, service)
  return {
    spec: {
      path,
      command: { ...spec, hasChannel: true },
      data: checkData(data, serialize, "what can be copied to another process, as by `serialize` of node:v8", service),
      maxMemory: spec.maxMemory,
      isReadyAtOnce: served.isReadyAtOnce
    },
    own: { ...served.own, stopTimeout: own.stopTimeout }
  }
}
