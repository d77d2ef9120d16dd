/**
 * What a cluster knows of one of its services, on whichever node that runs.
 *
 * @since 0.1.0
 */
import type { Plain } from "./internal/bridge/plain.ts"
import type { ServiceStatus } from "./ServiceStatus.ts"

/**
 * A service of a cluster, as every node of the cluster sees it. Plain data.
 *
 * **Details**
 *
 * - `name`: the path of the service
 * - `node`: the address of the node that began the latest run. Absent before the first run
 * - `epoch`: how often a run has begun, on any node
 * - `desired`: what people want of the service. A stop by hand, on any node, holds for all nodes. A service that has
 *   completed for good completes for all
 * - `state`: what the service is doing, as its node said last. `"Standby"`: no node runs it
 * - `status`: all that its node said last. Absent until the node says something
 * - `since`: when the node, the epoch or the status last changed, by the clock of the database, in epoch milliseconds
 * - `unreachableSince`: since when the node does not answer, and did not say that the run has ended. Absent if the node
 *   answers
 *
 * **Example** (Where everything runs)
 *
 * ```ts
 * import { type ClusterStatus, Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const line = ({ epoch, name, node, state, unreachableSince }: ClusterStatus.ClusterStatus) =>
 *   `${name}: ${unreachableSince === undefined ? state : "unreachable"} on ${node ?? "no node"}, epoch ${epoch}`
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   return (yield* governor.clusterStatus).map(line) // empty: the governor is in no cluster
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program)))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ClusterStatus {
  readonly name: string
  readonly node?: string
  readonly epoch: number
  readonly desired: Desired
  readonly state: ServiceStatus["_tag"]
  readonly status?: Plain<ServiceStatus>
  readonly since: number
  readonly unreachableSince?: number
}

/**
 * What people want of a service of a cluster.
 *
 * **Example** (Those that people have stopped)
 *
 * ```ts
 * import type { ClusterStatus } from "effect-governor"
 *
 * const wanted: ClusterStatus.Desired = "stopped"
 * const those = (all: ReadonlyArray<ClusterStatus.ClusterStatus>) => all.filter(({ desired }) => desired === wanted)
 * console.log(those([])) // []
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Desired = "running" | "stopped" | "completed"
