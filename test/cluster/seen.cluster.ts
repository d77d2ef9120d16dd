/** What a node answers over HTTP of three real nodes, and does for them. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { expect, inject, it, onTestFinished } from "vitest"
import { freePort } from "../../examples/cluster/freePort.ts"
import * as GovernorCluster from "../../src/cluster/GovernorCluster.ts"
import type { ClusterStatus } from "../../src/ClusterStatus.ts"
import { Governor } from "../../src/index.ts"
import { asks } from "../http/asking.ts"
import { three } from "./nodes.ts"
import { until } from "./world.ts"

/** Several nodes begin and move, on a machine with two cores. */
const timeout = 120_000

const options = { lease: 15_000, parts: 12 }

/** The same services as those of the nodes have. */
const Services = Layer.mergeAll(
  Governor.singleton("billing", Effect.never),
  Governor.singleton("slow", Effect.never),
  Governor.partitioned("ingest", options.parts, () => Effect.never)
)

/** Questions to a node in this process, which has no services: it was drained. */
const observer = async (schema: string) => {
  const scope = Scope.makeUnsafe()
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)), 60_000)
  const port = await freePort()
  const node = GovernorCluster.supervise(Services, { host: "127.0.0.1", port, lease: options.lease, schema }).pipe(
    Layer.provide(PgClient.layer({ url: Redacted.make(inject("database")) }))
  )
  const context = await Effect.runPromise(Layer.buildWithScope(node, scope))
  const governor = await Effect.runPromise(Effect.provide(Governor.Governor, context))
  const ask = asks(governor, { tokens: { control: "secret" } })
  const post = (target: string) => ask(target, { method: "POST", headers: { authorization: "Bearer secret" } })
  expect((await post("/drain?wait=30s")).json).toMatchObject({ reached: true, node: `127.0.0.1:${port}` })
  const seen = async (name: string): Promise<ReadonlyArray<ClusterStatus>> =>
    (await ask(`/services?scope=cluster&name=${name}`)).json.services
  return { post, seen, billing: async () => (await seen("billing"))[0]! }
}

/** Three nodes that have all services, and one that looks. */
const observed = async (schema: string) => {
  const all = await three(schema, options)
  const looks = await observer(schema)
  await all.runsOn(all.nodes)
  const owners = new Set(all.nodes.map(({ port }) => `127.0.0.1:${port}`))
  await until(
    "the cluster knows that all run",
    async () => (await looks.seen("*")).every(({ node, state }) => state === "Running" && owners.has(node!))
  )
  return { ...all, ...looks }
}

it("a service whose node is killed is unreachable until another node runs it", { timeout }, async () => {
  const { billing, ownerOf, seen, violations } = await observed("seen_killed")
  const victim = await ownerOf("billing")
  const dead = `127.0.0.1:${victim.port}`
  const before = await billing()
  expect(before).toMatchObject({ node: dead, state: "Running" })
  expect(before.unreachableSince).toBeUndefined()

  victim.kill("SIGKILL")
  const told: Array<ClusterStatus> = []
  await until("another node runs it", async () => {
    const now = await billing()
    told.push(now)
    return now.node !== dead && now.state === "Running"
  })
  const lost = told.filter(({ unreachableSince }) => unreachableSince !== undefined)
  expect(lost.length, "nobody has said that the node does not answer").toBeGreaterThan(0)
  for (const one of lost) expect(one).toMatchObject({ node: dead, epoch: before.epoch, state: "Running" })
  const after = told.at(-1)!
  expect(after.epoch).toBeGreaterThan(before.epoch)
  expect(after.unreachableSince).toBeUndefined()
  await until(
    "all others run elsewhere too",
    async () =>
      (await seen("*")).every(({ node, state, unreachableSince }) =>
        node !== dead && state === "Running" && unreachableSince === undefined
      )
  )
  expect(await violations()).toEqual([])
})

it("a node that does not have a service commands the one that has, and drains it", { timeout }, async () => {
  const { billing, nodes, ownerOf, owners, post, runsOn, seen, violations } = await observed("seen_commanded")
  const { epoch, node } = await billing()
  expect(node).toBe(`127.0.0.1:${(await ownerOf("billing")).port}`)

  const stopped = await post("/services/billing/stop?wait=10s")
  expect([stopped.status, stopped.json.reached]).toEqual([200, true])
  expect((await owners()).get("billing"), "the owner has done it").toEqual([])
  expect(await billing()).toMatchObject({ desired: "stopped", state: "Stopped" })

  const started = await post("/services/billing/start?wait=10s")
  expect([started.status, started.json.reached]).toEqual([200, true])
  await until("the owner has done it", async () => (await owners()).get("billing")!.length === 1)
  expect(await billing()).toMatchObject({ desired: "running", epoch: epoch + 1 })

  const restarted = await post("/services/billing/restart?wait=10s")
  expect([restarted.status, restarted.json.reached]).toEqual([200, true])
  expect(await billing()).toMatchObject({ epoch: epoch + 2 })

  const part = (await seen("ingest/1"))[0]!
  expect((await post("/services/ingest/1/restart?wait=10s")).json.reached).toBe(true)
  expect((await seen("ingest/1"))[0]).toMatchObject({ epoch: part.epoch + 1 })

  const drained = await ownerOf("billing")
  const address = `127.0.0.1:${drained.port}`
  const answer = await post(`/drain?node=${address}&wait=30s`)
  expect([answer.status, answer.json.reached, answer.json.node]).toEqual([200, true, address])
  expect((await seen("*")).filter(({ node, state }) => node === address && state === "Running")).toEqual([])
  await runsOn(nodes.filter((node) => node !== drained))
  const unknown = await post("/drain?node=127.0.0.1:1")
  expect([unknown.status, unknown.json.reason]).toEqual([409, "UnknownNode"])
  expect(unknown.json.known).toContain(address)
  expect(await violations()).toEqual([])
})
