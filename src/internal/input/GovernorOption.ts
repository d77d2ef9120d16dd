/**
 * Checks of raw input, before anything decodes the input: `Duration` takes NaN for 0. All checks throw `InvalidOption`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { InvalidOption } from "../../GovernorError.ts"

interface DurationRules {
  readonly service?: string | undefined
  /** Whether `Infinity` is allowed. Default: false. */
  readonly infinite?: boolean
  /** Whether a negative duration counts as zero. Default: false, a negative duration is refused. */
  readonly negative?: boolean
}

/** Checks a duration, and returns it in milliseconds. */
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

/** As `durationMillis`, but `Infinity` is allowed and means no limit. */
export const timeoutMillis = (field: string, input: unknown, service?: string): number =>
  durationMillis(field, input, { service, infinite: true })

/** As `timeoutMillis`, but zero is refused. */
export const limitMillis = (field: string, input: unknown, service?: string): number => {
  const millis = timeoutMillis(field, input, service)
  if (millis > 0) return millis
  throw new InvalidOption({ service, field, expected: "a duration above 0", actual: show(input) })
}

/** As `durationMillis`, but zero is refused. */
export const periodMillis = (field: string, input: unknown, service?: string): number => {
  const millis = durationMillis(field, input, { service })
  if (millis > 0) return millis
  throw new InvalidOption({ service, field, expected: "a duration above 0, finite", actual: show(input) })
}

/** The milliseconds of a duration; NaN for any other input. */
const decode = (input: unknown): number => {
  try {
    if (isTakenForZero(input)) return NaN
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

/** Whether `Duration` would wrongly take the input for 0: NaN, or an object without a unit that `Duration` knows. */
const isTakenForZero = (input: unknown): boolean => {
  if (typeof input === "number") return Number.isNaN(input)
  if (typeof input !== "object" || input === null || Duration.isDuration(input)) return false
  if (Array.isArray(input)) return input.some(Number.isNaN)
  const parts = Object.entries(input)
  return parts.length === 0 || parts.some(([unit, value]) => !units.has(unit) || !Number.isFinite(value))
}

/** Checks a whole number of at least `least`. */
export const count = (field: string, input: unknown, least: number, service?: string): number => {
  if (Number.isInteger(input) && (input as number) >= least) return input as number
  throw new InvalidOption({ service, field, expected: `a whole number of at least ${least}`, actual: show(input) })
}

/** Checks a boolean. */
export const flag = (field: string, input: unknown, service?: string, expected = "true or false"): boolean => {
  if (typeof input === "boolean") return input
  throw new InvalidOption({ service, field, expected, actual: show(input) })
}

/** Checks the options of what can be seen: whether the governors inside are meant too. */
export const isTree = (options: { readonly tree?: boolean | undefined } = {}): boolean => {
  const { tree = false } = known("options", options, ["tree"])
  return flag("tree", tree)
}

/** Checks a function. */
export const callable = <A extends (...args: Array<never>) => unknown>(
  field: string,
  input: A,
  service?: string
): A => {
  if (typeof input === "function") return input
  throw new InvalidOption({ service, field, expected: "a function", actual: show(input) })
}

/** Checks an effect. */
export const effect = <A extends Effect.Effect<unknown, unknown, unknown>>(
  field: string,
  input: A,
  service?: string,
  expected = "an Effect"
): A => {
  if (Effect.isEffect(input)) return input
  throw new InvalidOption({ service, field, expected, actual: show(input) })
}

/** Checks the name of a governor. A blank name could not be read in a log. */
export const name = (input: unknown, field = "name"): string => {
  if (isName(input)) return input
  throw new InvalidOption({ field, expected: "a name that is not empty", actual: show(input) })
}

/** Checks the name of a service. A `/` parts the names in a path into governors inside. */
export const serviceName = (input: unknown): string => {
  const checked = name(input)
  if (!checked.includes("/")) return checked
  const expected = "a name without \"/\", which parts the names in a path"
  throw new InvalidOption({ field: "name", expected, actual: show(input) })
}

/** Checks an object that is no list. */
export const object = <A extends object>(field: string, input: A, service?: string): A => {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input
  throw new InvalidOption({ service, field, expected: "an object", actual: show(input) })
}

/**
 * Checks that the input is an object with known keys only. An unknown option is refused, because it would do nothing.
 */
export const known = <A extends object>(field: string, input: A, keys: ReadonlyArray<string>, service?: string): A => {
  for (const key of Object.keys(object(field, input, service))) {
    if (keys.includes(key)) continue
    throw new InvalidOption({ service, field: key, expected: `one of ${keys.join(", ")}`, actual: show(key) })
  }
  return input
}

/** Checks that the input is one of the choices. */
export const oneOf = <const A extends string>(
  field: string,
  input: unknown,
  choices: ReadonlyArray<A>,
  service?: string,
  other?: string
): A => {
  const found = choices.find((choice) => choice === input)
  if (found !== undefined) return found
  const expected = [...choices.map((choice) => `"${choice}"`), ...(other === undefined ? [] : [other])].join(" or ")
  throw new InvalidOption({ service, field, expected, actual: show(input) })
}

/** Checks a list of services or of their names, and returns the names, each once. */
export const names = (field: string, input: unknown, service?: string): ReadonlyArray<string> => {
  const names = Array.isArray(input) ? input.map((item: unknown) => isNamed(item) ? item.name : item) : undefined
  if (names === undefined || !names.every(isName)) {
    throw new InvalidOption({ service, field, expected: "a list of services or of their names", actual: show(input) })
  }
  return [...new Set(names)]
}

const isName = (input: unknown): input is string => typeof input === "string" && input.trim() !== ""

const isNamed = (input: unknown): input is { readonly name: unknown } =>
  typeof input === "object" && input !== null && "name" in input

/** Prints any value for a message, and shortens it. Never throws. */
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
    return `an unprintable ${typeof input}`
  }
}

const short = (text: string | undefined) => text === undefined ? "an object" : text.slice(0, 200)
