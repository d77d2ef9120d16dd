/**
 * How messages and log lines write a duration.
 */

/** The units, in milliseconds. */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * Writes a duration for a reader, in milliseconds: `500 ms`, `1.5 s`, `2 min 30 s`. It is as exact as a reader needs: at
 * the most two units, or two decimals of a second.
 */
export const durationInWords = (millis: number): string => {
  if (millis === Infinity) return "an infinite time"
  if (!(millis > 0)) return "0 ms"
  if (millis < 1) return `${Math.max(0.1, Math.round(millis * 10) / 10)} ms`
  const whole = Math.round(millis)
  if (whole < second) return `${whole} ms`
  const hundredths = Math.round(millis / 10)
  if (hundredths * 10 < minute) return `${hundredths / 100} s`
  const seconds = Math.round(millis / second) * second
  if (seconds < hour) return inTwo(seconds, minute, "min", second, "s")
  const minutes = Math.round(millis / minute) * minute
  return minutes < day
    ? inTwo(minutes, hour, "h", minute, "min")
    : inTwo(Math.round(millis / hour) * hour, day, "d", hour, "h")
}

const inTwo = (millis: number, large: number, largeName: string, small: number, smallName: string): string => {
  const rest = (millis % large) / small
  return `${Math.floor(millis / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`
}
