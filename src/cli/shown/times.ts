/**
 * Times as the terminal shows them. Pure.
 */
import { clockOf, dateOf } from "../../operations/clock.ts"
import { between } from "../../operations/inWords.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How long something is so, no more exact than a reader needs: it should not change while nothing happens. */
export const age = (millis: number): string => {
  const whole = Math.max(0, millis)
  const unit = whole < minute ? 1000 : whole < hour ? minute : whole < day ? hour / 60 : hour
  const rounded = Math.floor(whole / unit) * unit
  return rounded === 0 ? "0 s" : between(0, rounded)
}

/** How much longer something has to be so before a reader wants to know that, in milliseconds. */
export const stepOf = (millis: number): number => millis < 10_000 ? 1000 : millis < minute ? 10_000 : minute

/** The same for a screen that should not change all the time: `20 s` for all of the third ten seconds. */
export const ageInSteps = (millis: number): string => {
  const step = stepOf(millis)
  return age(Math.floor(millis / step) * step)
}

/** The time of the day, and the date too if it is of another day than `now`. */
export const clock = (time: number, now: number): string => {
  const at = new Date(time)
  const words = clockOf(time)
  return at.toDateString() === new Date(now).toDateString() ? words : `${dateOf(at)} ${words}`
}

/** With milliseconds: `12:04:31.250`. */
export const clockInMillis = (time: number, now: number): string =>
  `${clock(time, now)}.${String(new Date(time).getMilliseconds()).padStart(3, "0")}`

const units = { "": 1000, ms: 1, s: 1000, m: minute, h: hour } as const

/** A duration as it is written on a command line, in milliseconds: `10s`, `500ms`, `2m`. A number alone has seconds. */
export const parseDuration = (text: string): number | undefined => {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  return number === undefined ? undefined : Number(number) * units[(unit ?? "") as keyof typeof units]
}
