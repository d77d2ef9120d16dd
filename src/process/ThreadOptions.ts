/**
 * What a thread is told, and its checks.
 */
import type * as Duration from "effect/Duration"
import { isAbsolute } from "node:path"
import { fileURLToPath } from "node:url"
import type { ResourceLimits, WorkerOptions } from "node:worker_threads"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Options, PromiseOptions } from "../Service.ts"
import { isText } from "./CommandOptions.ts"
import { inherited } from "./execArgv.ts"
import { checkMemory, type MemoryInput } from "./Memory.ts"

/**
 * The options of a thread.
 *
 * **Details**
 *
 * - `data`: what the work gets. Each run gets a copy, as by `structuredClone`. A copy is also made at the call, as a check.
 *   Default: undefined
 * - `resourceLimits`: how much memory the thread may take, as for a `Worker` of Node. More is a crash
 * - `execArgv`: options of Node for the thread. Node refuses `--max-old-space-size` here: use `resourceLimits`. Default: those of
 *   this process, without what is only of this one, as `-e`
 * - `readiness`: when the service is ready. Default: `"automatic"`, when the file has called `serve`. `"manual"`: when the work
 *   calls `ready`. `"completed"`, or a `Probe`
 * - `heartbeatTimeout`: how long the event loop of the thread may be blocked. Default: 10 seconds
 * - `stopTimeout`: how long the work may take to end before the thread is terminated. Default: 10 seconds
 * - `maxMemory`: how much of its heap may be in use. More than that for three checks, one a second, is a crash
 *   (`MemoryExceeded`): the thread is stopped. Default: no limit but `resourceLimits`
 *
 * **Example** (A thread with little memory)
 *
 * ```ts
 * import type { ThreadOptions } from "effect-governor/process"
 *
 * const options: ThreadOptions = { data: { quality: 5 }, resourceLimits: { maxOldGenerationSizeMb: 64 } }
 * console.log(options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ThreadOptions<Readiness = PromiseOptions["readiness"]> {
  readonly data?: unknown
  readonly resourceLimits?: ResourceLimits | undefined
  readonly execArgv?: ReadonlyArray<string> | undefined
  readonly readiness?: Readiness | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly maxMemory?: MemoryInput | undefined
}

/**
 * A thread, checked.
 *
 * @internal
 */
export interface ThreadSpec {
  readonly path: URL | string
  readonly data: unknown
  readonly maxMemory: number | undefined
  readonly options: WorkerOptions
  /** The service is ready when the file has called `serve`. */
  readonly isReadyAtOnce: boolean
}

/** How long a thread may be blocked, and how long its work may take to end. */
const limits = "10 seconds"

const keys = ["data", "resourceLimits", "execArgv", "readiness", "heartbeatTimeout", "stopTimeout", "maxMemory"]

/**
 * `more` are the options of its service, which are checked elsewhere.
 *
 * @internal
 */
export const checkThread = <Readiness>(
  path: URL | string,
  options: ThreadOptions<Readiness>,
  service?: string,
  more: ReadonlyArray<string> = []
): {
  readonly spec: ThreadSpec
  readonly own: Pick<Options, "heartbeatTimeout" | "stopTimeout"> & { readonly readiness: Readiness | "manual" }
} => {
  const { data, execArgv, heartbeatTimeout, maxMemory, readiness, resourceLimits, stopTimeout = limits } = Option.known(
    "options",
    options,
    [...keys, ...more],
    service
  )
  const { isReadyAtOnce, own } = checkServed({ readiness, heartbeatTimeout }, service)
  return {
    spec: {
      path: checkPath(path, ["file:", "data:"], service),
      data: checkData(data, structuredClone, "what can be copied as by structuredClone", service),
      maxMemory: checkMemory(maxMemory, service),
      options: {
        ...argumentsOf(execArgv, service),
        ...(resourceLimits !== undefined && { resourceLimits: checkLimits(resourceLimits, service) })
      },
      isReadyAtOnce
    },
    own: { ...own, stopTimeout: Option.timeoutMillis("stopTimeout", stopTimeout, service) }
  }
}

