/**
 * The words that all views share. Each is one line, whatever the names and messages hold. Pure.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import type { Status } from "./View.ts"

type Cause = NonNullable<Status["lastFailure"]>["cause"]

/** Controls, the ends of lines, halves of characters, and what turns the direction of a text around. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** The text without what would change more than a place in a line. */
export const printable = (text: string): string => text.replace(unprintable, " ")

/** The text in one line of at most so many characters. */
export const inLine = (text: string, most = 200): string => {
  const line = printable(text.slice(0, 2 * most)).trim()
  if (line.length <= most && text.length <= 2 * most) return line
  return `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`
}

/** The first line of what was thrown. */
export const causeInWords = ({ message, name }: Cause): string =>
  inLine(`${name}: ${message.trimStart().split("\n", 1)[0]!}`.replace(/: $/, ""))

export const named = (path: string): string => inLine(path, 100)

/** As many names as a reader takes in, in one line. */
export const namesInWords = (paths: ReadonlyArray<string>): string => {
  const shown = paths.slice(0, paths.length > 5 ? 4 : 5).map(named)
  const last = paths.length > 5 ? `${paths.length - 4} more` : shown.pop() ?? ""
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`
}

/** What is next after a delay without end. */
export const neverInWords = "no next run by itself"

/** A length of time, as exact as a person looks at it: a second of ten seconds, a tenth of one. */
const inShortTime = (millis: number): string => {
  const least = millis >= 10_000 ? 1000 : millis >= 1000 ? 100 : 1
  return durationInWords(Math.round(millis / least) * least)
}

/** How long ago, or how long until: never less than nothing. */
export const between = (from: number, to: number): string => inShortTime(Math.max(0, to - from))

/** When the next run begins, after a delay that may have no end. */
export const nextInWords = (until: number, now: number): string => {
  if (until === Infinity) return neverInWords
  return until > now ? `next run in ${between(now, until)}` : "the next run is due"
}

/** `crashed 3 times in 2 min`. */
export const crashesInWords = (crashes: number, span: number): string =>
  crashes === 1 ? "crashed once" : `crashed ${crashes} times in ${inShortTime(span)}`
