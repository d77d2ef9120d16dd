/**
 * How a run ended by itself, decided from its exit. Pure.
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import { stopOf } from "../../StopService.ts"
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
  let [stops, failures, restart] = [0, 0, !overForGood]
  for (const reason of exit.cause.reasons) {
    const stop = stopIn(reason)
    if (stop === undefined) continue
    stops++
    if (stop.error !== undefined) failures++
    if (!stop.restart) restart = false
  }
  if (stops === 0 && !overForGood) return { _tag: "Crashed", restart, cause: exit.cause } // the run failed, or interrupted itself
  if (errorsIn(exit.cause) === undefined) return restart ? completed : completedForGood
  const { cause } = exit
  if (failures === 0) return { _tag: "Crashed", restart, cause }
  return {
    _tag: "Crashed",
    restart,
    cause: Cause.fromReasons(cause.reasons.map((reason) => errorIn(reason) ?? reason))
  }
}

/** The errors that a run ended with; undefined if there are none. Interruptions and plain `StopService`s do not count. */
export const errorsOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? errorsIn(exit.cause) : undefined

/** A cause without its interruptions and plain `StopService`s; undefined if nothing is left. */
const errorsIn = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> | undefined => {
  const errors = cause.reasons.flatMap((reason) => errorIn(reason) ?? [])
  if (errors.length === 0) return undefined
  const isSame = errors.length === cause.reasons.length && errors.every((error, i) => error === cause.reasons[i])
  return isSame ? cause : Cause.fromReasons(errors)
}

const stopIn = (reason: Cause.Reason<unknown>) => reason._tag === "Interrupt" ? undefined : stopOf(thrownBy(reason))

/** The reason itself, or the error that a `StopService` carries. */
const errorIn = (reason: Cause.Reason<unknown>): Cause.Reason<unknown> | undefined => {
  if (reason._tag === "Interrupt") return undefined
  const stop = stopIn(reason)
  if (stop === undefined) return reason
  if (stop.error === undefined) return undefined
  return reason._tag === "Fail" ? Cause.makeFailReason(stop.error) : Cause.makeDieReason(stop.error)
}

export const causeOf = (exit: Exit.Exit<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  exit._tag === "Failure" ? exit.cause : undefined
