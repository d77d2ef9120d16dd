/**
 * How the services came up: what each waited for others, apart from what it worked, and the chain that made the whole late.
 */
import { useState } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { type Chain as Starts, chainOf, type Start } from "../operations/chain.ts"
import { ServiceLink } from "./link.tsx"
import type { Panel } from "./panel.ts"
import { At, inSeconds } from "./time.tsx"

/** As many others as are shown at first, and as many more each time. */
const few = 20
const more = 100

export const Chain = ({ onSelect, view }: Panel) => {
  const [count, setCount] = useState(few)
  const chain = chainOf(view)
  if (chain === undefined) {
    return (
      <section class="chain" aria-labelledby="chain-name">
        <h2 id="chain-name">Start</h2>
        <p>Nothing was started yet.</p>
      </section>
    )
  }
  const { critical, others } = parted(chain)
  const shown = others.slice(0, count)
  const end = chain.ready ?? view.now
  const row = (start: Start) => (
    <Row key={start.name} start={start} begin={chain.begin} end={end} now={view.now} onSelect={onSelect} />
  )
  return (
    <section class="chain" aria-labelledby="chain-name">
      <h2 id="chain-name">Start</h2>
      <p class="sentence">{chain.sentence}</p>
      <p class="quiet">
        Began at <At millis={chain.begin} now={view.now} />.
        {chain.isWhole ? "" : " Its first events are not kept any more: what is shown of it comes from the statuses."}
      </p>
      <p class="legend quiet">
        <Key kind="waits" /> waits for others <Key kind="works" /> works <Key kind="pauses" /> between two runs
      </p>
      <table class="starts">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Waited</th>
            <th scope="col">Worked</th>
            <th scope="col" class="wide">From the beginning to the end</th>
          </tr>
        </thead>
        <tbody>
          <tr class="group">
            <th scope="rowgroup" colSpan={4}>What made it take so long, one after the other</th>
          </tr>
          {critical.map(row)}
        </tbody>
        {shown.length > 0 && (
          <tbody>
            <tr class="group">
              <th scope="rowgroup" colSpan={4}>Others, the longest work first</th>
            </tr>
            {shown.map(row)}
          </tbody>
        )}
      </table>
      {others.length > shown.length && (
        <button type="button" class="plain" onClick={() => setCount(count + more)}>
          {others.length - shown.length} more
        </button>
      )}
    </section>
  )
}

const parted = ({ critical, starts }: Starts) => {
  const all = new Map(starts.map((start) => [start.name, start]))
  const names = new Set(critical.map(({ name }) => name))
  return {
    critical: critical.map(({ name }) => all.get(name)!),
    others: starts.filter(({ name }) => !names.has(name)).toSorted((a, b) => b.worked + b.paused - a.worked - a.paused)
  }
}

const Key = ({ kind }: { readonly kind: Start["parts"][number]["kind"] }) => (
  <svg class="key" width="16" height="10" aria-hidden="true">
    <Bar kind={kind} x={0} width={100} top={0} />
  </svg>
)

/** Each kind has another height, for those who see no colours. */
const heights = { works: 10, pauses: 5, waits: 2 } as const

interface BarProps {
  readonly kind: Start["parts"][number]["kind"]
  /** In percent. */
  readonly x: number
  readonly width: number
  readonly top: number
}

const Bar = ({ kind, top, width, x }: BarProps) => (
  <rect
    class={kind}
    x={`${x}%`}
    width={`${Math.max(0.4, width)}%`}
    y={top + (10 - heights[kind]) / 2}
    height={heights[kind]}
  />
)

interface RowProps extends Pick<Panel, "onSelect"> {
  readonly start: Start
  readonly begin: number
  readonly end: number
  readonly now: number
}

const Row = ({ begin, end, onSelect, start }: RowProps) => {
  const { name, parts, paused, ready, runs, state, waited, worked } = start
  const at = (time: number): number => end > begin ? Math.min(100, (time - begin) / (end - begin) * 100) : 0
  const length = (millis: number): string =>
    state === "Waiting" || state === "Starting" ? inSeconds(millis) : durationInWords(Math.round(millis))
  const notes = [
    ...(ready === undefined ? [state === "Over" ? "not ready: it failed or was stopped" : "not ready yet"] : []),
    ...(runs > 1 ? [`${runs} runs, ${length(paused)} between them`] : [])
  ]
  return (
    <tr data-path={name} data-state={state}>
      <th scope="row">
        <ServiceLink path={name} onSelect={onSelect} />
        {notes.length > 0 && <span class="quiet note" title={notes.join("; ")}>{notes.join("; ")}</span>}
      </th>
      <td class="number">{waited > 0 ? length(waited) : "–"}</td>
      <td class="number">{length(worked)}</td>
      <td class="wide">
        <svg width="100%" height="14" aria-hidden="true">
          {parts.map(({ from, kind, to }) => (
            <Bar key={from} kind={kind} x={at(from)} width={at(to) - at(from)} top={2} />
          ))}
        </svg>
      </td>
    </tr>
  )
}
