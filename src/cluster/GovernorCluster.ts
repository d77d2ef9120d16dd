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
import * as Scope from "effect/Scope"
import * as Governor from "../Governor.ts"
import type { GovernorFailed, UnknownNode } from "../GovernorError.ts"
import { Placement, type Wish } from "../internal/Placement.ts"
import type { ShutdownReport } from "../ShutdownReport.ts"
import { AddressTaken, LeaseOutlived, SettingDiffers } from "./ClusterError.ts"
import { FencedIn } from "./Fence.ts"
import { checkHost } from "./host.ts"
import { makeNode, type Node, type NodeError } from "./Node.ts"
import { checkPath } from "./path.ts"
import { endable, enroll, steer } from "./Steering.ts"
import { tablesIn } from "./tables.ts"
import { timingOf } from "./timing.ts"

/**
 * The options of a node: those of its governor, and of the cluster.
 *
 * **Details**
 *
 * - `host`, `port`: where this node listens, and the other nodes reach it. Each node needs an address of its own; `0.0.0.0` is
 *   none
 * - `lease`: how long a node that says nothing keeps its services. Default: 15 seconds; at least 5 seconds, at most 1 hour.
 *   All times of the cluster follow from the lease
 * - `schema`: the schema of the tables of the cluster, which is made if it is not there. Default: `"governor"`
 *
 * **Example** (A node of a cluster with a short lease)
 *
 * ```ts
 * import type { GovernorCluster } from "effect-governor/cluster"
 *
 * const options: GovernorCluster.Options = { host: "10.0.0.7", port: 7000, lease: "6 seconds", schema: "supervision" }
 * console.log(options)
 * ```
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

/**
 * Runs the services of these layers as one node of a cluster, until the governor of this node has ended.
 *
 * **When to use**
 *
 * For services that run in several processes, some of them once in all. `Governor.launch` runs the same layers in one
 * process.
 *
 * **Details**
 *
 * As `Governor.launch`, but the services of `Governor.singleton` and `Governor.partitioned` are spread over all nodes that
 * use the same schema of the same database. `GovernorCluster.launch` requires `PgClient`, and makes its tables in the schema.
 * Services of `Governor.service` run on each node.
 *
 * A node whose settings the others do not have, or whose address another process has, is refused: `SettingDiffers`,
 * `AddressTaken`. If the database cannot be reached at the start, it fails with `SqlError`.
 *
 * When the governor shuts down, the other nodes get the services at once, and before this node waits for those that take
 * long to stop.
 *
 * **Gotchas**
 *
 * A process that was frozen for longer than the lease may run a service for a moment beside its next owner. `Fence.guard`
 * keeps its writes out of the database.
 *
 * **Example** (One that runs once, and six parts that are spread)
 *
 * ```ts
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import { Governor, RestartPolicy } from "effect-governor"
 * import { GovernorCluster } from "effect-governor/cluster"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const Services = Layer.mergeAll(
 *   Governor.singleton("billing", Effect.logInfo("sent"), { restart: RestartPolicy.never }),
 *   Governor.partitioned("ingest", 6, (part) => Effect.logInfo(`part ${part}`))
 * )
 *
 * const program = GovernorCluster.launch(Services, { host: "127.0.0.1", port: 7001, lease: "15 seconds" })
 * const Database = PgClient.layer({ url: Redacted.make(process.env["DATABASE_URL"] ?? "") })
 *
 * const { ok } = await Effect.runPromise(Effect.provide(program, Database)) // ends when all parts have returned
 * console.log(ok)
 * ```
 *
 * @since 0.1.0
 * @category programs
 */
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
  const error = report.reason._tag === "Expelled" ? Cause.squash(report.reason.cause) : undefined
  const isExpelled = error instanceof AddressTaken || error instanceof LeaseOutlived || error instanceof SettingDiffers
  return isExpelled ? Effect.fail(error) : Effect.succeed(report)
}

