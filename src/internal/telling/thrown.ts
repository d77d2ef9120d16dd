/**
 * What was thrown. Anything can be.
 */
import type * as Cause from "effect/Cause"

/** Whether it is an error of this class. Anything can be thrown, a proxy too that throws when it is looked at. */
export const isA = <A>(type: abstract new(...args: Array<never>) => A, error: unknown): error is A => {
  try {
    return error instanceof type
  } catch {
    return false
  }
}

/** What the first reason of a cause is about. */
export const firstOf = ({ reasons: [reason] }: Cause.Cause<unknown>): unknown =>
  reason === undefined || reason._tag === "Interrupt" ? undefined : thrownBy(reason)

/** What a reason is about. */
export const thrownBy = (reason: Cause.Fail<unknown> | Cause.Die): unknown =>
  reason._tag === "Fail" ? reason.error : reason.defect
