/**
 * The default log of the facade: prints every line to the console.
 */
import { isError, type Thrown } from "../internal/bridge/thrown.ts"
import type { Entry } from "../internal/govern.ts"
import type { LogEntry } from "./log.ts"

/**
 * Prints `12:00:00.000 info [service] message`, and the error of the line. Warnings and errors go to stderr.
 *
 * @internal
 */
export const printer = (): (line: LogEntry, about: Entry["about"]) => void => {
  const crashes = new Crashes()
  return (line, about) => {
    const { error, level, message, service, time } = line
    const clock = new Date(time).toISOString().slice(11, 23)
    const prefix = service === undefined ? "" : `[${service}] `
    if (about === "ServiceRemoved" && service !== undefined) crashes.forget(service)
    const count = about === "ServiceCrashed" && error !== undefined ? crashes.count(service ?? "", error) : 1
    const text = count === 1
      ? message + (error === undefined ? "" : printed(error))
      : `${message.replace("crashed", `crashed, as before (${count})`)}: ${inShort(error!)}`
    console[level](`${clock} ${level} ${prefix}${text}`)
  }
}

/** A thrown text, or the like, stands in the line itself. */
const printed = ({ error, stack }: Thrown): string =>
  isError(error) || stack.includes("\n") ? `\n${trimmed(stack)}` : `: ${stack}`

/** What was thrown, in one line. */
const inShort = ({ error, message, name, stack }: Thrown): string =>
  (isError(error) ? `${name}: ${message}` : stack).split("\n", 1)[0]!

/** A frame inside of this package or of `effect`, as they are installed. */
const inner = /^ *at .*[\\/]node_modules[\\/]effect(-governor)?[\\/]dist[\\/]/

/** A stack without the frames that only lead through the governor, if there are others. */
const trimmed = (stack: string): string => {
  const lines = stack.split("\n").filter((line) => !inner.test(line))
  return lines.some((line) => frame.test(line)) ? lines.join("\n") : stack
}

/** What each service crashed with, and how often in a row. */
class Crashes {
  readonly #latest = new Map<string, { readonly what: string; count: number }>()

  /** Counts a crash. The result is 1 if it is another one than the crash before. */
  count(service: string, { message, name, stack }: Thrown): number {
    const what = `${name}: ${message}\n${placeIn(stack)}`
    const latest = this.#latest.get(service)
    if (latest?.what === what) return ++latest.count
    this.#latest.set(service, { what, count: 1 })
    return 1
  }

  /** The service was removed, and with it what is inside. */
  forget(service: string): void {
    for (const path of this.#latest.keys()) {
      if (path === service || path.startsWith(`${service}/`)) this.#latest.delete(path)
    }
  }
}

const frame = /^ *at .*$/m

/** The first frame of a stack: where the error was made. */
const placeIn = (stack: string): string => frame.exec(stack)?.[0] ?? ""
