/**
 * The few errors a governor answers with. Each carries the service's name where there is one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Exit from "effect/Exit"
import type { errorReported } from "effect/Runtime"
import type { ShutdownReport } from "./ShutdownReport.ts"

/**
 * An option, a name or a configuration call was refused: `field` says which, `expected` what would have been taken,
 * `actual` what came. Nothing was changed by the refused call.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOption extends Data.TaggedError("InvalidOption")<{
  readonly service?: string | undefined
  readonly field: string
  readonly expected: string
  readonly actual: string
}> {
  override get message(): string {
    const where = this.service === undefined ? "" : ` of service "${this.service}"`
    return `${this.field}${where}: expected ${this.expected}, got ${this.actual}`
  }
}

/**
 * A service of this name is already there.
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateService extends Data.TaggedError("DuplicateService")<{ readonly service: string }> {
  override get message(): string {
    return `name: expected a name no other service has, got "${this.service}"`
  }
}

/**
 * No service of this name is there: it was never added, or was removed.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownService extends Data.TaggedError("UnknownService")<{
  readonly service: string
  readonly known: ReadonlyArray<string>
}> {
  override get message(): string {
    const known = this.known.length === 0 ? "there is none" : `there are ${this.known.map((n) => `"${n}"`).join(", ")}`
    return `service: expected the name of a service of this governor (${known}), got "${this.service}"`
  }
}

/**
 * The governor's shutdown has begun: nothing is added or started any more.
 *
 * @since 0.1.0
 * @category errors
 */
export class GovernorClosed extends Data.TaggedError("GovernorClosed")<{ readonly service: string }> {
  override get message(): string {
    return `service "${this.service}" was not added or started: the governor is shutting down`
  }
}

/**
 * The service did not settle before its stop's deadline, so its run was given up. It may still be going on: the service
 * is never started again, for two runs would overlap.
 *
 * @since 0.1.0
 * @category errors
 */
export class RunAbandoned extends Data.TaggedError("RunAbandoned")<{
  readonly service: string
  readonly run: number
  readonly afterMillis: number
}> {
  override get message(): string {
    return `run ${this.run} of service "${this.service}" had not ended ${this.afterMillis} ms after it was asked to stop, ` +
      `and was abandoned`
  }
}

/**
 * A service was restarted more than `maxRestarts` times inside `withinMillis`, so it is given up. `exits` are the ends of
 * the runs in that window, oldest first. Erlang/OTP calls this the restart intensity.
 *
 * @since 0.1.0
 * @category errors
 */
export class RestartLimitExceeded extends Data.TaggedError("RestartLimitExceeded")<{
  readonly service: string
  readonly maxRestarts: number
  readonly withinMillis: number
  readonly exits: ReadonlyArray<Exit.Exit<unknown, unknown>>
  /** What the latest run failed with, if it did. */
  readonly cause?: unknown
}> {
  override get message(): string {
    const within = this.withinMillis === Infinity ? "" : ` within ${this.withinMillis} ms`
    const most = this.maxRestarts === 1 ? "1 restart is" : `${this.maxRestarts} restarts are`
    return `service "${this.service}" ended ${this.exits.length} times${within}, and at most ${most} allowed`
  }
}

/**
 * A significant service failed, so its governor shut down and failed too. `report` says how every service ended.
 *
 * @since 0.1.0
 * @category errors
 */
export class GovernorFailed extends Data.TaggedError("GovernorFailed")<{
  readonly governor: string
  readonly service: string
  readonly report: ShutdownReport
}> {
  /** `runMain` does not print it: the governor has logged the cause where it happened. */
  override readonly "~effect/Runtime/errorReported" = false satisfies Error[errorReported]

  override get message(): string {
    return `governor "${this.governor}" failed: its significant service "${this.service}" failed`
  }
}
