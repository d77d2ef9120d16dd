/**
 * What a command is told, and its checks.
 */
import type * as Duration from "effect/Duration"
import { constants } from "node:os"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Options, PromiseOptions } from "../Service.ts"
import { checkResident, type MemoryInput } from "./Memory.ts"

/**
 * The options of a command.
 *
 * **Details**
 *
 * - `cwd`: the folder in which the process works. Default: that of this process
 * - `env`: variables of its environment, besides those of this process. `undefined` takes one away
 * - `stdin`: `"ignore"`: it reads nothing (default); `"inherit"`: it reads what this process would; `{ data }`: it reads this text
 *   or these bytes
 * - `output`: `"log"`: each line that it writes is a line of the service's log (default); `"inherit"`: it writes where this process
 *   does; `"ignore"`: nobody reads what it writes
 * - `ansi`: what becomes of the escapes of a terminal in its lines, as those of colours: `"strip"` (default) or `"keep"`
 * - `stopSignal`: what its group is asked to end with. Default: `"SIGTERM"`
 * - `user`: the user and the group, as numbers, under which it runs. Default: those of this process
 * - `readiness`: when the service is ready. Default: `"automatic"`, when the process has started. A `RegExp`: when a line of its
 *   output matches, which needs `output: "log"`. A `Probe`: when the probe says so
 * - `stopTimeout`: how long it may take to end before it is killed. Default: 10 seconds
 * - `maxMemory`: how much may be resident of the process itself, without those that it starts: a shell has to `exec` its program.
 *   More than that for three checks, one a second, is a crash (`MemoryExceeded`): it is stopped. Needs a system with `/proc`.
 *   Default: no limit
 *
 * **Example** (A server that says when it is ready)
 *
 * ```ts
 * import type { CommandOptions } from "effect-governor/process"
 *
 * const options: CommandOptions = { cwd: "/tmp", readiness: /Ready to accept connections/, stopTimeout: "5 seconds" }
 * console.log(options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface CommandOptions<Readiness = Exclude<PromiseOptions["readiness"], "manual">> {
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly stdin?: "ignore" | "inherit" | { readonly data: string | Uint8Array } | undefined
  readonly output?: "log" | "inherit" | "ignore" | undefined
  readonly ansi?: "strip" | "keep" | undefined
  readonly stopSignal?: NodeJS.Signals | undefined
  readonly user?: { readonly uid: number; readonly gid?: number | undefined } | undefined
  readonly readiness?: Readiness | RegExp | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly maxMemory?: MemoryInput | undefined
}

/**
 * A command, checked.
 *
 * @internal
 */
export interface CommandSpec {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: "ignore" | "inherit" | { readonly data: string | Uint8Array }
  readonly output: "log" | "inherit" | "ignore"
  readonly isPlain: boolean
  readonly maxMemory: number | undefined
  readonly stopSignal: NodeJS.Signals
  readonly user: { readonly uid?: number; readonly gid?: number }
  /** Whether it is a process of Node that has a channel to this one. */
  readonly hasChannel: boolean
  /** The line by which the process says that it is ready. */
  readonly readyLine: RegExp | undefined
}

/**
 * What the service is told that runs the command, unless `add` says otherwise.
 *
 * @internal
 */
export type OwnOptions<Readiness> = Pick<Options, "stopTimeout"> & {
  readonly readiness?: Exclude<Readiness, undefined> | "manual"
}

/** How long a process may take to end before it is killed. */
const stopTimeout = "10 seconds"

/** @internal */
export const commandKeys = [
  "cwd",
  "env",
  "stdin",
  "output",
  "ansi",
  "stopSignal",
  "user",
  "readiness",
  "stopTimeout",
  "maxMemory"
]

/**
 * `more` are the options of its service, which are checked elsewhere.
 *
 * @internal
 */
