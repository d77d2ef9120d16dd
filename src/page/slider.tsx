/**
 * Back in time: every moment between the oldest event that is kept and now can be looked at.
 */
import type { ComponentChildren } from "preact"
import type { Recording } from "../operations/Recording.ts"
import type { Acts } from "./acts.ts"
import type { Moment } from "./address.ts"
import { failureFrom, failureNear, failuresIn, indexOf, momentInWords } from "./moments.ts"

interface Props {
  readonly recording: Recording
  readonly at: Moment | undefined
  /** What time it is now for the governor. */
  readonly now: number
  /** Where the failures are. It is drawn less often than the rest. */
  readonly marks: ComponentChildren
  readonly acts: Acts
}

/** In how many parts the failures are counted. */
const parts = 120

/** How many failures there were when. A click goes to one; the buttons beside go to each. */
export const Marks = ({ acts, recording }: Pick<Props, "recording" | "acts">) => {
  const counts = failuresIn(recording.events, parts)
  const most = Math.max(1, ...counts)
  const bars = counts.flatMap((count, i) => count === 0 ? [] : [`M${i} 8v-${2 + (6 * count) / most}h1V8z`])
  return (
    <svg
      class="marks"
      viewBox={`0 0 ${parts} 8`}
      preserveAspectRatio="none"
      aria-hidden="true"
      onClick={({ clientX, currentTarget }) => {
        const { left, width } = currentTarget.getBoundingClientRect()
        const to = failureNear(recording.events, (clientX - left) / width)
        if (to !== undefined) acts.wish({ at: momentAt(recording, to) })
      }}
    >
      <path d={bars.join("")} />
    </svg>
  )
}

/** The moment after so many of the events. */
const momentAt = ({ events, head: { epoch, sequence } }: Recording, count: number): Moment => ({
  epoch,
  sequence: events[count - 1]?.sequence ?? sequence
})

export const Slider = ({ acts, at, marks, now, recording }: Props) => {
  const { events } = recording
  const index = at === undefined ? events.length : indexOf(events, at.sequence)
  const go = (to: number): void => {
    const wanted = Math.max(0, Math.min(events.length, to))
    // Whoever moves to the end wants what is now, unless this was at the end before.
    acts.wish({ at: at !== undefined && wanted === events.length ? undefined : momentAt(recording, wanted) })
  }
  const words = momentInWords(events[index - 1], now, at !== undefined)
  return (
    <section class="slider" aria-label="Time">
      <div class="steps">
        <Step label="To the failure before" sign="⇤" to={failureFrom(events, index, -1)} go={go} />
        <Step label="One event back" sign="‹" to={index === 0 ? undefined : index - 1} go={go} />
        <Step label="One event on" sign="›" to={at === undefined ? undefined : index + 1} go={go} />
        <Step label="To the next failure" sign="⇥" to={failureFrom(events, index, 1)} go={go} />
      </div>
      <div class="track">
        {marks}
        <input
          type="range"
          aria-label="Back in time"
          aria-valuetext={at === undefined ? "now" : words}
          min={0}
          max={events.length}
          value={index}
          disabled={events.length === 0}
          onInput={({ currentTarget }) => go(Number(currentTarget.value))}
        />
      </div>
      <output>
        <span class="count" title="Events that are kept">{index} of {events.length}</span>
        <span class="moment" title={words}>{words}</span>
      </output>
      <button type="button" class="live" onClick={acts.live} disabled={at === undefined}>Now</button>
    </section>
  )
}

const Step = ({ go, label, sign, to }: {
  readonly label: string
  readonly sign: string
  readonly to: number | undefined
  readonly go: (to: number) => void
}) => (
  <button type="button" aria-label={label} title={label} disabled={to === undefined} onClick={() => go(to!)}>
    {sign}
  </button>
)
