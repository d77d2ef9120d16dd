/**
 * Back in time: every moment between the oldest event that is kept and now can be looked at.
 */
import type { Recording } from "../operations/Recording.ts"
import type { Acts } from "./acts.ts"
import type { Moment } from "./address.ts"
import { indexOf, momentInWords } from "./moments.ts"

interface Props {
  readonly recording: Recording
  readonly at: Moment | undefined
  /** What time it is now for the governor. */
  readonly now: number
  readonly acts: Acts
}

export const Slider = ({ acts, at, now, recording }: Props) => {
  const { events, head } = recording
  const index = at === undefined ? events.length : indexOf(events, at.sequence)
  const go = (to: number): void => {
    const wanted = Math.max(0, Math.min(events.length, to))
    const sequence = wanted === 0 ? head.sequence : events[wanted - 1]!.sequence
    // Whoever moves to the end wants what is now, unless this was at the end before.
    acts.wish({ at: at !== undefined && wanted === events.length ? undefined : { epoch: head.epoch, sequence } })
  }
  const words = momentInWords(events[index - 1], now)
  return (
    <section class="slider" aria-label="Time">
      <button type="button" onClick={() => go(index - 1)} disabled={index === 0} aria-label="One event back">‹</button>
      <button type="button" onClick={() => go(index + 1)} disabled={at === undefined} aria-label="One event on">
        ›
      </button>
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
      <output>
        <span class="count" title="Events that are kept">{index} of {events.length}</span>
        <span class="moment" title={words}>{words}</span>
      </output>
      <button type="button" class="live" onClick={acts.live} disabled={at === undefined}>Now</button>
    </section>
  )
}
