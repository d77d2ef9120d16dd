/**
 * Whether what is shown is how the governor is now, in words. Pure.
 */
import { clockOf } from "../operations/clock.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { inLine } from "../operations/inWords.ts"
import { type Connection, knownUntil, standingOf } from "./connection.ts"
import type { State } from "./store.ts"

interface Badge {
  readonly kind: "live" | "waiting" | "stale" | "past"
  readonly sign: string
  readonly title: string
  readonly words: string
}

/** Nothing but what is live looks live. */
export const badgeOf = ({ ahead, connection, now, recording, wish }: State): Badge => {
  const standing = standingOf(connection, now)
  if (standing === "Stale") {
    return { kind: "stale", sign: "✕", title: "Stale", words: staleInWords(connection, now, ahead) }
  }
  if (standing === "Connecting") {
    const { problem } = connection as Extract<Connection, { readonly _tag: "Connecting" }>
    return { kind: "waiting", sign: "◐", title: "Connecting", words: problem === undefined ? "" : `: ${problem}` }
  }
  if (standing === "Locked") return { kind: "waiting", sign: "✕", title: "Locked", words: "a token is needed" }
  if (wish.at !== undefined) {
    const behind = recording === undefined ? 0 : Math.max(0, recording.latest - wish.at.sequence)
    return {
      kind: "past",
      sign: "◀",
      title: "Back in time",
      words: `${behind} ${behind === 1 ? "event" : "events"} ago`
    }
  }
  if (standing === "File") {
    const { name } = connection as Extract<Connection, { readonly _tag: "File" }>
    return { kind: "past", sign: "▤", title: "File", words: name }
  }
  if (standing === "Over") {
    const at = clockOf(knownUntil(connection, now)! + ahead)
    return { kind: "past", sign: "■", title: "Shut down", words: `since ${at}, nothing follows` }
  }
  return { kind: "live", sign: "●", title: "Live", words: "" }
}

/** In the list of tabs: what is live says how it is. */
export const titleOf = ({ kind, title }: Badge, news = "", governor = "Governor"): string =>
  `${kind === "live" ? news.split(";")[0]! : title} · ${inLine(governor, 100)}`

const staleInWords = (connection: Connection, now: number, ahead: number): string => {
  const until = knownUntil(connection, now) ?? now
  const why = connection._tag === "Lost"
    ? connection.problem
    : connection._tag === "Resting"
    ? "nobody looked"
    : "silence"
  return `as of ${clockOf(until + ahead)}, ${ageInSeconds(until, now)} ago: ${why}`
}

/** What is left when times go on: lengths of time, times of the day, and what has happened since. */
export const withoutTimes = (text: string): string =>
  text.replace(/[\d.]+ (ms|s|min|h|d)\b|\d+:\d+:\d+|\d+ events? ago/g, "#").replace(/#( #)+/g, "#")
