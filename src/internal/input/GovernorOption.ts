/**
 * The checks of raw input, before anything decodes it: `Duration` takes NaN for 0. All throw `InvalidOption`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { InvalidOption } from "../../GovernorError.ts"

interface DurationRules {
  readonly service?: string | undefined
  /** Whether `Infinity` is an answer. Default: false. */
  readonly infinite?: boolean
  /** Whether less than nothing counts as nothing. Default: false. */
  readonly negative?: boolean
}

/** The duration in milliseconds. */
export const durationMillis = (field: string, input: unknown, rules: DurationRules = {}): number => {
  const millis = decode(input)
  if (millis < 0 && rules.negative === true) return 0
  if (millis >= 0 && (millis !== Infinity || rules.infinite === true)) return millis
  const limits = `${rules.infinite === true ? "" : ", finite"}${rules.negative === true ? "" : ", not negative"}`
  throw new InvalidOption({
    service: rules.service,
    field,
    expected: `a duration such as 1000 (milliseconds), "500 millis" or "1 second"${limits}`,
    actual: show(input)
  })
}

/** The same, with `Infinity` for none. */
export const timeoutMillis = (field: string, input: unknown, service?: string): number =>
  durationMillis(field, input, { service, infinite: true })

/** The same, and some time it has to be. */
export const limitMillis = (field: string, input: unknown, service?: string): number => {
  const millis = timeoutMillis(field, input, service)
  if (millis > 0) return millis
  throw new InvalidOption({ service, field, expected: "a duration above 0", actual: show(input) })
}

/** NaN for whatever is no duration. */
const decode = (input: unknown): number => {
  try {
    if (hasNaN(input)) return NaN
    return Duration.toMillis(Duration.fromInputUnsafe(input as Duration.Input))
  } catch {
    return NaN
  }
}

const units = new Set([
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds"
])

/** `Duration` reads NaN, and an object without a unit it knows, as 0. */
const hasNaN = (input: unknown): boolean => {
  if (typeof input === "number") return Number.isNaN(input)
  if (typeof input !== "object" || input === null || Duration.isDuration(input)) return false
  if (Array.isArray(input)) return input.some(Number.isNaN)
  const parts = Object.entries(input)
  return parts.length === 0 || parts.some(([unit, value]) => !units.has(unit) || !Number.isFinite(value))
}

/** A whole number of at least `least`. */
export const count = (field: string, input: unknown, least: number, service?: string): number => {
  if (Number.isInteger(input) && (input as number) >= least) return input as number
  throw new InvalidOption({ service, field, expected: `a whole number of at least ${least}`, actual: show(input) })
}

/** True or false. */
export const flag = (field: string, input: unknown, service?: string): boolean => {
  if (typeof input === "boolean") return input
  throw new InvalidOption({ service, field, expected: "true or false", actual: show(input) })
}

/** A name that can be read in a log. */
export const name = (input: unknown, field = "name"): string => {
  if (isName(input)) return input
  throw new InvalidOption({ field, expected: "a name that is not empty", actual: show(input) })
}

/** An object with none but the known keys: an option that is not understood would be a promise not kept. */
export const known = <A extends object>(field: string, input: A, keys: ReadonlyArray<string>, service?: string): A => {
  if (typeof input !== "object" || input === null) {
    throw new InvalidOption({ service, field, expected: "an object", actual: show(input) })
  }
  for (const key of Object.keys(input)) {
    if (keys.includes(key)) continue
    throw new InvalidOption({ service, field: key, expected: `one of ${keys.join(", ")}`, actual: show(key) })
  }
  return input
}

/** One of a few strings. */
export const oneOf = <const A extends string>(
  field: string,
  input: unknown,
  choices: ReadonlyArray<A>,
  service?: string
): A => {
  const found = choices.find((choice) => choice === input)
  if (found !== undefined) return found
  throw new InvalidOption({ service, field, expected: choices.map((c) => `"${c}"`).join(" or "), actual: show(input) })
}

/** The names of services: a name may be given as a service that has it. */
export const names = (field: string, input: unknown, service?: string): ReadonlyArray<string> => {
  const names = Array.isArray(input) ? input.map((one: unknown) => isNamed(one) ? one.name : one) : undefined
  if (names === undefined || !names.every(isName)) {
    throw new InvalidOption({ service, field, expected: "a list of services or of their names", actual: show(input) })
  }
  return [...new Set(names)]
}

const isName = (input: unknown): input is string => typeof input === "string" && input.trim() !== ""

const isNamed = (input: unknown): input is { readonly name: unknown } =>
  typeof input === "object" && input !== null && "name" in input

/** What came, short, whatever it is. */
export const show = (input: unknown): string => {
  try {
    switch (typeof input) {
      case "string":
        return JSON.stringify(input)
      case "bigint":
        return `${input}n`
      case "function":
        return `function ${input.name}`
      case "object":
        return input === null ? "null" : Duration.isDuration(input) ? String(input) : short(JSON.stringify(input))
      default:
        return String(input)
    }
  } catch {
    return `a ${typeof input} that cannot be printed`
  }
}

const short = (text: string | undefined) => text === undefined ? "an object" : text.slice(0, 200)
