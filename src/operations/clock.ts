/**
 * Times of the day, by the clock of the reader, and written the same everywhere. Pure.
 */

const two = (value: number): string => String(value).padStart(2, "0")

/** `14:03:22` */
export const clockOf = (millis: number): string => {
  const date = new Date(millis)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")
}

/** `14:03:22.120` */
export const exactClockOf = (millis: number): string =>
  `${clockOf(millis)}.${String(new Date(millis).getMilliseconds()).padStart(3, "0")}`

const halfDay = 43_200_000

/** `2026-11-29 `, if that was another day, and not just before midnight. */
export const dayOf = (millis: number, now: number): string => {
  const date = new Date(millis)
  if (now - millis <= halfDay || new Date(now).toDateString() === date.toDateString()) return ""
  return `${dateOf(date)} `
}

/** `2026-11-29` */
export const dateOf = (date: Date): string =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join("-")
