/**
 * What was thrown, as data.
 */
import * as Cause from "effect/Cause"

/**
 * A thrown value as data.
 *
 * **Details**
 *
 * `stack` includes the stacks of the causes of the error. If something else than an error was thrown, `stack` shows what
 * it is: `"text"` for a text. The thrown value itself is `error`; this property is not enumerable, so that the object can
 * be sent as JSON. An error is known by its shape, because it may come from another realm, such as that of a test runner.
 *
 * **Example** (Getting back the thrown value)
 *
 * ```ts
 * import { Governor, type Thrown } from "effect-governor/promise"
 *
 * const inWords = (thrown: Thrown) => thrown.error instanceof RangeError ? "out of range" : thrown.message
 *
 * const governor = new Governor()
 * governor.add("counter", () => {
 *   throw new RangeError("too many")
 * }).start()
 * const { services } = await governor.waitForShutdown()
 * for (const { cause } of services) {
 *   if (cause) console.log(inWords(cause), Object.keys(cause)) // out of range [ 'name', 'message', 'stack' ]
 * }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly error: unknown
}

/**
 * Converts a cause. If it has several errors, the message and the stack name all of them, and `error` is the first.
 *
 * @internal
 */
export const fromCause = (cause: Cause.Cause<unknown>): Thrown => {
  const all = cause.reasons.flatMap((reason) =>
    reason._tag === "Interrupt" ? [] : [thrown(reason._tag === "Fail" ? reason.error : reason.defect)]
  )
  const [first = notThrown(cause), ...others] = all
  if (others.length === 0) return first
  const message = [first.message, ...others.map(inShort)].join("; and ")
  return withError(first.name, message, [first, ...others].map(({ stack }) => stack).join("\nand "), first.error)
}

/** A fiber was interrupted, and nothing was thrown. The error for that is made here, so its stack says nothing. */
const notThrown = (cause: Cause.Cause<unknown>): Thrown => {
  const error = Cause.squash(cause)
  const { message, name } = thrown(error)
  return withError(name, message, "", error)
}

const inShort = ({ error, message, name, stack }: Thrown): string => isError(error) ? `${name}: ${message}` : stack

/** How many levels of errors inside errors are printed. There may be a circle, which has no end. */
const depth = 5

/**
 * Converts any thrown value, such as frozen objects, errors with throwing getters, and proxies. Never throws.
 *
 * @internal
 */
export const thrown = (error: unknown, level = 0): Thrown => {
  if (!isError(error)) return notAnError(error)
  const name = text(() => error.name)
  const message = text(() => error.message)
  const own = text(() => error.stack || `${name}: ${message}`)
  const inner = level < depth ? safely(() => errorsInside(error), []) : []
  const stacks = inner.map(([label, inside]) => `\n[${label}]: ${thrown(inside, level + 1).stack}`)
  return withError(name, message, own + stacks.join(""), error)
}

/** Anything can be thrown. The stack of a thrown text is that text, in quotes. */
const notAnError = (error: unknown): Thrown => {
  const isText = typeof error === "string"
  const shown = text(() => isText || (typeof error === "object" && error !== null) ? JSON.stringify(error) : error)
  return withError("Error", isText ? error : shown, shown, error)
}

interface AnyError extends Error {
  readonly errors?: unknown
}

/**
 * Whether a thrown value is an error, known by its shape: an error of another realm is no instance of our `Error`. Never
 * throws.
 *
 * @internal
 */
export const isError = (thrown: unknown): thrown is AnyError =>
  safely(() => {
    if (typeof thrown !== "object" || thrown === null) return false
    if (thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]") return true
    return "name" in thrown && typeof thrown.name === "string" && "message" in thrown &&
      typeof thrown.message === "string"
  }, false)

/**
 * The errors inside an error. The stack of an error does not show them; without them, `fetch` reports only "fetch
 * failed".
 */
const errorsInside = ({ cause, errors, name }: AnyError): Array<[string, unknown]> => {
  const isAggregate = Array.isArray(errors) && (name === "AggregateError" || errors.some(isError))
  return [
    ...(cause === undefined ? [] : [["cause", cause] satisfies [string, unknown]]),
    ...(isAggregate ? errors.map((inner, i): [string, unknown] => [`error ${i + 1}`, inner]) : [])
  ]
}

/** A stack is never empty: who gets it as JSON makes an error of it, whose stack says the same. */
const withError = (name: string, message: string, stack: string, error: unknown): Thrown => {
  const fields = { name, message, stack: stack === "" ? `${name}: ${message}` : stack, error: undefined }
  return Object.defineProperty(fields, "error", { value: error, enumerable: false })
}

const text = (read: () => unknown): string => safely(() => String(read()), "(cannot be printed)")

const safely = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}