/**
 * Supervises the services of these layers as one node of a cluster. This is to `launch` what `Governor.supervise` is to
 * `Governor.launch`: an ordinary layer for an application which is a layer itself.
 *
 * **Example** (A node as a layer)
 *
 * ```ts
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import { Governor } from "effect-governor"
 * import { GovernorCluster } from "effect-governor/cluster"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const Billing = Governor.singleton("billing", Effect.never)
 * const Node = GovernorCluster.supervise(Billing, { host: "127.0.0.1", port: 7002 }).pipe(
 *   Layer.provide(PgClient.layer({ url: Redacted.make(process.env["DATABASE_URL"] ?? "") }))
 * )
 *
 * const program = Governor.Governor.use((governor) => governor.clusterStatus)
 * console.log((await Effect.runPromise(Effect.provide(program, Node))).map(({ name }) => name)) // [ 'billing' ]
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const supervise: {
  (options: Options): <A, E, R>(
    services: Layer.Layer<A, E, R>
  ) => Layer.Layer<A | Governor.Governor, E | NodeError, Exclude<R, Governor.Governor> | PgClient.PgClient>
  <A, E, R>(
    services: Layer.Layer<A, E, R>,
    options: Options
  ): Layer.Layer<A | Governor.Governor, E | NodeError, Exclude<R, Governor.Governor> | PgClient.PgClient>
} = dual(
  2,
  <A, E, R>(services: Layer.Layer<A, E, R>, { host, lease, port, schema, ...options }: Options) => {
    const node = Layer.effect(
      Cluster,
      Effect.suspend(() => makeNode({ host: checkHost(host), port, timing: timingOf(lease), tables: tablesIn(schema) }))
    )
    const placement = Layer.effect(Placement, Effect.map(Cluster, placementOf))
    const placed = Layer.merge(services, steered).pipe(Layer.provide(placement), Layer.provide(node))
    return Governor.supervise(placed, options)
  }
)

/**
 * Lets a node of the cluster give its services to the other nodes, and take no more until its process begins anew.
 *
 * **When to use**
 *
 * Before a node is replaced, in a rolling deploy. SIGTERM does the same as it shuts the node down.
 *
 * **Details**
 *
 * - `governor`: the governor of any node of the cluster
 * - `node`: the address of the node that gives its services away. Default: the node of `governor`
 *
 * It returns when the others may have the services: for another node, when it is seen that none runs there any more. Services
 * that each node has go on. Fails with `UnknownNode` if no node has the address. A governor in no cluster has nothing to give
 * away.
 *
 * **Example** (A node that has nothing to do any more)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { GovernorCluster } from "effect-governor/cluster"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* GovernorCluster.drain(governor)
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category commands
 */
export const drain = (governor: Governor.Governor, node?: string): Effect.Effect<void, UnknownNode> =>
  Effect.flatten(governor.door.cluster()?.drain(node) ?? Effect.succeed(Effect.void))

/** Each service is added to its governor, which runs it while this node has it. One that is removed by hand is not placed here. */
const placementOf = (node: Node): Placement => (governor, path, add) =>
  Effect.gen(function*() {
    yield* checkPath(path)
    const { scope, end: forget } = yield* endable
    const placed = { gate: node.gate(path), wish: (wish: Wish) => node.desires.wish(path, wish), forget }
    const handle = yield* Effect.acquireRelease(
      Effect.provideService(add(placed), FencedIn, { ...node.fencedIn, service: path }),
      (handle, exit) => governor.door.release(handle, exit)
    )
    yield* enroll(node, {
      path,
      claim: governor.door.claim(handle),
      follow: (wish) => governor.door.follow(handle, wish),
      keep: governor.door.keep
    }).pipe(Scope.provide(scope))
  })

const steered = Layer.effectDiscard(
  Effect.gen(function*() {
    yield* steer(yield* Governor.Governor, yield* Cluster)
  })
)
