/**
 * From what the core says to what is sent, without more work than somebody reads.
 */
import type * as Cause from "effect/Cause"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { fromEvent, fromFact, fromStatus, type Plain } from "./plain.ts"
import { fromCause } from "./thrown.ts"

/** A copy of a thing, with a field that is made when it is first read: to print a stack takes longer than all the rest. */
const withLazy = <A extends object>(thing: A, key: string, make: () => unknown): A => {
  let made: { readonly value: unknown } | undefined
  const get = () => (made ??= { value: make() }).value
  return Object.defineProperty(thing, key, { get, enumerable: true })
}

/** A thing as it is sent. */
const lazily = <A extends object>(fact: A & { readonly cause?: Cause.Cause<unknown> | undefined }): Plain<A> => {
  const { cause } = fact
  return (cause === undefined ? fact : withLazy({ ...fact }, "cause", () => fromCause(cause))) as Plain<A>
}

export const statusLazily = (status: ServiceStatus): Plain<ServiceStatus> => {
  const { lastFailure } = status
  if (lastFailure === undefined) return lazily(status)
  const plain = lazily({ ...status })
  return withLazy(plain, "lastFailure", () => fromFact(lastFailure))
}

/** An event without its cause, or its report, which few look at, is plain already. */
export const eventLazily = (event: GovernorEvent): Plain<GovernorEvent> =>
  event._tag === "ShutdownStarted" || event._tag === "ShutdownCompleted" ? fromEvent(event) : lazily(event)

export const statusAsText = (status: ServiceStatus): string =>
  JSON.stringify(isPlain(status) ? status : fromStatus(status))

/** Most statuses can be sent as they are. */
const isPlain = (status: ServiceStatus): boolean =>
  status.lastFailure === undefined && (!("cause" in status) || status.cause === undefined)
