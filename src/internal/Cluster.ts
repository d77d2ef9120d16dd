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
 * - `drain`: lets a node give its services to the others, and take no more. Without a name: this node
 */
export interface Cluster {
  readonly node: string
  readonly status: () => ReadonlyArray<ClusterStatus>
  readonly drain: (node?: string) => Effect.Effect<void, UnknownNode>
}