/**
 * What holds wherever `serve` is called: by default the service is ready then.
 *
 * @internal
 */
export const checkServed = <Readiness>(
  { heartbeatTimeout = limits, readiness }: Pick<ThreadOptions<Readiness>, "heartbeatTimeout" | "readiness">,
  service: string | undefined
): {
  readonly isReadyAtOnce: boolean
  readonly own: { readonly readiness: Readiness | "manual"; readonly heartbeatTimeout: number }
} => {
  const millis = Option.limitMillis("heartbeatTimeout", heartbeatTimeout, service)
  if (readiness instanceof RegExp) {
    const expected = "\"automatic\", \"manual\", \"completed\" or a probe: a pattern is for the output of a command"
    throw new InvalidOption({ service, field: "readiness", expected, actual: String(readiness) })
  }
  return readiness === undefined || readiness === "automatic"
    ? { isReadyAtOnce: true, own: { readiness: "manual", heartbeatTimeout: millis } }
    : { isReadyAtOnce: false, own: { readiness, heartbeatTimeout: millis } }
}

/**
 * What cannot be copied would crash each run.
 *
 * @internal
 */
export const checkData = (
  data: unknown,
  copy: (data: unknown) => unknown,
  expected: string,
  service: string | undefined
): unknown => {
  try {
    copy(data)
    return data
  } catch (error) {
    const why = error instanceof Error ? error.message : Option.show(error)
    const actual = why.replace(/ could not be cloned\.$/, "").replaceAll(/\s+/g, " ").slice(0, 200)
    throw new InvalidOption({ service, field: "data", expected, actual })
  }
}

/**
 * A relative path would be one of the folder in which the process was started.
 *
 * @internal
 */
export const checkPath = (
  path: unknown,
  protocols: ReadonlyArray<string>,
  service: string | undefined
): URL | string => {
  if (typeof path === "string" && isAbsolute(path) && isText(path)) return path
  if (path instanceof URL && protocols.includes(path.protocol) && isLocal(path)) return path
  const expected = "a URL object of a file, as new URL(\"./encoder.ts\", import.meta.url), or an absolute path"
  throw new InvalidOption({
    service,
    field: "file",
    expected,
    actual: Option.show(path instanceof URL ? path.href : path)
  })
}

/** A file of another host, or one with a slash in its name, is none of this system. */
const isLocal = (url: URL): boolean => {
  try {
    return url.protocol !== "file:" || isText(fileURLToPath(url))
  } catch {
    return false
  }
}

/** Node itself takes over those of this process, also such as it refuses when they are given. */
const argumentsOf = (execArgv: unknown, service: string | undefined): Pick<WorkerOptions, "execArgv"> => {
  if (execArgv !== undefined) return { execArgv: checkArguments(execArgv, service) }
  const own = inherited(process.execArgv)
  return own.length === process.execArgv.length ? {} : { execArgv: [...own] }
}

/** @internal */
export const checkArguments = (input: unknown, service: string | undefined): Array<string> => {
  if (Array.isArray(input) && input.every(isText)) return [...input]
  throw new InvalidOption({
    service,
    field: "execArgv",
    expected: "a list of texts without NUL",
    actual: Option.show(input)
  })
}

const sizes = ["maxYoungGenerationSizeMb", "maxOldGenerationSizeMb", "codeRangeSizeMb", "stackSizeMb"]

const checkLimits = (input: ResourceLimits, service: string | undefined): ResourceLimits => {
  for (const [limit, size] of Object.entries(Option.object("resourceLimits", input, service))) {
    const field = `resourceLimits.${limit}`
    if (!sizes.includes(limit)) {
      throw new InvalidOption({ service, field, expected: `one of ${sizes.join(", ")}`, actual: Option.show(limit) })
    }
    if (size === undefined || (Number.isFinite(size) && (size as number) > 0)) continue
    const expected = "a number of megabytes above 0, finite"
    throw new InvalidOption({ service, field, expected, actual: Option.show(size) })
  }
  return input
}
