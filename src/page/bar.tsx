/**
 * The top of the page: which governor it is, how it is in one sentence, and whether that is how it is now.
 */
import { useEffect, useRef, useState } from "preact/hooks"
import { inSeconds } from "../operations/inShort.ts"
import type { Acts } from "./acts.ts"
import { type Connection, knownUntil, standingOf } from "./connection.ts"
import { floored } from "./problems.tsx"
import type { State } from "./store.ts"

interface Props {
  readonly state: State
  readonly news: string
  readonly acts: Acts
}

export const Bar = ({ acts, news, state }: Props) => {
  const { mayCommand, recording } = state
  const badge = badgeOf(state)
  return (
    <header class="bar">
      <h1>{recording?.head.governor ?? "Governor"}</h1>
      <p class={`badge ${badge.kind}`} title={badge.words}>
        <span aria-hidden="true">{badge.sign}</span> <b>{badge.title}</b> {badge.words}
      </p>
      <p class="news" title={news}>{news}</p>
      <nav aria-label="Incident and commands">
        {mayCommand && <button type="button" onClick={acts.lock}>Forget token</button>}
        {state.connection._tag === "File" && <button type="button" onClick={acts.live}>Leave file</button>}
        <button type="button" onClick={acts.save} disabled={recording === undefined}>Save incident</button>
        <label class="button">
          Open incident
          <input
            type="file"
            accept=".ndjson,application/x-ndjson"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0]
              currentTarget.value = ""
              if (file !== undefined) acts.open(file)
            }}
          />
        </label>
      </nav>
      <Spoken text={badge.kind === "live" ? news : `${badge.title}: ${badge.words}`} />
    </header>
  )
}

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
    const behind = recording === undefined ? 0 : recording.latest - wish.at.sequence
    return { kind: "past", sign: "◀", title: "Back in time", words: `${behind} events ago` }
  }
  if (standing === "File") {
    const { name } = connection as Extract<Connection, { readonly _tag: "File" }>
    return { kind: "past", sign: "▤", title: "File", words: name }
  }
  if (standing === "Over") {
    const at = clock(knownUntil(connection, now)! + ahead)
    return { kind: "past", sign: "■", title: "Shut down", words: `since ${at}, nothing follows` }
  }
  return { kind: "live", sign: "●", title: "Live", words: "" }
}

const staleInWords = (connection: Connection, now: number, ahead: number): string => {
  const until = knownUntil(connection, now) ?? now
  const why = connection._tag === "Lost"
    ? connection.problem
    : connection._tag === "Resting"
    ? "nobody looked"
    : "silence"
  return `as of ${clock(until + ahead)}, ${inSeconds(floored(now - until))} ago: ${why}`
}

const clock = (time: number): string => new Date(time).toLocaleTimeString()

/** How often a screen reader is told the news at most, in milliseconds. */
const breath = 5000

/** Tells a screen reader what has changed, and not each number that goes on. */
const Spoken = ({ text }: { readonly text: string }) => {
  const [said, say] = useState("")
  const latest = useRef(text)
  latest.current = text
  const isNews = withoutTimes(text) !== withoutTimes(said)
  useEffect(() => {
    if (!isNews) return
    const timer = setTimeout(() => say(latest.current), said === "" ? 0 : breath)
    return () => clearTimeout(timer)
  }, [isNews, said])
  return <p class="hidden" role="status" aria-live="polite">{said}</p>
}

/** What is left when times go on. */
export const withoutTimes = (text: string): string => text.replace(/[\d.:]+( (ms|s|min|h|d)\b)?/g, "#")
