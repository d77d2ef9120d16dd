/**
 * A chain of starts in one sentence. Pure.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import type { Chain } from "./chain.ts"
import { named } from "./inWords.ts"

/** As many services as a reader takes in. */
const most = 4

const second = 1000

/** `all ready after 12.4 s: database 8 s, then api 4.4 s`. */
export const chainInWords = ({ begin, critical, ready }: Omit<Chain, "sentence">, now: number): string => {
  // What goes on is told in whole seconds: it is another at once.
  const length = (millis: number): string =>
    durationInWords(ready === undefined && millis >= second ? Math.floor(millis / second) * second : Math.round(millis))
  const whole = length(Math.max(0, (ready ?? now) - begin))
  const head = ready === undefined ? `not ready after ${whole}` : `all ready after ${whole}`
  const worth = critical.filter(({ took }) => took >= ((ready ?? now) - begin) / 100 && took > 0)
  const longest = new Set(worth.toSorted((a, b) => b.took - a.took).slice(0, most))
  const shown = worth.filter((share) => longest.has(share))
  if (shown.length === 0) return head
  const left = worth.length - shown.length
  const parts = shown.map(({ name, took }) => `${named(name)} ${length(took)}`)
  return `${head}: ${parts.join(", then ")}${left > 0 ? `, and ${left} more` : ""}`
}
