/**
 * What was thrown in a thread or a process, as data for another one.
 */
import { stopOf } from "../internal/bridge/stopOf.ts"
import type { FailureThere, ThrownThere } from "./messages.ts"
import { StopService } from "./StopService.ts"

/**
 * What a run has failed with.
 *
 * @internal
 */
export interface Failure {
  readonly error: unknown
  readonly isDefect: boolean
}

/** @internal */
export const failureThere = ({ error, isDefect }: Failure): FailureThere => ({ thrown: toThere(error), isDefect })

/** How deep causes and errors inside of an error may be, and how many there may be of them in all. */
const [deepest, most] = [10, 100]

/**
 * Never throws.
 *
 * @internal
 */
export const toThere = (thrown: unknown): ThrownThere => convert(thrown, deepest, { left: most })

const convert = (thrown: unknown, depth: number, room: { left: number }): ThrownThere => {
  try {
    room.left--
    const stop = stopOf(thrown)
    const error: AnyError = isError(thrown)
      ? thrown
      : { name: "Error", message: `a value was thrown: ${shown(thrown)}`, stack: "" }
    const inside = (one: unknown): Array<ThrownThere> =>
      depth > 0 && room.left > 0 ? [convert(one, depth - 1, room)] : []
    const cause: unknown = stop === undefined ? (thrown as { readonly cause?: unknown } | undefined)?.cause : stop.error
    const [own] = cause === undefined ? [] : inside(cause)
    const errors = error.name === "AggregateError" && Array.isArray(error.errors) ? error.errors.flatMap(inside) : []
    return {
      name: String(error.name),
      message: String(error.message),
      stack: typeof error.stack === "string" ? error.stack : "",
      ...(own !== undefined && { cause: own }),
      ...(errors.length > 0 && { errors }),
      ...(stop !== undefined && { stop: { restart: stop.restart } })
    }
  } catch {
    return { name: "Error", message: "something was thrown that cannot be printed", stack: "" }
  }
}

interface AnyError {
  readonly name: unknown
  readonly message: unknown
  readonly stack: unknown
  readonly errors?: unknown
}

const isError = (thrown: unknown): thrown is AnyError =>
  typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown

/** Most objects say more as JSON. */
const shown = (thrown: unknown): string =>
  typeof thrown === "string" || (typeof thrown === "object" && thrown !== null)
    ? JSON.stringify(thrown)
    : String(thrown)

/**
 * All that a run has failed with, as one. Whoever of them ends the service ends it, and the others are why.
 *
 * @internal
 */
export const asOne = (errors: ReadonlyArray<unknown>): unknown => {
  const stops = errors.flatMap((error) => stopOf(error) ?? [])
  if (stops.length === 0) return joined(errors)
  const failures = errors.flatMap((error) => {
    const stop = stopOf(error)
    if (stop === undefined) return [error]
    return stop.error === undefined ? [] : [stop.error]
  })
  return new StopService({ restart: stops.every(({ restart }) => restart), error: joined(failures) })
}

const joined = (errors: ReadonlyArray<unknown>): unknown => {
  if (errors.length < 2) return errors[0]
  const [first, ...others] = errors.map(toThere)
  const inShort = others.map(({ message, name }) => `${name}: ${message}`)
  return new AggregateError(errors, [first!.message, ...inShort].join("; and "))
}
