/**
 * How a run ended by itself, from its exit. Pure.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { restartOf } from "../StopService.ts"

export type Outcome =
  /** Returned, or a `StopService` was thrown; `restart` is false if that said so. */
  | { readonly _tag: "Completed"; readonly restart: boolean; readonly cause?: undefined }
  | { readonly _tag: "Crashed"; readonly cause: Cause.Cause<unknown> }

const completed: Outcome = { _tag: "Completed", restart: true }
const completedForGood: Outcome = { _tag: "Completed", restart: false }

/** `overForGood`: the run has said so itself; then neither a return nor its interruption asks for more. */
export const classify = (exit: Exit.Exit<unknown, unknown>, overForGood = false): Outcome => {
  if (overForGood && errorsOf(exit) === undefined) return completedForGood
  if (exit._tag === "Success") return completed
  let outcome: Outcome | undefined
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Interrupt") continue
    const restart = restartOf(thrownBy(reason))
    if (restart === undefined) return { _tag: "Crashed", cause: exit.cause }
    if (outcome !== completedForGood) outcome = restart ? completed : completedForGood
  }
  return outcome ?? { _tag: "Crashed", cause: exit.cause } // it interrupted itself
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

const thrownBy = (reason: Cause.Fail<unknown> | Cause.Die): unknown =>
  reason._tag === "Fail" ? reason.error : reason.defect
