/**
 * How a run ended by itself, decided from its exit. Pure.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { restartOf } from "../../StopService.ts"
import { thrownBy } from "../telling/thrown.ts"

/**
 * `restart` says whether the restart policy decides what follows. It is false if the run has ended its service for
 * good, even if the run failed after that.
 */
export type Outcome =
  /** The run returned, or a `StopService` was thrown. */
  | { readonly _tag: "Completed"; readonly restart: boolean; readonly cause?: undefined }
  | { readonly _tag: "Crashed"; readonly restart: boolean; readonly cause: Cause.Cause<unknown> }

const completed: Outcome = { _tag: "Completed", restart: true }
const completedForGood: Outcome = { _tag: "Completed", restart: false }

/**
 * Classifies an exit. `overForGood` says that the run has used `ServiceRun.stop`. Then the interruption that follows is
 * no crash, and no restart follows.
 */
export const classify = (exit: Exit.Exit<unknown, unknown>, overForGood = false): Outcome => {
  if (exit._tag === "Success") return overForGood ? completedForGood : completed
  let [errors, stops, restart] = [0, 0, !overForGood]
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Interrupt") continue
    const restartAfterStop = restartOf(thrownBy(reason))
    if (restartAfterStop === undefined) errors++
    else stops++
    if (restartAfterStop === false) restart = false
  }
  if (errors === 0 && (stops > 0 || overForGood)) return restart ? completed : completedForGood
  return { _tag: "Crashed", restart, cause: exit.cause } // the run failed, or interrupted itself
}

/** The errors that a run ended with; undefined if there are none. Interruptions and `StopService`s do not count. */
export const errorsOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? errorsIn(exit.cause) : undefined

/** A cause without its interruptions and `StopService`s; undefined if nothing is left. */
const errorsIn = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> | undefined => {
  const errors = cause.reasons.filter((reason) =>
    reason._tag !== "Interrupt" && restartOf(thrownBy(reason)) === undefined
  )
  if (errors.length === 0) return undefined
  return errors.length === cause.reasons.length ? cause : Cause.fromReasons(errors)
}

export const causeOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? exit.cause : undefined
