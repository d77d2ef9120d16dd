/**
 * Ending a run from anywhere inside its thread or process.
 */
import { brand } from "../internal/bridge/stopOf.ts"

/**
 * An error that completes the run in which it is thrown.
 *
 * **When to use**
 *
 * In the file of a thread or a process, in code deep inside the work, where the work cannot return. An effect uses
 * `ServiceRun.stop`.
 *
 * **Details**
 *
 * This is `StopService` of `effect-governor/promise` without Effect. Either may be thrown on either side.
 *
 * - `restart`: whether the restart policy may start the service again. Default: true. With false, the service is over
 *   for good, whatever the policy
 * - `error`: why the run gives up. The run has then crashed with this error. With `restart: false`, the service is
 *   `Failed` for good with this error as its cause. Default: none; the run counts as completed
 *
 * Throws a `TypeError` if the options are bad.
 *
 * **Example** (A thread that is over for good)
 *
 * ```ts
 * import { worker } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const file = `data:text/javascript,${encodeURIComponent(`
 *   import { serve, StopService } from "${import.meta.resolve("effect-governor/worker")}"
 *   serve(({ run }) => {
 *     if (run === 2) throw new StopService({ restart: false })
 *   })
 * `)}`
 *
 * const governor = new Governor({ restart: "10 millis" })
 * governor.add("reader", worker(new URL(file))).start()
 * console.log((await governor.waitForShutdown()).ok) // true, after the second run
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
    const { error, restart = true } = known(options)
    super("The service asked to be stopped", error === undefined ? undefined : { cause: error })
    this.name = "StopService"
    this.restart = restart
    if (error !== undefined) this.error = error
  }
}

const keys = ["restart", "error"]

/** An unknown option is refused, because it would do nothing. */
const known = <A extends object>(options: A): A => {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`StopService: expected an object, got ${String(options)}`)
  }
  const unknown = Object.keys(options).find((key) => !keys.includes(key))
  if (unknown === undefined) return options
  throw new TypeError(`${unknown}: expected one of ${keys.join(", ")}, got "${unknown}"`)
}
