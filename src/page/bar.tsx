/**
 * The top of the page: which governor it is, how it is in one sentence, and whether that is how it is now.
 */
import { useEffect, useRef, useState } from "preact/hooks"
import { inLine } from "../operations/inWords.ts"
import type { Acts } from "./acts.ts"
import { badgeOf, withoutTimes } from "./badge.ts"
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
      <button type="button" class="skip" onClick={() => document.getElementById("search")?.focus()}>
        To the services
      </button>
      <div class="who">
        <h1>{inLine(recording?.head.governor ?? "Governor", 100)}</h1>
        <p class={`badge ${badge.kind}`} title={badge.words}>
          <span aria-hidden="true">{badge.sign}</span> <b>{badge.title}</b> {badge.words}
        </p>
      </div>
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
