/** What a node may do that was frozen or blocked: it does not know that another node has its services. Pure. */
import type { Violation } from "./audit.ts"

/** A node did not run for a while, in milliseconds by the clock of the machine. */
export interface Pause {
  readonly node: string
  readonly pid: number
  readonly from: number
  readonly until: number
}

/**
 * Whether this is what a pause may lead to: an overlap until `tail` after the end of the pause at the latest, and a run that
 * begins with the epoch that it had before.
 */
export const isExplained = (violation: Violation, pauses: ReadonlyArray<Pause>, tail: number): boolean => {
  const isWithin = (pid: number, from: number, until: number) =>
    pauses.some((pause) => pause.pid === pid && from >= pause.from && until <= pause.until + tail)
  switch (violation._tag) {
    case "Overlap":
      return isWithin(violation.stale.pid, violation.from, violation.from + violation.millis)
    case "EpochNotGrown":
      return violation.epoch < violation.before && isWithin(violation.pid, violation.at, violation.at)
    default:
      return false
  }
}
