/**
 * The governor of plain TypeScript as a node of a cluster.
 */
import * as Promised from "../../promise/Governor.ts"
import { joining } from "../../promise/GovernorOptions.ts"
import { joiningOf } from "./Joining.ts"
import { checkCluster, type GovernorOptions } from "./options.ts"

/**
 * The governor of `effect-governor/promise`, whose process may be a node of a cluster.
 *
 * **When to use**
 *
 * For services that run in several processes, some of them once in all: those with `singleton` or `partitions`.
 *
 * **Details**
 *
 * With the option `cluster` the process joins the cluster when the first service is started. Services begin when it is in. It
 * leaves when the governor shuts down, or all services are over: the other nodes get its services at once, before it waits for
 * those that take long to stop. All nodes that use the same schema of the same database are one cluster. Without the option,
 * this is the governor of `effect-governor/promise`.
 *
 * If the node cannot join, an error is logged and the governor shuts down: the database cannot be reached (`SqlError`), the
 * settings of the other nodes differ (`SettingDiffers`), or another process has the address (`AddressTaken`). The report is not
 * `ok`, and its `reason` has the error, so that with `catchSignals` the exit code is 1. The same holds for a node that may not
 * be in the cluster any more.
 *
 * `stop`, `start` and `restart` of a handle are for the whole cluster, on whichever node the service runs.
 *
 * **Gotchas**
 *
 * A process that was frozen for longer than the lease may run a service for a moment beside its next owner. `guard` keeps its
 * writes out of the database.
 *
 * **Example** (One service that runs once, and six parts that are spread)
 *
 * ```ts
 * import { Governor } from "effect-governor/cluster/promise"
 *
 * const governor = new Governor({
 *   cluster: { url: process.env["DATABASE_URL"] ?? "", host: "127.0.0.1", port: 7011 }
 * }).catchSignals()
 * governor.add("billing", ({ epoch, log }) => log("sent by run %d of all", epoch), { singleton: true })
 * governor.add("ingest", ({ log, part }) => log("part %d", part), { partitions: 6 })
 * governor.start()
 *
 * console.log((await governor.waitForShutdown()).ok) // true, when all have returned
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export interface Governor extends Promised.Governor {}

/** The class `Governor` with one more option. */
interface GovernorClass {
  readonly prototype: Governor
  readonly asService: typeof Promised.Governor.asService
  new(options?: GovernorOptions): Governor
}

/**
 * The class of these governors. It makes governors of `effect-governor/promise`, and is no class of its own.
 *
 * **Example** (Whether the process is a node is a matter of its environment)
 *
 * ```ts
 * import { Governor } from "effect-governor/cluster/promise"
 *
 * const { PG_URL: url } = process.env
 * const cluster = url === undefined ? undefined : { url, host: "127.0.0.1", port: 7000 }
 * await using governor = new Governor({ cluster })
 * governor.add("billing", ({ log }) => log("sent"), { singleton: true }).start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const Governor: GovernorClass = /* @__PURE__ */ new Proxy(Promised.Governor, {
  construct: (target, [options]: [GovernorOptions?], newTarget) =>
    Reflect.construct(target, [given(options)], newTarget) as Promised.Governor
})

/** The options of the governor of `effect-governor/promise`. */
const given = (options: GovernorOptions | undefined) => {
  if (typeof options !== "object" || options === null) return options // is refused, or has no options
  const { cluster, ...others } = options
  return cluster === undefined ? others : { ...others, [joining]: joiningOf(checkCluster(cluster)) }
}
