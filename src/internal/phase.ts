/**
 * What a service is about, seen from inside: the one state of its machine.
 */
import type * as Fiber from "effect/Fiber"
import type { RunAbandoned, RunTimedOut } from "../GovernorError.ts"
import type { StopReason } from "../GovernorEvent.ts"
import type { Run } from "./Run.ts"

/** What becomes of a service once its run has settled: the latest command wins. */
export type Next = "Stop" | "Start" | "Restart" | "Remove" | "Wait"

/** What comes after a stop for this reason. */
export const nextAfter: { readonly [Reason in StopReason]: Next } = {
  stop: "Stop",
  shutdown: "Stop",
  restart: "Restart",
  remove: "Remove",
  strategy: "Wait"
}

/** Whether nothing comes after it at once. */
export const isEnd = (next: Next): boolean => next === "Stop" || next === "Remove" || next === "Wait"

/** How a run gets its turn. */
export type Begin = (run: Run) => void

/** A run that was asked to end, and how long it has: monotonic time. */
interface Ending {
  readonly run: Run
  readonly until: number
  deadline: Fiber.Fiber<void> | undefined
}

/** What a service is about, with what must be held for it. */
export type Phase =
  /** Not started, or stopped by hand. */
  | { readonly _tag: "Idle" }
  /** It ended by itself, and does not run again. */
  | { readonly _tag: "Over" }
  /** Something stands in the way of its next run. */
  | { readonly _tag: "Waiting"; readonly restarts: number; readonly begin: Begin }
  /** Its next run waits for its turn. */
  | { readonly _tag: "Queued"; readonly run: Run; readonly restarts: number; readonly begin: Begin }
  | { readonly _tag: "Live"; readonly run: Run }
  /** It has had its time to be ready, or to say that it is alive: it is asked to end, and has crashed when it does. */
  | ({ readonly _tag: "Hung"; readonly error: RunTimedOut } & Ending)
  | ({ readonly _tag: "Stopping"; next: Next } & Ending)
  | { readonly _tag: "Backoff"; timer: Fiber.Fiber<unknown, unknown> | undefined }
  /** A run was given up. It may still be there, so there is no other. */
  | { readonly _tag: "Abandoned"; readonly error: RunAbandoned }
  /** The same is true of a run inside of its latest one. */
  | { readonly _tag: "Barred"; readonly error: RunAbandoned }
  | { readonly _tag: "Removed" }

export const idle: Phase = { _tag: "Idle" }
export const over: Phase = { _tag: "Over" }
export const removed: Phase = { _tag: "Removed" }

/** Whether a service in this phase is meant to be up, or still is. */
export const isActive = (phase: Phase): boolean => {
  switch (phase._tag) {
    case "Idle":
    case "Over":
    case "Abandoned":
    case "Barred":
    case "Removed":
      return false
    case "Waiting":
    case "Queued":
    case "Live":
    case "Hung":
    case "Stopping":
    case "Backoff":
      return true
  }
}

/** Whether it is meant to be up, now or as soon as it can be. */
export const isWanted = (phase: Phase): boolean =>
  isActive(phase) && (phase._tag !== "Stopping" || (phase.next !== "Stop" && phase.next !== "Remove"))

/** Whether it can have no other run. */
export const isLost = (phase: Phase): phase is Phase & { readonly _tag: "Abandoned" | "Barred" } =>
  phase._tag === "Abandoned" || phase._tag === "Barred"

/** Whether a run was asked to end, and has not yet. */
export const isEnding = (phase: Phase): phase is Phase & { readonly _tag: "Hung" | "Stopping" } =>
  phase._tag === "Hung" || phase._tag === "Stopping"

/** Whether a run is there that has not settled, and was not given up. */
export const hasRun = (phase: Phase): phase is Phase & { readonly _tag: "Live" | "Hung" | "Stopping" } =>
  phase._tag === "Live" || phase._tag === "Hung" || phase._tag === "Stopping"

/** That run. */
export const runOf = (phase: Phase): Run | undefined => hasRun(phase) ? phase.run : undefined

/** Whether a run is there that nobody has told to stop. */
export const isRunning = (phase: Phase): phase is Phase & { readonly _tag: "Live" | "Hung" } =>
  phase._tag === "Live" || phase._tag === "Hung"

/** How long a run may still take to end; `until` is when the time of a shutdown is over. */
export const timeLeft = (phase: Phase, run: Run, now: number, until: number): number => {
  if (phase._tag === "Abandoned") return 0 // the latest run: there is no other after it
  if (!isEnding(phase) || phase.run !== run) return Infinity
  return Math.min(phase.until, phase._tag === "Stopping" ? until : Infinity) - now
}

export const isLive = (phase: Phase): boolean => phase._tag === "Live"
