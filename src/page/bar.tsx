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
      <Spoken
        text={badge.kind === "live" ? news : `${badge.title}: ${badge.words}`}
        isLive={badge.kind === "live"}
        at={state.wish.at?.sequence}
      />
    </header>
  )
}

/** How long nothing has to change before a screen reader is told, and how long it waits at most, in milliseconds. */
const [pause, breath] = [1500, 5000]

interface SpokenProps {
  readonly text: string
  readonly isLive: boolean
  /** The moment that is shown. */
  readonly at: number | undefined
}

const newsOf = ({ at, text }: SpokenProps): string => `${at ?? ""} ${withoutTimes(text)}`

/** Tells a screen reader what has changed, and not each number that goes on. A moment that was left is not there to be read. */
const Spoken = (props: SpokenProps) => {
  const [said, say] = useState<SpokenProps>({ ...props, text: "" })
  const latest = useRef(props)
  latest.current = props
  const since = useRef(0)
  const news = newsOf(props)
  const isNews = news !== newsOf(said)
  useEffect(() => {
    if (!isNews) return void (since.current = 0)
    since.current ||= Date.now()
    const left = Math.max(0, since.current + breath - Date.now())
    const timer = setTimeout(() => {
      since.current = 0
      say(latest.current)
    }, said.text === "" ? 0 : Math.min(props.isLive && said.isLive ? breath : pause, left))
    return () => clearTimeout(timer)
  }, [news, isNews, said])
  const isOld = isNews && !(props.isLive && said.isLive)
  return <p class="hidden" role="status" aria-live="polite">{isOld ? "" : said.text}</p>
}
