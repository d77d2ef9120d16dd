/**
 * How a shutdown went.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"

/**
 * Who asked for the end, and why.
 *
 * - `Requested`: somebody called `shutdown`, with this `message` if any
 * - `Signal`: the process received `signal`
 * - `Uncaught`: an error nobody caught reached the process
 * - `Aborted`: the `AbortSignal` the governor was given was aborted
 * - `ScopeClosed`: the scope the governor lives in was closed
 * - `Significant`: a significant service is over for good; with a `cause` if it failed
 * - `AllOver`: nobody asked; every started service is over
 *
 * @since 0.1.0
 * @category models
 */
export type ShutdownReason =
  | { readonly _tag: "Requested"; readonly message?: string }
  | { readonly _tag: "Signal"; readonly signal: string }
  | { readonly _tag: "Uncaught"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "Aborted"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "ScopeClosed" }
  | { readonly _tag: "Significant"; readonly service: string; readonly cause?: Cause.Cause<unknown> }
  | { readonly _tag: "AllOver" }

/**
 * How one service ended. `duration` is how long its stop took, in milliseconds; 0 if it ended by itself. `cause` is why it
 * is `Failed` or was abandoned, or what it threw while it stopped.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceReport {
  readonly name: string
  readonly outcome: "Stopped" | "Failed" | "Abandoned"
  readonly duration: number
  readonly cause?: Cause.Cause<unknown>
}

/**
 * The outcome of a shutdown. `ok` is false if any service is `Failed`, was abandoned, or failed while it stopped.
 * `services` has every service that was ever started and not removed, in the order in which they were added; `duration` is
 * in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface ShutdownReport {
  readonly ok: boolean
  readonly reason: ShutdownReason
  readonly duration: number
  readonly services: ReadonlyArray<ServiceReport>
}

/**
 * `ok` follows from the services.
 *
 * @internal
 */
export const make = (
  reason: ShutdownReason,
  duration: number,
  services: ReadonlyArray<ServiceReport>
): ShutdownReport => ({
  ok: services.every((service) => service.outcome === "Stopped" && service.cause === undefined),
  reason,
  duration,
  services
})
