/**
 * Every log line of a governor and of its services as an object.
 */
import type * as Cause from "effect/Cause"
import { fromEntry as lineOf } from "../internal/bridge/plain.ts"
import { fromCause, type Thrown, thrown } from "../internal/bridge/thrown.ts"
import type { Entry } from "../internal/govern.ts"

/**
 * A line of the log.
 *
 * **Details**
 *
 * `time` is in epoch milliseconds. The levels are those of pino and winston. The lines of a service have its name and
 * the number of its run. The lines of a governor inside a service have the name and the run of that service; the lines
 * of any other governor have neither. `error` is there if the line reports a thrown value.
 *
 * **Example** (One line of JSON for each log line)
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

/**
 * Passes lines to the log function, each with the tag of its event. If that function throws, the first error is printed,
 * and nothing else happens.
 *
 * @internal
 */
export const writer = (log: (line: LogEntry, about: Entry["about"]) => unknown): (entry: Entry) => void => {
  let complained = false
  const complain = (error: unknown) => {
    if (complained) return
    complained = true
    try {
      console.error("the log function of a governor threw:", thrown(error).stack)
    } catch {
      // A test may forbid all printing; then there is nowhere to report the error.
    }
  }
  return (entry) => {
    try {
      // A log function may be asynchronous. Its promise may be one of another realm, hence no `instanceof`.
      const returned = log(fromEntry(entry), entry.about)
      if (typeof returned === "object" && returned !== null) Promise.resolve(returned).catch(complain)
    } catch (error) {
      complain(error)
    }
  }
}

const fromEntry = (entry: Entry): LogEntry =>
  entry.cause === undefined ? lineOf(entry) : new LineWithError(lineOf(entry), entry.cause)

/**
 * A line that makes its `error` on first access, because printing a stack takes five times as long as the rest of a
 * crash.
 */
class LineWithError implements LogEntry {
  declare readonly level: LogEntry["level"]
  declare readonly message: string
  declare readonly service?: string
  declare readonly run?: number
  declare readonly time: number
  declare readonly error: Thrown
  readonly #cause: Cause.Cause<unknown>
  #error: Thrown | undefined

  /**
   * `error` is an own, enumerable property like the others, so that copying and sending include it. All lines share one
   * getter.
   */
  static readonly #lazily: PropertyDescriptor & ThisType<LineWithError> = {
    enumerable: true,
    configurable: true,
    get() {
      return this.#error ??= fromCause(this.#cause)
    },
    set(error: Thrown) {
      this.#error = error
    }
  }

  constructor(line: Omit<LogEntry, "error">, cause: Cause.Cause<unknown>) {
    Object.assign(this, line)
    this.#cause = cause
    Object.defineProperty(this, "error", LineWithError.#lazily)
  }

  /** Without this method, Node would print only that there is a getter. */
  [Symbol.for("nodejs.util.inspect.custom")](): object {
    return Object.assign({}, this)
  }
}
