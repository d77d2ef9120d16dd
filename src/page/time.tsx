/**
 * Moments as a reader takes them in.
 */
import { ageInSeconds } from "../operations/inShort.ts"

const two = (value: number): string => String(value).padStart(2, "0")

/** `14:03:22`, by the clock of the reader. */
export const clockOf = (millis: number): string => {
  const date = new Date(millis)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")
}

const day = 86_400_000

/** A moment, with its day if that was another. */
export const At = ({ millis, now }: { readonly millis: number; readonly now: number }) => {
  const date = new Date(millis)
  const isFar = now - millis > day / 2 && new Date(now).getDate() !== date.getDate()
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {isFar ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` : ""}
      {clockOf(millis)}
    </time>
  )
}

export const Ago = ({ millis, now }: { readonly millis: number; readonly now: number }) => (
  <>
    <At millis={millis} now={now} /> ({ageInSeconds(millis, now)} ago)
  </>
)
