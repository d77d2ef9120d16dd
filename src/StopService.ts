/**
 * The escape hatch out of a run.
 *
 * @since 0.1.0
 */
import { known } from "./GovernorOption.ts"

const brand: unique symbol = Symbol.for("effect-governor/StopService")

/**
 * Thrown from anywhere inside a run, it ends the run as completed.
 *
 * **When to use**
 *
 * Where returning from `run` is not possible, deep inside of what it calls. An effect says `ServiceRun.stop`.
 *
 * **Details**
 *
 * The restart policy applies as it does to any completed run; with `restart: false` the service is over for good,
 * whatever the policy. An effect that fails or dies with it has completed in the same way. From the Go package
 * `governor`.
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
 * Whether a `StopService`, also one of another copy of this package, lets the policy restart the service; undefined if it
 * is something else that was thrown. Never throws.
 *
 * @internal
 */
export const restartOf = (thrown: unknown): boolean | undefined => {
  try {
    if (typeof thrown !== "object" || thrown === null || !(brand in thrown) || thrown[brand] !== true) return undefined
    return !("restart" in thrown && thrown.restart === false)
  } catch {
    return undefined // a proxy which forbids the question, a getter that throws
  }
}
