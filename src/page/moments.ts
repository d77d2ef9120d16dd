/**
 * The moments that can be looked at: one after each event that is kept, and one before all. Pure.
 */
import { eventInShort } from "../operations/eventInShort.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import type { Event } from "../operations/View.ts"
import { dayOf, exactClockOf } from "./clock.ts"

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

const isFailure = ({ _tag }: Event): boolean =>
  _tag === "ServiceCrashed" || _tag === "ServiceFailed" || _tag === "ServiceAbandoned"

/** The number of the failure before the moment after so many events, or of the one after it; undefined: there is none. */
export const failureFrom = (events: ReadonlyArray<Event>, index: number, by: -1 | 1): number | undefined => {
  const first = by < 0 ? index - 2 : index // the event at the index before is the one that is shown
  for (let i = first; i >= 0 && i < events.length; i += by) if (isFailure(events[i]!)) return i + 1
  return undefined
}

/** How many failures there are in each of so many equal parts of the events. */
export const failuresIn = (events: ReadonlyArray<Event>, parts: number): ReadonlyArray<number> => {
  const counts = Array.from({ length: parts }, () => 0)
  for (const [i, event] of events.entries()) if (isFailure(event)) counts[Math.floor((i * parts) / events.length)]!++
  return counts
}

/** What happened last. Undefined: how all was before the oldest event that is kept. */
export const momentInWords = (event: Event | undefined, now: number): string =>
  event === undefined
    ? "before the oldest event that is kept"
    : `${dayOf(event.time, now)}${exactClockOf(event.time)} (${ageInSeconds(event.time, now)} ago) ${
      eventInShort(event)
    }`
