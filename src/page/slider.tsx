/**
 * Back in time: every moment between the oldest event that is kept and now can be looked at.
 */
import { eventInShort } from "../operations/eventInShort.ts"
import { inSeconds } from "../operations/inShort.ts"
import type { Recording } from "../operations/Recording.ts"
import type { Event } from "../operations/View.ts"
import type { Acts } from "./acts.ts"
import type { Moment } from "./address.ts"
import { floored } from "./problems.tsx"

interface Props {
  readonly recording: Recording
  readonly at: Moment | undefined
  /** What time it is now for the governor. */
  readonly now: number
  readonly acts: Acts
}

/** The number of the event that is shown, from 1; 0: how all was before the oldest one that is kept. */
export const indexOf = (events: ReadonlyArray<Event>, sequence: number): number => {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle]!.sequence <= sequence) low = middle + 1
    else high = middle
  }
  return low
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
  const words = momentInWords(events[index - 1], index, now)
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
        <span class="count">{`${index} of ${events.length} events`}</span>
        <span class="moment" title={words}>{words}</span>
      </output>
      <button type="button" class="live" onClick={acts.live} disabled={at === undefined}>Now</button>
    </section>
  )
}

const momentInWords = (event: Event | undefined, index: number, now: number): string =>
  event === undefined
    ? index === 0 ? "before the oldest event that is kept" : ""
    : `${timeInWords(event.time)} (${inSeconds(floored(now - event.time))} ago) ${eventInShort(event)}`

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3
})

const timeInWords = (time: number): string => clock.format(time)
