/**
 * What a service is about, seen from inside: the one state of its machine.
 */
import type * as Fiber from "effect/Fiber"
import type { RunAbandoned } from "../GovernorError.ts"
import type { StopReason } from "../GovernorEvent.ts"
import type { Run } from "./Run.ts"

/** What becomes of a service once its run has settled: the latest command wins. */
export type Next = "Stop" | "Start" | "Restart" | "Remove"

/** What comes after a stop for this reason. */
export const nextAfter: { readonly [Reason in StopReason]: Next } = {
  stop: "Stop",
  shutdown: "Stop",
  restart: "Restart",
  remove: "Remove"
}

/** Whether nothing comes after it. */
export const isEnd = (next: Next): boolean => next === "Stop" || next === "Remove"

/** What a service is about, with what must be held for it. */
export type Phase =
  /** Not started, or over. */
  | { readonly _tag: "Idle" }
  /** Its next run waits for its turn. */
  | { readonly _tag: "Queued"; readonly run: Run; readonly restarts: number }
  | { readonly _tag: "Live"; readonly run: Run }
  | { readonly _tag: "Stopping"; readonly run: Run; next: Next; deadline: Fiber.Fiber<void> | undefined }
  | { readonly _tag: "Backoff"; timer: Fiber.Fiber<unknown, unknown> | undefined }
  /** A run was given up. It may still be there, so there is no other. */
  | { readonly _tag: "Abandoned"; readonly run: Run; readonly error: RunAbandoned }
  | { readonly _tag: "Removed" }

export const idle: Phase = { _tag: "Idle" }
export const removed: Phase = { _tag: "Removed" }

/** Whether a service in this phase is meant to be up, or still is. */
export const isActive = (phase: Phase): boolean => {
  switch (phase._tag) {
    case "Idle":
    case "Abandoned":
    case "Removed":
      return false
    case "Queued":
    case "Live":
    case "Stopping":
    case "Backoff":
      return true
  }
}

export const isLive = (phase: Phase): boolean => phase._tag === "Live"
