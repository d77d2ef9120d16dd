/**
 * The moments that can be looked at: one after each event that is kept, and one before all. Pure.
 */
import { eventInShort } from "../operations/eventInShort.ts"
import { ageInSeconds } from "../operations/inShort.ts"
import type { Event } from "../operations/View.ts"

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

/** What happened last. Undefined: how all was before the oldest event that is kept. */
export const momentInWords = (event: Event | undefined, now: number): string =>
  event === undefined
    ? "before the oldest event that is kept"
    : `${timeInWords(event.time)} (${ageInSeconds(event.time, now)} ago) ${eventInShort(event)}`

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3
})

const timeInWords = (time: number): string => clock.format(time)
