/**
 * The moments that can be looked at: one after each event that is kept, and one before all. Pure.
 */
import { dayOf, exactClockOf } from "../operations/clock.ts"
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

const isFailure = ({ _tag }: Event): boolean =>
  _tag === "ServiceCrashed" || _tag === "ServiceFailed" || _tag === "ServiceAbandoned"

/** A failure is told by several events, which follow one another at once: so many at the most, in so many milliseconds. */
const [farthest, longest] = [50, 100]

/** How many events there are up to the one with which the failure shows: in the service, and in whom it takes down. */
const endOf = (events: ReadonlyArray<Event>, failure: number): number => {
  const { run, service, time } = events[failure] as Extract<Event, { readonly service: string }>
  const isNear = (i: number): boolean =>
    i - failure < farthest && i < events.length && events[i]!.time - time <= longest
  let end = failure + 1
  for (let i = end; isNear(i); i++) {
    const event = events[i]!
    if ("service" in event && event.service === service && event.run === run && isSettled(event)) {
      end = i + 1
      break
    }
  }
  while (isNear(end) && isHit(events[end]!)) end++
  return end
}

const isSettled = ({ _tag }: Event): boolean =>
  _tag === "RestartScheduled" || _tag === "ServiceFailed" || _tag === "ServiceStopped"

const isHit = (event: Event): boolean =>
  event._tag === "ServiceStopping" && (event.reason === "dependency" || event.reason === "strategy")

/** The number of the moment of the failure before so many events, or of the one after; undefined: there is none. */
export const failureFrom = (events: ReadonlyArray<Event>, index: number, by: -1 | 1): number | undefined => {
  let nearest: number | undefined
  let left = Infinity
  // One that began earlier may show later, where several fail at once.
  for (let i = by < 0 ? index - 1 : Math.max(0, index - farthest); i >= 0 && i < events.length && left > 0; i += by) {
    left--
    const end = isFailure(events[i]!) ? endOf(events, i) : index
    if (end === index || end < index !== by < 0) continue
    if (nearest === undefined) left = farthest
    if (nearest === undefined || end < nearest === by > 0) nearest = end
  }
  return nearest
}

/** The number of the moment of the failure that is nearest to this share of the events, and not far; undefined: there is none. */
export const failureNear = (events: ReadonlyArray<Event>, share: number): number | undefined => {
  const [at, far] = [share * events.length, Math.max(2, events.length / 50)]
  let nearest: number | undefined
  for (const [i, event] of events.entries()) {
    const distance = Math.abs(i + 0.5 - at)
    if (distance > far || !isFailure(event)) continue
    if (nearest === undefined || distance < Math.abs(nearest + 0.5 - at)) nearest = i
  }
  return nearest === undefined ? undefined : endOf(events, nearest)
}

/** How many failures there are in each of so many equal parts of the events. */
export const failuresIn = (events: ReadonlyArray<Event>, parts: number): ReadonlyArray<number> => {
  const counts = Array.from({ length: parts }, () => 0)
  for (const [i, event] of events.entries()) if (isFailure(event)) counts[Math.floor((i * parts) / events.length)]!++
  return counts
}

/** What happened last, and how long ago or, back in time, before now. Undefined: how all was before the oldest event that is kept. */
export const momentInWords = (event: Event | undefined, now: number, isPast = false): string =>
  event === undefined
    ? "before the oldest event that is kept"
    : `${dayOf(event.time, now)}${exactClockOf(event.time)} (${ageInSeconds(event.time, now)} ${
      isPast ? "before now" : "ago"
    }) ${eventInShort(event)}`
