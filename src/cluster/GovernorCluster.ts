/**
 * The services of several processes as one: `Governor.singleton` runs in one of them, `Governor.partitioned` is spread
 * over all.
 *
 * @since 0.1.0
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Governor from "../Governor.ts"
import type { GovernorFailed } from "../GovernorError.ts"
import { Placement } from "../internal/Placement.ts"
import type { ShutdownReport } from "../ShutdownReport.ts"
import { AddressTaken, LeaseOutlived, SettingDiffers } from "./ClusterError.ts"
import { makeNode, type Node, type NodeError } from "./Node.ts"
import { tablesIn } from "./tables.ts"
import { timingOf } from "./timing.ts"

/**
 * The options of a node: those of its governor, and of the cluster.
 *
 * - `host`, `port`: where the other nodes reach this one
 * - `lease`: how long a node that says nothing keeps its services. Default: 15 seconds; at least 5. All times of the
 *   cluster follow from it
 * - `schema`: the schema of the tables of the cluster. Default: `"governor"`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Governor.Options {
  readonly host: string
  readonly port: number
  readonly lease?: Duration.Input | undefined
  readonly schema?: string | undefined
}

class Cluster extends Context.Service<Cluster, Node>()("effect-governor/cluster/Node") {}

/** As `Governor.launch`, as one node of a cluster. */
export const launch: {
  (options: Options): <A, E, R>(
    services: Layer.Layer<A, E, R>
  ) => Effect.Effect<ShutdownReport, E | GovernorFailed | NodeError, Exclude<R, Governor.Governor> | PgClient.PgClient>
  <A, E, R>(
    services: Layer.Layer<A, E, R>,
    options: Options
  ): Effect.Effect<ShutdownReport, E | GovernorFailed | NodeError, Exclude<R, Governor.Governor> | PgClient.PgClient>
} = dual(
  2,
  <A, E, R>(services: Layer.Layer<A, E, R>, options: Options) =>
    Effect.gen(function*() {
      const context = yield* Layer.build(supervise(services, options))
      const report = yield* Context.get(context, Governor.Governor).door.awaitEnd()
      return yield* failIfExpelled(report)
    }).pipe(Effect.scoped)
)

/** A node that had to leave its cluster has not ended well, even if its services have. */
const failIfExpelled = (report: ShutdownReport): Effect.Effect<ShutdownReport, NodeError> => {
  const error = report.reason._tag === "Uncaught" ? Cause.squash(report.reason.cause) : undefined
  const isExpelled = error instanceof AddressTaken || error instanceof LeaseOutlived || error instanceof SettingDiffers
  return isExpelled ? Effect.fail(error) : Effect.succeed(report)
}

/** As `Governor.supervise`, as one node of a cluster. */
const supervise = <A, E, R>(
  services: Layer.Layer<A, E, R>,
  { host, lease, port, schema, ...options }: Options
) => {
  const node = Layer.effect(
    Cluster,
    Effect.suspend(() => makeNode({ host, port, timing: timingOf(lease), tables: tablesIn(schema) }))
  )
  const placement = Layer.effect(Placement, Effect.map(Cluster, placementOf))
  const placed = Layer.merge(services, leaving).pipe(Layer.provide(placement), Layer.provide(node))
  return Governor.supervise(placed, options)
}

/** Each service is added to its governor, which runs it while this node has it. */
const placementOf = (node: Node): Placement => (governor, path, service) =>
  Effect.gen(function*() {
    yield* Effect.ignore(node.ledger.ensure([path]))
    const handle = yield* Effect.acquireRelease(
      governor.door.place(service, node.gate(path)),
      (handle, exit) => governor.door.release(handle, exit)
    )
    yield* node.register(path, governor.door.claim(handle))
  })

/** The services go to other nodes before this one waits for what takes long to stop. */
const leaving = Layer.effectDiscard(Effect.gen(function*() {
  const governor = yield* Governor.Governor
  const node = yield* Cluster
  yield* Effect.forkScoped(Effect.andThen(governor.awaitShutdownStart, node.leave))
  const shutDown = (cause: Cause.Cause<unknown>) =>
    Effect.all([
      Effect.logError("this node may not be in the cluster any more", cause),
      Effect.sync(() => governor.door.hurry(lastMillis)), // a shutdown that is under way
      governor.shutdownWith({ _tag: "Uncaught", cause }, { timeout: lastMillis })
    ])
  yield* Effect.forkScoped(Effect.catchCause(node.expelled, shutDown))
}))

/** How long the services of a node have to stop that may not be in the cluster any more. Others may have them already. */
const lastMillis = 500
