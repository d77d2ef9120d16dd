/**
 * Durations, without Effect: a thread of a plain function shall load as little as possible.
 */
import type * as Duration from "effect/Duration"

const units: Readonly<Record<string, number>> = {
  nano: 1e-6,
  micro: 1e-3,
  milli: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000
}

/**
 * The milliseconds of a duration; 0 for one below that. Throws a `RangeError` for what is none.
 *
 * @internal
 */
export const millisOf = (input: Duration.Input): number => {
  const millis = decode(input)
  if (Number.isNaN(millis)) {
    throw new RangeError(`expected a duration such as 1000 or "1 second", got ${JSON.stringify(input)}`)
  }
  return Math.max(0, millis)
}

const decode = (input: unknown): number => {
  switch (typeof input) {
    case "number":
      return input
    case "bigint":
      return Number(input) / 1e6
    case "string":
      return decodeText(input)
    case "object":
      return input === null ? NaN : decodeObject(input)
    default:
      return NaN
  }
}

const decodeText = (input: string): number => {
  if (input === "Infinity" || input === "-Infinity") return Number(input)
  const [, count, unit] = /^(-?\d+(?:\.\d+)?)\s+(nano|micro|milli|second|minute|hour|day|week)s?$/.exec(input) ?? []
  return count === undefined ? NaN : Number(count) * units[unit!]!
}

/** A tuple of seconds and nanoseconds, numbers by their units, or a `Duration`, which says its own milliseconds or nanoseconds. */
const decodeObject = (input: object): number => {
  if (Array.isArray(input)) return Number(input[0]) * 1000 + Number(input[1]) / 1e6
  if (!("toJSON" in input) || typeof input.toJSON !== "function") return decodeUnits(input)
  const { _id, _tag, millis, nanos } = input.toJSON() as Record<string, unknown>
  if (_id !== "Duration") return NaN
  if (_tag === "Infinity") return Infinity
  return _tag === "Millis" ? Number(millis) : Number(nanos) / 1e6
}

/** As `{ minutes: 1, seconds: 30 }`. */
const decodeUnits = (input: object): number => {
  const counts = Object.entries(input)
  if (counts.length === 0) return NaN
  return counts.reduce((sum, [unit, count]) => sum + Number(count) * (units[unit.replace(/s$/, "")] ?? NaN), 0)
}
