/** What the cause of an event says about the run. Pure. */
import * as Cause from "effect/Cause"
import { GovernorError } from "../../src/index.ts"
import { isA } from "../../src/internal/telling/thrown.ts"
import type * as Facade from "../../src/promise/index.ts"

/** The facade has plain objects for causes. */
const errorOf = (cause: Cause.Cause<unknown> | Facade.Thrown): unknown =>
  Cause.isCause(cause) ? Cause.squash(cause) : cause.error

/** Whether the first error of a cause says that a run was abandoned. */
export const isLost = (cause: Cause.Cause<unknown> | Facade.Thrown): boolean =>
  isA(GovernorError.RunAbandoned, errorOf(cause))

/** Whether the service has failed only for what it depends on. */
export const isInVain = (cause: Cause.Cause<unknown> | Facade.Thrown): boolean =>
  isA(GovernorError.DependencyFailed, errorOf(cause))

/** Whether a run that is not ready goes on: it has said so itself, or its readiness probe failed. */
export const isPause = (cause: Cause.Cause<unknown> | Facade.Thrown | undefined): boolean =>
  cause === undefined || probeIn(cause) === "readiness"

/** Whether the crash was decided from outside: its time was over. */
export const isVerdict = (cause: Cause.Cause<unknown> | Facade.Thrown): boolean =>
  isLost(cause) || isA(GovernorError.RunTimedOut, errorOf(cause)) || probeIn(cause) === "liveness"

/** The probe that has failed, if the cause begins with that. */
export const probeIn = (
  cause: Cause.Cause<unknown> | Facade.Thrown | undefined
): "readiness" | "liveness" | undefined => {
  const error = cause && errorOf(cause)
  return isA(GovernorError.ProbeFailed, error) ? error.probe : undefined
}
