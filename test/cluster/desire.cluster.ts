/** What people want of a service holds on each node, on whichever it runs: three nodes in one process, on a real database. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { freePort } from "../../examples/cluster/freePort.ts"
import * as GovernorCluster from "../../src/cluster/GovernorCluster.ts"
import { Governor, ServiceRun } from "../../src/index.ts"
import { connections, databaseUrl, freshTables, until } from "./clients.ts"
import { startProxy } from "./proxy.ts"

interface Node {
  readonly governor: Governor.Governor
  readonly address: string
}

/** Nodes of a new cluster, all with the same services. */
const clusterOf = (services: Layer.Layer<never, never, Governor.Governor>, count = 3) =>
  Effect.gen(function*() {
    const { schema } = freshTables()
    /** Each node has connections of its own, as another process would, perhaps through a proxy. */
    const startWith = (database: ReturnType<typeof connections>) =>
      Effect.gen(function*() {
        const port = yield* Effect.promise(freePort)
        const options = { host: "127.0.0.1", port, lease: "5 seconds", schema } as const
        const node = Layer.provide(GovernorCluster.supervise(services, options), database)
        const context = yield* Layer.build(node)
        const governor = yield* Effect.provide(Governor.Governor, context)
        return { governor, address: `127.0.0.1:${port}` }
      })
    const start = Effect.suspend(() => startWith(connections()))
    const nodes: ReadonlyArray<Node> = yield* Effect.all(Array.from({ length: count }, () => start), {
      concurrency: count
    })
    return { nodes, start, startWith }
  })

const entry = ({ governor }: Node, name: string) =>
  Effect.map(governor.clusterStatus, (all) => all.find((one) => one.name === name))

const isRunning = (node: Node, name: string) =>
  Effect.map(entry(node, name), (one) => one?.state === "Running" && one.unreachableSince === undefined)

/** The node that runs the service, and the others, once all of them know that. */
const ownerOf = (nodes: ReadonlyArray<Node>, name: string) =>
  Effect.gen(function*() {
    for (const node of nodes) yield* until(isRunning(node, name))
    const { node } = (yield* entry(nodes[0]!, name))!
    const owner = nodes.find(({ address }) => address === node)!
    return { owner, others: nodes.filter((other) => other !== owner) }
  })

const commanded = (node: Node, name: string, command: "start" | "stop" | "restart") =>
  Effect.flatMap(node.governor.get(name), (handle) => handle[command])

const cluster = <A, E>(test: Effect.Effect<A, E, Scope.Scope>) => () => Effect.scoped(test)

