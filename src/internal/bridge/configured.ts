import type { ServiceInput } from "./ServiceApi.ts"

/**
 * A service in plain TypeScript that brings options along, as those of a process. Where it is added, it is made once more with the
 * options that are given there, and says what the core is told.
 */
export const configured: unique symbol = Symbol.for("effect-governor/configured")

/** The options that such a service and `add` both take, not checked yet. Those of `add` win. */
export interface Shared {
  readonly heartbeatTimeout?: unknown
  readonly readiness?: unknown
  readonly stopTimeout?: unknown
}

export type Configure = (service: ServiceInput, given: Shared, name: string | undefined) => {
  readonly service: ServiceInput
  readonly own: object
}
