/**
 * How the services came up: what each waited for others, apart from what it worked, and the chain that made the whole late.
 */
import { useState } from "preact/hooks"
import { durationInWords } from "../internal/input/durationInWords.ts"
import type { Chain as Starts, Start } from "../operations/chain.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import { type Kept, startIn } from "./kept.ts"
import { ServiceLink } from "./link.tsx"
import type { Panel } from "./panel.ts"
import { State } from "./state.tsx"
import { At } from "./time.tsx"

/** As many others as are shown at first, and as many more each time. */
const few = 20
const more = 100

interface Props extends Panel {
  /** The start, if it is over. Whoever shows this panel now and then keeps it. */
  readonly kept: { current: Kept | undefined }
}

export const Chain = ({ kept, onSelect, recording, view }: Props) => {
  const { chain, kept: next } = startIn(kept.current, recording, view)
  kept.current = next
  return (
    <section class="chain" aria-labelledby="chain-name">
      <h2 id="chain-name">{chain?.ready === undefined ? "How the start goes" : "How the start went"}</h2>
      {chain === undefined
        ? <p>Nothing was started yet.</p>
        : <Whole chain={chain} now={view.now} onSelect={onSelect} />}
    </section>
  )
}

interface WholeProps extends Pick<Panel, "onSelect"> {
  readonly chain: Starts
  readonly now: number
}

const Whole = ({ chain, now, onSelect }: WholeProps) => {
  const [count, setCount] = useState(few)
  const { critical, others } = parted(chain)
  const shown = others.slice(0, count)
  const span = { begin: chain.begin, end: chain.ready ?? now, onSelect }
  return (
    <>
      <p class="sentence">
        {chain.ready === undefined
          ? `Not ready after ${ageInSeconds(chain.begin, now)}.`
          : `It took ${durationInWords(chain.ready - chain.begin)} until all were ready that had to be.`}
      </p>
      <p class="quiet">
        Began at <At millis={chain.begin} now={now} />.
        {chain.isWhole ? "" : " Its first events are not kept any more: what is shown of it comes from the statuses."}
      </p>
      <p class="legend quiet">
        <Key kind="waits" /> waited for others <Key kind="works" /> worked <Key kind="pauses" /> was between two runs
      </p>
      <table class="starts">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" title="Counted from the beginning of the whole start">Was ready</th>
            <th scope="col">Waited</th>
            <th scope="col">Worked</th>
            <th scope="col">Between runs</th>
            <th scope="col" class="wide">Over time</th>
          </tr>
        </thead>
        <Group title="The longest way, one after the other" starts={critical} {...span} />
        {shown.length > 0 && <Group title="Others, the longest work first" starts={shown} {...span} />}
      </table>
      {others.length > shown.length && (
        <button type="button" class="plain" onClick={() => setCount(count + more)}>
          {others.length - shown.length} more
        </button>
      )}
    </>
  )
}

/** The time that the pictures show. */
interface Span extends Pick<Panel, "onSelect"> {
  readonly begin: number
  readonly end: number
}

const Group = (
  { starts, title, ...span }: Span & { readonly title: string; readonly starts: ReadonlyArray<Start> }
) => (
  <tbody>
    <tr class="group">
      <th scope="rowgroup">{title}</th>
    </tr>
    {starts.map((start) => <Row key={start.name} start={start} {...span} />)}
  </tbody>
)

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

const Row = ({ begin, end, onSelect, start }: Span & { readonly start: Start }) => {
  const { name, parts, paused, ready, runs, state, waited, worked } = start
  const at = (time: number): number => end > begin ? Math.min(100, (time - begin) / (end - begin) * 100) : 0
  // What goes on is told in whole seconds, so that it does not flicker.
  const isOn = state === "Waiting" || state === "Starting"
  const length = (millis: number): string => isOn ? ageInSeconds(0, millis) : durationInWords(Math.round(millis))
  return (
    <tr data-path={name} data-state={state}>
      <th scope="row" title={name}>
        <ServiceLink path={name} onSelect={onSelect} />
      </th>
      <td>{isOn ? <State of={state} /> : ready === undefined ? "ended before" : `after ${length(ready - begin)}`}</td>
      <td class="number">{waited > 0 ? length(waited) : "–"}</td>
      <td class="number">{length(worked)}</td>
      <td class="number" title={runs === 1 ? "1 run" : `${runs} runs`}>{paused > 0 ? length(paused) : "–"}</td>
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
