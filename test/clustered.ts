/** A cluster that is only said to be there. */
import * as Effect from "effect/Effect"
import type { ClusterStatus } from "../src/ClusterStatus.ts"
import { type Governor, GovernorError, Service } from "../src/index.ts"
import type { Cluster } from "../src/internal/Cluster.ts"

/** A service that runs on another node. */
export const seen = (name: string, more: Partial<ClusterStatus> = {}): ClusterStatus => ({
  name,
  node: "127.0.0.1:7002",
  epoch: 3,
  desired: "running",
  state: "Running",
  status: { _tag: "Running", name, run: 2, restarts: 1, crashes: 1, since: 5, startedAt: 5 },
  since: 5,
  ...more
})

type Own = Pick<Governor.Governor, "door">

/** Says to the governor that its process is this node of a cluster. What the list has later is told later. */
export const joined = (
  governor: Own,
  node: string,
  services: ReadonlyArray<ClusterStatus>,
  drain: (node: string) => ReturnType<Cluster["drain"]> = () => Effect.succeed(Effect.void)
): void => governor.door.joinCluster({ node, status: () => [...services], drain: (other = node) => drain(other) })

/** Adds services that stand by, because other nodes have them. */
export const standingBy = (governor: Own, names: ReadonlyArray<string>) =>
  Effect.forEach(
    names,
    (name) =>
      governor.door.place(Service.make(name, Effect.never), {
        gate: Effect.never,
        wish: () => Effect.void,
        forget: () => {}
      }),
    { discard: true }
  )

/** A drain of a cluster of these two nodes, of which the second one takes for ever. */
export const drainOf = (first: string, second: string) => (node: string): ReturnType<Cluster["drain"]> => {
  if (node === first) return Effect.succeed(Effect.void)
  if (node === second) return Effect.succeed(Effect.never)
  return Effect.fail(new GovernorError.UnknownNode({ node, known: [first, second] }))
}
