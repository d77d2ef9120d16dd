/** What the report of a shutdown must say, by what was told of the runs. Pure. */
import type { Told } from "./Ledger.ts"

export interface Due {
  /** More than one where chance decides: the shutdown came while the run was ending by itself. */
  readonly outcomes: ReadonlyArray<string>
  readonly isOk: boolean
  /** What the service failed with, if it is known. */
  readonly cause?: string | undefined
}

/** Of one service that was to start, by all that was told of it. Undefined if it was removed. */
export const dueFor = (all: ReadonlyArray<Told>): Due | undefined => {
  if (all.some(({ event }) => event === "Removed")) return undefined
  const run = all.findLast(({ event }) => event === "Starting")?.run ?? 0
  const last = all.filter((told) => told.run === run)
  if (last.at(-1)?.cause === "DependencyFailed") {
    return { outcomes: ["Failed"], isOk: false, cause: "DependencyFailed" }
  }
  const end = last.find(({ event }) => isEnd(event))
  switch (end?.event) {
    case "Interrupted":
      return end.cause === undefined
        ? { outcomes: ["Stopped"], isOk: true }
        : { outcomes: [isFailedBy(end, last) ? "Failed" : "Stopped"], isOk: false, cause: end.cause }
    case "Crashed":
      return afterCrash(last, end)
    default:
      return { outcomes: ["Stopped"], isOk: true }
  }
}

/** One that was ended by force has failed, unless it was stopped for what it is bound to, and waited for that again. */
const isFailedBy = ({ cause }: Told, last: ReadonlyArray<Told>): boolean =>
  cause === "RunKilled" && !last.some(({ event }) => event === "Waiting")

/** A crash counts if nothing followed it, or if the run was asked to end before it was over. */
const afterCrash = (last: ReadonlyArray<Told>, crash: Told): Due => {
  const next = last.slice(last.indexOf(crash)).find(({ event }) => event === "RestartScheduled" || event === "Stopping")
  switch (next?.event) {
    case "RestartScheduled":
      return { outcomes: ["Stopped"], isOk: true }
    case "Stopping":
      return { outcomes: ["Failed", "Stopped"], isOk: false }
    default:
      return { outcomes: ["Failed"], isOk: false, cause: crash.cause }
  }
}

/** Whether the event tells how a run has ended. */
export const isEnd = (event: string): boolean => event === "Completed" || event === "Crashed" || event === "Interrupted"
