/**
 * What a governor gets from the cluster that its process is in.
 */
import type * as Effect from "effect/Effect"
import type { ClusterStatus } from "../ClusterStatus.ts"
import type { UnknownNode } from "../GovernorError.ts"

/** A command by hand, for a service on whichever node. */
export type Wish = "start" | "stop" | "restart"

/**
 * - `node`: the address of this node
 * - `status`: what the cluster knows of its services, by their names
 * - `drain`: asks a node to give its services to the others, and to take no more. Without a name: this node. What it returns
 *   waits until nothing of the cluster runs there
 */
export interface Cluster {
  readonly node: string
  readonly status: () => ReadonlyArray<ClusterStatus>
  readonly drain: (node?: string) => Effect.Effect<Effect.Effect<void>, UnknownNode>
}
