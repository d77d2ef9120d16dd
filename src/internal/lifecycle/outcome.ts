/**
 * How a run ended by itself, from its exit. Pure.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { restartOf } from "../../StopService.ts"
import { thrownBy } from "../telling/thrown.ts"

/** `restart`: whether the policy is asked; not if the run has said that it is over for good, even if it then failed. */
export type Outcome =
  /** Returned, or a `StopService` was thrown. */
  | { readonly _tag: "Completed"; readonly restart: boolean; readonly cause?: undefined }
  | { readonly _tag: "Crashed"; readonly restart: boolean; readonly cause: Cause.Cause<unknown> }

const completed: Outcome = { _tag: "Completed", restart: true }
const completedForGood: Outcome = { _tag: "Completed", restart: false }

/** `overForGood`: the run has said so itself; then neither a return nor its interruption asks for more. */
export const classify = (exit: Exit.Exit<unknown, unknown>, overForGood = false): Outcome => {
  if (exit._tag === "Success") return overForGood ? completedForGood : completed
  let [errors, stops, restart] = [0, 0, !overForGood]
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Interrupt") continue
    const asked = restartOf(thrownBy(reason))
    if (asked === undefined) errors++
    else stops++
    if (asked === false) restart = false
  }
  if (errors === 0 && (stops > 0 || overForGood)) return restart ? completed : completedForGood
  return { _tag: "Crashed", restart, cause: exit.cause } // it failed, or interrupted itself
}

/** The errors a run ended with, if any. */
export const errorsOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? errorsIn(exit.cause) : undefined

/** What is left of a cause without interruptions and `StopService`s: nothing, or real errors. */
const errorsIn = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> | undefined => {
  const errors = cause.reasons.filter((reason) =>
    reason._tag !== "Interrupt" && restartOf(thrownBy(reason)) === undefined
  )
  if (errors.length === 0) return undefined
  return errors.length === cause.reasons.length ? cause : Cause.fromReasons(errors)
}

export const causeOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? exit.cause : undefined
