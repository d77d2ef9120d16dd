/**
 * What the results of a check say, one after another. Pure.
 */

/** How many results in a row were the same: a number above 0 for successes, one below 0 for failures. */
export type Streak = number

/** How many results in a row count. */
export interface Limits {
  readonly failures: number
  readonly successes: number
}

/** `Open`: too few results in a row say the same. */
export type Verdict = "Passes" | "Fails" | "Open"

export const nextStreak = (streak: Streak, hasPassed: boolean): Streak =>
  hasPassed ? Math.max(streak, 0) + 1 : Math.min(streak, 0) - 1

export const verdictOf = (streak: Streak, { failures, successes }: Limits): Verdict => {
  if (streak >= successes) return "Passes"
  return -streak >= failures ? "Fails" : "Open"
}
