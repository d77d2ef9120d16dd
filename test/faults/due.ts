/** How a run that ends by itself has to be told of, decided from its conduct. Pure. */
import type { GovernorEvent } from "../../src/index.ts"
import type { Conduct } from "./conduct.ts"

export interface Due {
  readonly outcome: "Completed" | "Crashed" | "either"
  /** No other run follows, whatever the policy. */
  readonly isForGood: boolean
}

/** If it is not asked to end, and its time is not over. */
export const dueOf = (conduct: Conduct, kind: "promise" | "effect"): Due => {
  const { ends } = conduct
  const fails = ends === "throws" || ends === "interrupts itself" || ends === "fails for good"
  return {
    outcome: fails || closesBadly(conduct, kind) ? "Crashed" : mayFail(conduct, kind) ? "either" : "Completed",
    isForGood: ends === "stops for good" || ends === "fails for good"
  }
}

/** `stop()` is not called for a run that ends by itself, but finalizers and closers are. */
const closesBadly = ({ defers, failsLate, stop }: Conduct, kind: "promise" | "effect"): boolean =>
  kind === "promise"
    ? defers === "throws" || (defers === "never settles" && failsLate)
    : stop === "throws" || stop === "rejects" || (stop === "never settles" && failsLate)

/** It has a child that may fail before it ends. */
const mayFail = ({ litter }: Conduct, kind: "promise" | "effect"): boolean =>
  kind === "effect" && litter === "a failing child"

/** What the due needs of an event. `isVerdict`: it was decided from outside, for the time of the run was over. */
interface Told {
  readonly _tag: GovernorEvent.ServiceEvent["_tag"]
  readonly isVerdict: boolean
}

/** What is wrong with what is told of the run of which this was due; undefined if nothing is. */
export const wrongAbout = ({ isForGood, outcome }: Due, { _tag, isVerdict }: Told): string | undefined => {
  if (_tag === "ServiceCompleted" && outcome === "Crashed") return "and its run failed"
  if (_tag === "ServiceCrashed" && outcome === "Completed" && !isVerdict) return "and its run did not fail"
  return _tag === "RestartScheduled" && isForGood ? "and its run was the last" : undefined
}
