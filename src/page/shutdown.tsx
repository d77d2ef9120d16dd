/**
 * A shutdown as it happens: each service against its limit, the whole against its time, and who holds it up in front. When it is
 * over, how it went.
 */
import { useState } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { ageInSeconds, inSeconds } from "../operations/inShort.ts"
import { causeInWords } from "../operations/inWords.ts"
import { type Progress, progressOf, type Stop } from "../operations/progress.ts"
import { ServiceLink } from "./link.tsx"
import { Links } from "./links.tsx"
import type { Panel } from "./panel.ts"
import { At } from "./time.tsx"
import { Word } from "./word.tsx"

const few = 30
const more = 100

export const Shutdown = ({ onSelect, view }: Panel) => {
  const [count, setCount] = useState(few)
  const progress = progressOf(view)
  if (progress === undefined) return null
  const { heldUpBy, over, sentence, stops } = progress
  const shown = stops.slice(0, count)
  const end = over?.at ?? Math.max(view.now, progress.until ?? 0)
  return (
    <section class="shutdown" aria-labelledby="shutdown-name">
      <h2 id="shutdown-name">{over === undefined ? "Shutdown" : "Shutdown, over"}</h2>
      <p class="sentence">{sentence}</p>
      <Whole progress={progress} now={view.now} />
      {over === undefined && (
        <p class="held">
          Held up by {heldUpBy === undefined ? "nobody" : <ServiceLink path={heldUpBy} onSelect={onSelect} />}
        </p>
      )}
      <table class="stops">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">State</th>
            <th scope="col">Took</th>
            <th scope="col" class="wide">Against its limit</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((stop) => (
            <Row key={stop.name} stop={stop} since={progress.since} end={end} view={view} onSelect={onSelect} />
          ))}
        </tbody>
      </table>
      {stops.length > shown.length && (
        <button type="button" class="plain" onClick={() => setCount(count + more)}>
          {stops.length - shown.length} more
        </button>
      )}
    </section>
  )
}

const Whole = ({ now, progress: { drainsUntil, over, reason, since, until } }: {
  readonly progress: Progress
  readonly now: number
}) => {
  const took = (over?.at ?? now) - since
  const used = until === undefined ? undefined : Math.min(100, took / (until - since) * 100)
  return (
    <>
      <p class="quiet">
        Since <At millis={since} now={now} />, {reasonInWords(reason)}
        {drainsUntil !== undefined && drainsUntil > now && `; the stops begin in ${inSeconds(drainsUntil - now)}`}
      </p>
      <p class="budget">
        <strong>{durationInWords(over === undefined ? Math.floor(took / 1000) * 1000 : took)}</strong>
        {until === undefined ? ", and there is no limit" : ` of ${durationInWords(until - since)}`}
      </p>
      {used !== undefined && (
        <svg class="meter" width="100%" height="10" aria-hidden="true">
          <rect class="track" width="100%" height="10" />
          <rect class={used > 80 ? "used late" : "used"} width={`${used}%`} height="10" />
        </svg>
      )}
    </>
  )
}

const reasonInWords = (reason: Progress["reason"]): string => {
  switch (reason._tag) {
    case "Requested":
      return reason.message === undefined ? "asked for by the program" : `asked for: ${reason.message}`
    case "Signal":
      return `because of ${reason.signal}`
    case "Uncaught":
      return `because of an uncaught error: ${causeInWords(reason.cause)}`
    case "Expelled":
      return `because the process may not be in its cluster: ${causeInWords(reason.cause)}`
    case "Aborted":
      return `because it was aborted: ${causeInWords(reason.cause)}`
    case "ScopeClosed":
      return "because the scope around the governor was closed"
    case "Significant":
      return `because ${reason.service} is over${reason.cause ? `: ${causeInWords(reason.cause)}` : ""}`
    case "AllOver":
      return "because all services are over"
  }
}

interface RowProps extends Pick<Panel, "view" | "onSelect"> {
  readonly stop: Stop
  readonly since: number
  readonly end: number
}

const Row = ({ end, onSelect, since, stop, view }: RowProps) => {
  const { asked, cause, ended, limit, name, state, took, waitsFor } = stop
  const at = (time: number): number =>
    end > since ? Math.max(0, Math.min(100, (time - since) / (end - since) * 100)) : 0
  const until = ended ?? view.now
  return (
    <tr class={state} data-path={name} data-state={state}>
      <th scope="row" title={name}>
        <ServiceLink path={name} onSelect={onSelect} />
        {waitsFor.length > 0 && (
          <div class="note quiet">
            waits for <Links paths={waitsFor} view={view} onSelect={onSelect} />
          </div>
        )}
        {cause && <div class="note">{causeInWords(cause)}</div>}
      </th>
      <td>
        <Word of={state} />
      </td>
      <td class="number">
        {state === "Works" ? "–" : state === "Stopping" ? ageInSeconds(0, took) : durationInWords(Math.round(took))}
        {limit !== undefined && asked !== undefined && ` of ${durationInWords(Math.round(limit - asked))}`}
      </td>
      <td class="wide">
        {asked !== undefined && (
          <svg width="100%" height="14" aria-hidden="true">
            {limit !== undefined && (
              <rect class="track" x={`${at(asked)}%`} width={`${at(limit) - at(asked)}%`} y="5" height="4" />
            )}
            <rect
              class={state}
              x={`${at(asked)}%`}
              width={`${Math.max(0.4, at(until) - at(asked))}%`}
              y="2"
              height="10"
            />
          </svg>
        )}
      </td>
    </tr>
  )
}
