/**
 * Every log line of a governor and of its services, as one object.
 */
import type * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import { pipeArguments } from "effect/Pipeable"
import { CurrentLogAnnotations } from "effect/References"
import { fromCause, type Thrown, thrown } from "./plain.ts"

/**
 * A line of the log.
 *
 * **Details**
 *
 * `time` is in epoch milliseconds; the levels are those of pino and winston. The lines of a service have its name and
 * the number of the run, those of the governor have neither. `error` is there where a line reports something thrown.
 *
 * **Example** (One line of JSON for each)
 *
 * ```ts
 * import { Governor, type LogEntry } from "effect-governor/promise"
 *
 * const log = (entry: LogEntry) => {
 *   if (entry.level !== "debug") console.log(JSON.stringify(entry))
 * }
 *
 * const governor = new Governor({ log })
 * governor.add("hello", ({ log }) => log("hello, %s", "world")).start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error"
  readonly message: string
  readonly service?: string
  readonly run?: number
  readonly error?: Thrown
  readonly time: number
}

const levels: { readonly [Level in LogLevel.LogLevel]: LogEntry["level"] } = {
  All: "debug",
  Trace: "debug",
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
  Fatal: "error",
  None: "error"
}

/** What the log function throws is printed once, and costs nobody anything. */
export const logger = (log: (entry: LogEntry) => unknown): Logger.Logger<unknown, void> => {
  let complained = false
  const complain = (error: unknown) => {
    if (!complained) console.error("the log function of a governor threw:", thrown(error).stack)
    complained = true
  }
  const write: Logger.Logger<unknown, void>["log"] = ({ cause, date, fiber, logLevel, message }) => {
    const { run, service } = fiber.getRef(CurrentLogAnnotations)
    try {
      const returned = log({
        level: levels[logLevel],
        message: Array.isArray(message) ? message.join(" ") : String(message),
        ...(typeof service === "string" ? { service } : undefined),
        ...(typeof run === "number" ? { run } : undefined),
        ...(cause.reasons.length > 0 ? { error: fromCause(cause) } : undefined),
        time: date.getTime()
      })
      if (returned instanceof Promise) returned.catch(complain)
    } catch (error) {
      complain(error)
    }
  }
  // By hand, for the module itself would make the import of this package a quarter longer: it reads files.
  return {
    "~effect/Logger": "~effect/Logger",
    log: write,
    pipe() {
      return pipeArguments(this, arguments)
    }
  }
}

/** The default: `12:00:00.000 info [service] message`, warnings and errors to stderr. */
export const toConsole = ({ error, level, message, service, time }: LogEntry): void => {
  const clock = new Date(time).toISOString().slice(11, 23)
  const who = service === undefined ? "" : `[${service}] `
  const what = error === undefined ? "" : `\n${error.stack}`
  console[level](`${clock} ${level} ${who}${message}${what}`)
}