describe("a service of a cluster", () => {
  it.live(
    "is stopped, started and restarted by name from a node that does not run it",
    cluster(Effect.gen(function*() {
      const { nodes } = yield* clusterOf(Governor.singleton("billing", Effect.never))
      const { others: [other, third], owner } = yield* ownerOf(nodes, "billing")

      yield* commanded(other!, "billing", "stop")
      assert.strictEqual((yield* (yield* owner.governor.get("billing")).status)._tag, "Stopped")
      for (const node of nodes) yield* until(Effect.map(entry(node, "billing"), (one) => one?.desired === "stopped"))

      yield* commanded(third!, "billing", "start")
      assert.strictEqual((yield* entry(third!, "billing"))?.epoch, 2)
      yield* ownerOf(nodes, "billing")

      yield* commanded(other!, "billing", "restart")
      assert.strictEqual((yield* entry(other!, "billing"))?.epoch, 3)
      const { run } = yield* (yield* owner.governor.get("billing")).status
      assert.strictEqual(run, 3)
    }))
  )

  it.live(
    "stays stopped when its node leaves, and when a node comes",
    cluster(Effect.gen(function*() {
      const { nodes, start } = yield* clusterOf(Governor.singleton("billing", Effect.never), 2)
      const { others: [other], owner } = yield* ownerOf(nodes, "billing")
      yield* commanded(owner, "billing", "stop")
      yield* owner.governor.shutdown
      const third = yield* start
      yield* commanded(third, "billing", "stop")
      assert.deepInclude(yield* entry(other!, "billing"), { state: "Stopped", epoch: 1 })
      yield* commanded(third, "billing", "start")
      yield* until(isRunning(other!, "billing"))
      assert.strictEqual((yield* entry(other!, "billing"))?.epoch, 2)
    }))
  )

  it.live(
    "completes once, for all nodes",
    cluster(Effect.gen(function*() {
      const runs: Array<number> = []
      const done = yield* Deferred.make<void>()
      const migrate = Effect.gen(function*() {
        runs.push((yield* ServiceRun).epoch)
        yield* Deferred.await(done)
      })
      const Services = Layer.merge(Governor.singleton("migrate", migrate), Governor.service("api", Effect.never))
      const { nodes } = yield* clusterOf(Services)
      const { owner } = yield* ownerOf(nodes, "migrate")
      yield* Deferred.succeed(done, undefined)
      for (const node of nodes) yield* until(Effect.map(entry(node, "migrate"), (one) => one?.desired === "completed"))
      yield* owner.governor.shutdown
      const others = nodes.filter((node) => node !== owner)
      for (const { governor } of others) {
        const handle = yield* governor.get("migrate")
        yield* until(Effect.map(handle.status, ({ _tag }) => _tag === "Stopped"))
      }
      assert.deepStrictEqual(runs, [1])
    }))
  )

  it.live(
    "that has failed for good begins again by a start from another node",
    cluster(Effect.gen(function*() {
      const { nodes } = yield* clusterOf(
        Governor.singleton("billing", ServiceRun.use(({ epoch }) => epoch === 1 ? Effect.fail("broken") : Effect.never))
      )
      for (const node of nodes) yield* until(Effect.map(entry(node, "billing"), (one) => one?.state === "Failed"))
      const { node, status } = (yield* entry(nodes[0]!, "billing"))!
      assert.include(JSON.stringify(status), "broken")
      yield* commanded(nodes.find(({ address }) => address !== node)!, "billing", "start")
      yield* ownerOf(nodes, "billing")
    }))
  )

  it.live(
    "goes to another node when its own is drained, which keeps what each node has",
    cluster(Effect.gen(function*() {
      const parts = 12 // so many are spread evenly, and each node has some
      const Services = Layer.merge(
        Governor.service("api", Effect.never),
        Governor.partitioned("ingest", parts, () => Effect.never)
      )
      const { nodes } = yield* clusterOf(Services)
      for (let part = 0; part < parts; part++) yield* ownerOf(nodes, `ingest/${part}`)
      yield* until(
        Effect.map(nodes[0]!.governor.clusterStatus, (all) => new Set(all.map(({ node }) => node)).size === 3)
      )
      const [drained, other, third] = nodes as readonly [Node, Node, Node]
      yield* GovernorCluster.drain(other.governor, drained.address)
      const left = (yield* other.governor.clusterStatus).filter(({ node }) => node === drained.address)
      assert.isTrue(left.every(({ state }) => state === "Standby"), JSON.stringify(left))
      const stays = new Set([other.address, third.address])
      yield* until(
        Effect.map(
          other.governor.clusterStatus,
          (all) => all.length === parts && all.every(({ node, state }) => state === "Running" && stays.has(node!))
        )
      )
      assert.strictEqual((yield* (yield* drained.governor.get("api")).status)._tag, "Running")
      const error = yield* Effect.flip(GovernorCluster.drain(other.governor, "nowhere:1"))
      assert.deepStrictEqual(error.known.length, 3)
    }))
  )

  it.live(
    "is stopped by a node that cannot reach the database, as soon as the node can",
    cluster(Effect.gen(function*() {
      const url = new URL(databaseUrl())
      const proxy = yield* Effect.acquireRelease(
        Effect.promise(() => startProxy(Number(url.port))),
        (proxy) => Effect.promise(proxy.close)
      )
      const { nodes, startWith } = yield* clusterOf(Governor.singleton("billing", Effect.never), 1)
      const [owner] = nodes as readonly [Node]
      yield* until(isRunning(owner, "billing"))
      url.port = String(proxy.port)
      const far = yield* startWith(connections({ url: Redacted.make(url.href) }))
      yield* until(isRunning(far, "billing"))
      proxy.cut()
      const stopping = yield* Effect.forkChild(commanded(far, "billing", "stop"))
      yield* until(
        Effect.map(
          far.governor.get("billing").pipe(Effect.flatMap(({ status }) => status)),
          ({ _tag }) => _tag === "Stopped"
        )
      )
      assert.strictEqual((yield* entry(owner, "billing"))?.state, "Running")
      proxy.heal()
      yield* Fiber.join(stopping)
      yield* until(Effect.map(entry(owner, "billing"), (one) => one?.state === "Stopped" && one.desired === "stopped"))
    }))
  )
})
