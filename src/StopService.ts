/**
 * Ending a run from anywhere inside it.
 *
 * @since 0.1.0
 */
import { brand } from "./internal/bridge/stopOf.ts"
import { known } from "./internal/input/GovernorOption.ts"

/**
 * An error that completes the run in which it is thrown.
 *
 * **When to use**
 *
 * In code deep inside a run, where the run cannot return. An effect uses `ServiceRun.stop`.
 *
 * **Details**
 *
 * - `restart`: whether the restart policy may start the service again. Default: true. With false, the service is over
 *   for good, whatever the policy
 * - `error`: why the run gives up. The run has then crashed with this error. With `restart: false`, the service is
 *   `Failed` for good with this error as its cause. Default: none; the run counts as completed
 *
 * An effect that fails or dies with a `StopService` ends in the same way. `effect-governor/worker` has the same class for
 * threads, which loads no Effect. From the Go package `governor`.
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
 * **Example** (A service that fails for good)
 *
 * ```ts
 * import { Governor, StopService } from "effect-governor/promise"
 *
 * const governor = new Governor().restart("10 millis")
 * governor.add("session", ({ run }) => {
 *   if (run < 3) throw new Error("no answer")
 *   throw new StopService({ restart: false, error: new Error("wrong password") })
 * })
 * governor.start()
 * const { services } = await governor.waitForShutdown() // after the third run
 * console.log(services.map(({ cause, outcome }) => `${outcome}: ${cause?.message}`)) // [ 'Failed: wrong password' ]
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export class StopService extends Error {
  readonly [brand] = true
  /** Whether the restart policy may start the service again. Default: true. */
  readonly restart: boolean
  /** Why the run gives up, if it has failed. */
  declare readonly error?: unknown

  constructor(options: { readonly restart?: boolean | undefined; readonly error?: unknown } = {}) {
    const { error, restart = true } = known("StopService", options, ["restart", "error"])
    super("The service asked to be stopped", error === undefined ? undefined : { cause: error })
    this.name = "StopService"
    this.restart = restart
    if (error !== undefined) this.error = error
  }
}

/** @internal */
export { stopOf } from "./internal/bridge/stopOf.ts"