export const checkCommand = <Readiness>(
  program: string,
  args: ReadonlyArray<string>,
  options: CommandOptions<Readiness>,
  service?: string,
  more: ReadonlyArray<string> = []
): { readonly spec: CommandSpec; readonly own: OwnOptions<Readiness> } => {
  if (process.platform === "win32") {
    throw invalid(service, "program", "a system that has process groups", process.platform)
  }
  const given: object = Option.object("options", options, service)
  if ("heartbeatTimeout" in given) {
    const expected = "nothing: a command gives no heartbeat, but `liveness` can check whether it works"
    throw invalid(service, "heartbeatTimeout", expected, given.heartbeatTimeout)
  }
  const { ansi = "strip", output = "log", readiness, stopSignal = "SIGTERM", ...others } = Option.known(
    "options",
    options,
    [...commandKeys, ...more],
    service
  )
  const readyLine = readiness instanceof RegExp ? checkPattern(readiness, output, service) : undefined
  const spec: CommandSpec = {
    program: checkText("program", program, service),
    args: checkArguments(args, service),
    cwd: others.cwd === undefined ? undefined : checkText("cwd", others.cwd, service),
    env: others.env === undefined ? {} : checkEnvironment(others.env, service),
    stdin: others.stdin === undefined ? "ignore" : checkInput(others.stdin, service),
    output: Option.oneOf("output", output, ["log", "inherit", "ignore"], service),
    isPlain: Option.oneOf("ansi", ansi, ["strip", "keep"], service) === "strip",
    maxMemory: checkResident(others.maxMemory, service),
    stopSignal: checkSignal(stopSignal, service),
    user: others.user === undefined ? {} : checkUser(others.user, service),
    hasChannel: false,
    readyLine
  }
  const limit = others.stopTimeout === undefined ? stopTimeout : others.stopTimeout
  const own = { stopTimeout: Option.timeoutMillis("stopTimeout", limit, service) }
  if (readyLine !== undefined) return { spec, own: { ...own, readiness: "manual" } }
  return { spec, own: { ...own, readiness: checkReadiness(readiness as Exclude<Readiness, RegExp>, service) } }
}

/** A process has started a moment after its run has begun, so the run says when. */
const checkReadiness = <Readiness>(
  readiness: Readiness,
  service: string | undefined
): Exclude<Readiness, undefined> | "manual" => {
  if (readiness === undefined || readiness === "automatic") return "manual"
  if (readiness === "completed" || (typeof readiness === "object" && readiness !== null)) {
    return readiness as Exclude<Readiness, undefined>
  }
  const expected =
    "\"automatic\", \"completed\", a RegExp for a line of its output, or a probe: a process cannot call ready"
  throw invalid(service, "readiness", expected, readiness)
}

const invalid = (service: string | undefined, field: string, expected: string, actual: unknown) =>
  new InvalidOption({
    service,
    field,
    expected,
    actual: actual instanceof RegExp ? String(actual) : Option.show(actual)
  })

/**
 * What the system takes as a text. A NUL would end it.
 *
 * @internal
 */
export const isText = (input: unknown): input is string => typeof input === "string" && !input.includes("\0")

const checkText = (field: string, input: unknown, service: string | undefined): string => {
  if (isText(input) && input !== "") return input
  throw invalid(service, field, "a text that is not empty, without NUL", input)
}

const checkArguments = (input: unknown, service: string | undefined): ReadonlyArray<string> => {
  if (Array.isArray(input) && input.every(isText)) return [...input]
  throw invalid(service, "args", "a list of texts without NUL", input)
}

/** A `Map` or a `Headers` would be an object without variables. */
const checkEnvironment = (input: unknown, service: string | undefined): CommandSpec["env"] => {
  if (typeof input !== "object" || input === null || Symbol.iterator in input) {
    throw invalid(service, "env", "an object of texts", input)
  }
  for (const [name, value] of Object.entries(input)) {
    if (!isText(name) || name === "" || name.includes("=")) {
      throw invalid(service, "env", "names that are not empty, without \"=\" and NUL", name)
    }
    if (value !== undefined && !isText(value)) {
      throw invalid(service, `env.${name}`, "a text without NUL, or undefined", value)
    }
  }
  return { ...input }
}

const checkInput = (input: unknown, service: string | undefined): CommandSpec["stdin"] => {
  if (input === "ignore" || input === "inherit") return input
  const data: unknown = typeof input === "object" && input !== null && "data" in input ? input.data : undefined
  if (typeof data === "string" || data instanceof Uint8Array) return { data }
  throw invalid(service, "stdin", "\"ignore\", \"inherit\" or { data } with a text or bytes", input)
}

const checkSignal = (input: unknown, service: string | undefined): NodeJS.Signals => {
  if (typeof input === "string" && Object.hasOwn(constants.signals, input)) return input as NodeJS.Signals
  throw invalid(service, "stopSignal", "the name of a signal, as \"SIGINT\"", input)
}

/** Node takes no larger ones. */
const largestId = 2 ** 31 - 1

const isId = (id: unknown): id is number => Number.isInteger(id) && (id as number) >= 0 && (id as number) <= largestId

const checkUser = (input: unknown, service: string | undefined): CommandSpec["user"] => {
  const { gid, uid } = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>
  if (isId(uid) && (gid === undefined || isId(gid))) return { uid, ...(gid !== undefined && { gid }) }
  throw invalid(service, "user", "{ uid, gid } as whole numbers", input)
}

const checkPattern = (pattern: RegExp, output: unknown, service: string | undefined): RegExp => {
  if (output === "log") return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")) // those keep a place
  throw invalid(service, "readiness", "no pattern where `output` is not \"log\"", pattern)
}
