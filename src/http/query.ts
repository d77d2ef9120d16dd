/**
 * What stands behind the question mark. All functions throw `Refused` for what is wrong.
 */
import { matches, mostStars, starsIn } from "../operations/globs.ts"
import { refuse } from "./exchange.ts"

export type Query = URLSearchParams

/** Refuses a name that the route does not know: it may be misspelt, and then the answer would not be what was asked for. */
export const check = (query: Query, known: ReadonlyArray<string>): void => {
  for (const name of query.keys()) {
    if (!known.includes(name)) refuse(400, `unknown parameter ${shown(name)}: this path has ${listed(known)}`)
  }
}

const listed = (known: ReadonlyArray<string>): string =>
  known.length === 0 ? "no parameters" : known.map((name) => `"${name}"`).join(", ")

/** What came, in short. */
const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** All values of a parameter, which may also stand in one, with commas. */
export const all = (query: Query, name: string): ReadonlyArray<string> =>
  query.getAll(name).flatMap((value) => value.split(",")).filter((value) => value !== "")

/** Whether a parameter is set that needs no value. */
export const flag = (query: Query, name: string): boolean => {
  const value = query.get(name)
  if (value === null || value === "false") return false
  return value === "" || value === "true" ||
    refuse(400, `"${name}": expected nothing, true or false, got ${shown(value)}`)
}

export const count = (query: Query, name: string, most: number, by: number, least = 1): number => {
  const value = query.get(name)
  if (value === null) return by
  const number = /^\d{1,15}$/.test(value) ? Number(value) : -1
  return number >= least && number <= most
    ? number
    : refuse(400, `"${name}": expected a number from ${least} to ${most}, got ${shown(value)}`)
}

export const oneOf = <const A extends string>(query: Query, name: string, choices: ReadonlyArray<A>): A | undefined => {
  const value = query.get(name)
  return value === null ? undefined : choice(name, value, choices)
}

export const someOf = <const A extends string>(query: Query, name: string, choices: ReadonlyArray<A>): ReadonlySet<A> =>
  new Set(all(query, name).map((value) => choice(name, value, choices)))

const choice = <A extends string>(name: string, value: string, choices: ReadonlyArray<A>): A =>
  choices.find((choice) => choice === value) ??
    refuse(400, `"${name}": expected ${choices.join(", ")}, got ${shown(value)}`)

const units = { "": 1000, ms: 1, s: 1000, m: 60_000 }

/** A duration such as `10s`, in milliseconds. A number alone has seconds. */
export const duration = (query: Query, name: string, most: number): number | undefined => {
  const value = query.get(name)
  if (value === null) return undefined
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(value) ?? []
  const millis = Number(number) * units[(unit ?? "") as keyof typeof units]
  return millis <= most
    ? millis
    : refuse(400, `"${name}": expected a duration such as 10s, at most ${most / 1000}s, got ${shown(value)}`)
}

/** Tells whether a path is one of these, in which `*` stands for any text. Undefined: there are none. */
export const globs = (query: Query, name: string): ((path: string) => boolean) | undefined => {
  const wanted = all(query, name)
  const tooMany = wanted.find((glob) => starsIn(glob) > mostStars)
  if (tooMany !== undefined) refuse(400, `expected at most three stars, got ${shown(tooMany)}`)
  return wanted.length === 0 ? undefined : matches(wanted)
}
