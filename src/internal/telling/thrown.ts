/**
 * Questions about thrown values. Anything can be thrown.
 */
import type * as Cause from "effect/Cause"

/** Whether a thrown value is an error of this class. Never throws, even if the value is a proxy that throws. */
export const isA = <A>(type: abstract new(...args: Array<never>) => A, error: unknown): error is A => {
  try {
    return error instanceof type
  } catch {
    return false
  }
}

/** The value that was thrown in the first reason of a cause; undefined if that reason is an interruption. */
export const firstOf = ({ reasons: [reason] }: Cause.Cause<unknown>): unknown =>
  reason === undefined || reason._tag === "Interrupt" ? undefined : thrownBy(reason)

/** The value that was thrown. */
export const thrownBy = (reason: Cause.Fail<unknown> | Cause.Die): unknown =>
  reason._tag === "Fail" ? reason.error : reason.defect

export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
