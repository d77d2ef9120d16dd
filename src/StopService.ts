/**
 * Ending a run from anywhere inside it.
 *
 * @since 0.1.0
 */
import { known } from "./internal/input/GovernorOption.ts"

const brand: unique symbol = Symbol.for("effect-governor/StopService")

/**
 * An error that completes the run in which it is thrown.
 *
 * **When to use**
 *
 * In code deep inside a run, where the run cannot return. An effect uses `ServiceRun.stop`.
 *
 * **Details**
 *
 * The run counts as completed, so the restart policy applies as after a return. With `restart: false` the service is
 * over for good, whatever the policy. An effect that fails or dies with a `StopService` has completed in the same way.
 * From the Go package `governor`.
 *
 * **Example** (A service that is over for good)
 *
 * ```ts
 * import { Governor, StopService } from "effect-governor/promise"
 *
 * const read = (queue: Array<string>) => {
 *   if (queue.length === 0) throw new StopService({ restart: false })
 *   return queue.shift()
 * }
 *
 * const queue = ["one", "two"]
 * const governor = new Governor().restart("10 millis")
 * governor.add("reader", ({ log }) => log("read %s", read(queue)))
 * governor.start()
 * await governor.waitForShutdown() // after the third run
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export class StopService extends Error {
  readonly [brand] = true
  /** Whether the restart policy may start the service again. Default: true. */
  readonly restart: boolean

  constructor(options: { readonly restart?: boolean } = {}) {
    super("The service asked to be stopped")
    this.name = "StopService"
    this.restart = known("StopService", options, ["restart"]).restart ?? true
  }
}

/**
 * Whether the restart policy applies after this `StopService`, which may come from another copy of this package. The
 * result is undefined for any other thrown value. Never throws.
 *
 * @internal
 */
export const restartOf = (thrown: unknown): boolean | undefined => {
  try {
    if (typeof thrown !== "object" || thrown === null || !(brand in thrown) || thrown[brand] !== true) return undefined
    return !("restart" in thrown && thrown.restart === false)
  } catch {
    return undefined // for a proxy that forbids the question, or a getter that throws
  }
}
