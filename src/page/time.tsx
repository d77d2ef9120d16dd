/**
 * Moments as a reader takes them in.
 */
import { clockOf, dayOf } from "../operations/clock.ts"
import { ageInSeconds } from "../operations/inShort.ts"

/** A moment, with its day if that was another. */
export const At = ({ millis, now }: { readonly millis: number; readonly now: number }) => {
  const iso = new Date(millis).toISOString()
  return (
    <time dateTime={iso} title={iso}>
      {dayOf(millis, now)}
      {clockOf(millis)}
    </time>
  )
}

export const Ago = ({ millis, now }: { readonly millis: number; readonly now: number }) => (
  <>
    <At millis={millis} now={now} /> ({ageInSeconds(millis, now)} ago)
  </>
)
