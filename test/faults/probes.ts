/** The probes of services: what is drawn of them, and what may be told of them after what their checks did. Pure. */
import type { Random } from "./random.ts"

/** In milliseconds. */
export interface Timing {
  readonly every: number
  readonly timeout: number
  readonly failures: number
  readonly successes: number
}

export const timingFrom = ({ between, chance }: Random): Timing => ({
  every: between(5, 100),
  timeout: chance(0.9) ? between(20, 100) : 1,
  failures: between(1, 3),
  successes: chance(0.7) ? 1 : 2
})

/** What a check does. `"hangs"`: until the governor is gone, and it does not heed its signal or its interruption. */
export type Check = "passes" | "is slow" | "says no" | "throws" | "rejects" | "waits for its end" | "hangs"

export const checkFrom = ({ chance, pick }: Random): Check =>
  chance(0.8)
    ? pick(["passes", "passes", "is slow"])
    : pick(["says no", "throws", "rejects", "says no", "throws", "rejects", "waits for its end", "hangs"])

/** How a check has ended. `"late"`: it may count as either, or not at all, or has not ended. */
export type Result = "passed" | "failed" | "late"

/** What the process may add to the time of a check, or its timers may take away from it, in milliseconds. */
const slack = 2

export const resultOf = (hasPassed: boolean, millis: number, { timeout }: Timing): Result =>
  millis > timeout - slack ? "late" : hasPassed ? "passed" : "failed"

/** Whether enough checks in a row may have succeeded, and not enough have failed for sure since. */
export const mayBeWell = (results: ReadonlyArray<Result>, { failures, successes }: Timing): boolean => {
  let [passed, failed, isWell] = [0, 0, false]
  for (const result of results) {
    passed = result === "failed" ? 0 : passed + 1
    failed = result === "failed" ? failed + 1 : 0
    isWell = passed >= successes || (isWell && failed < failures)
  }
  return isWell
}

/** Whether enough checks in a row may have failed, up to the last one. One that does not end counts more than once. */
export const mayBeUnwell = (results: ReadonlyArray<Result>, { failures }: Timing): boolean => {
  const since = results.slice(results.lastIndexOf("passed") + 1)
  return since.includes("late") || since.length >= failures
}
