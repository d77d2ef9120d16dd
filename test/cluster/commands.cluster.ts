/** Commands by hand on two nodes at a time, on a real database: none is lost, and each returns. */
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { expect, it, onTestFinished, vi } from "vitest"
import { freePort } from "../../examples/cluster/freePort.ts"
import { type ClusterOptions, Governor, type ServiceAPI } from "../../src/cluster/promise/index.ts"
import { tablesIn } from "../../src/cluster/tables.ts"
import { aborted } from "../aborted.ts"
import { asNode, databaseUrl, freshTables } from "./clients.ts"
import { startProxy } from "./proxy.ts"

const clusterOf = ({ schema } = freshTables()) => {
  const node = async (cluster: Partial<ClusterOptions> = {}) => {
    const port = await freePort()
    const governor = new Governor({
      log: () => {},
      cluster: { url: databaseUrl(), host: "127.0.0.1", port, lease: "5 seconds", schema, ...cluster }
    })
    onTestFinished(() => governor.shutdown().then(() => {}))
    governor.add("api", aborted)
    return { governor, address: `127.0.0.1:${port}` }
  }
  return { node, schema }
}

type Node = Awaited<ReturnType<ReturnType<typeof clusterOf>["node"]>>

const stateOf = ({ governor }: Node, name: string) => governor.clusterStatus().find((one) => one.name === name)

const running = (node: Node, name: string): Promise<string> =>
  vi.waitFor(() => {
    expect(stateOf(node, name)).toMatchObject({ state: "Running" })
    return stateOf(node, name)!.node!
  }, { timeout: 20_000, interval: 20 })

/** Two nodes that have the service, of which the first runs it. */
const two = async (run: (api: ServiceAPI) => unknown = aborted) => {
  const { node } = clusterOf()
  const nodes = [await node(), await node()]
  for (const { governor } of nodes) {
    governor.add("billing", (api) => run(api) as Promise<void>, { singleton: true, stopTimeout: "30 seconds" })
    governor.start()
  }
  const [address] = await Promise.all(nodes.map((node) => running(node, "billing")))
  const owner = nodes.find((one) => one.address === address)!
  return { owner, other: nodes.find((one) => one !== owner)! }
}

it("a stop that a start overtakes returns, and so does the start, on each node", async () => {
  const { other, owner } = await two()
  for (const { governor } of [other, owner]) {
    const billing = governor.get("billing")
    await Promise.all([billing.stop(), billing.start()])
  }
  await vi.waitFor(() => expect(stateOf(other, "billing")).toMatchObject({ desired: "running", state: "Running" }))
})

it("one restart from another node is one restart, also if the run takes long to stop", async () => {
  const epochs: Array<number> = []
  const { other } = await two(async (api) => {
    epochs.push(api.epoch)
    await aborted(api)
    await delay(api.epoch === 1 ? 960 : 0) // a second later the restart is asked for again
  })
  await other.governor.get("billing").restart()
  await other.governor.get("billing").stop()
  expect(epochs).toEqual([1, 2])
})

it("a stop that has returned holds, though its node did not know of a start elsewhere", async () => {
  const { node, schema } = clusterOf()
  const url = new URL(databaseUrl())
  const proxy = await startProxy(Number(url.port))
  onTestFinished(proxy.close)
  url.port = String(proxy.port)
  const [near, far] = [await node(), await node({ url: url.href, lease: "15 seconds" })]
  for (const { governor } of [near, far]) {
    governor.add("billing", aborted, { singleton: true })
    governor.start()
  }
  await running(near, "billing")
  await running(far, "billing")
  await near.governor.get("billing").stop()
  await vi.waitFor(() => expect(stateOf(far, "billing")).toMatchObject({ desired: "stopped", state: "Stopped" }))
  proxy.freeze()
  void near.governor.get("billing").start()
  await vi.waitFor(() => expect(stateOf(near, "billing")?.desired).toBe("running"))
  const stopped = far.governor.get("billing").stop()
  expect(await Promise.race([stopped.then(() => "returned"), delay(500, "waits")])).toBe("waits")
  proxy.thaw()
  await stopped
  const rows = await Effect.runPromise(
    asNode(
      Effect.flatMap(
        SqlClient,
        (sql) => sql`SELECT desired FROM ${sql(tablesIn(schema).services)} WHERE name = 'billing'`
      )
    )
  )
  expect(rows).toEqual([{ desired: "stopped" }])
})

it("a node that another one drains knows what happens, while a service of it takes long to stop", async () => {
  let [isStopping, end] = [false, () => {}]
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  onTestFinished(end)
  const { node } = clusterOf()
  const nodes = [await node(), await node()]
  for (const { governor } of nodes) {
    governor.add("ingest", async (api) => {
      await aborted(api)
      if (api.part !== 0 || isStopping) return
      isStopping = true
      await over
    }, { partitions: 12, stopTimeout: "60 seconds" })
    governor.start()
  }
  const [address] = await Promise.all(nodes.map((node) => running(node, "ingest/0")))
  const owner = nodes.find((one) => one.address === address)!
  const other = nodes.find((one) => one !== owner)!
  const parts = Array.from({ length: 11 }, (_, i) => `ingest/${i + 1}`)
  for (const part of parts) await running(owner, part)
  const drained = other.governor.drain(owner.address)
  for (const part of parts) {
    await vi.waitFor(() => expect(stateOf(owner, part)).toMatchObject({ node: other.address, state: "Running" }), {
      timeout: 20_000
    })
  }
  expect(isStopping).toBe(true)
  await owner.governor.get(parts[0]!).stop()
  expect(stateOf(owner, parts[0]!)?.state).toBe("Stopped")
  end()
  await drained
})

/** A way to the database that takes this long in each direction, in milliseconds. */
const distant = async (millis: number): Promise<string> => {
  const url = new URL(databaseUrl())
  const port = Number(url.port)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const there = connect(port, "127.0.0.1")
    for (const [from, to] of [[client, there], [there, client]] as const) {
      sockets.add(from)
      from.setNoDelay()
      from.on("data", (bytes) => setTimeout(() => void (to.destroyed || to.write(bytes)), millis))
      from.on("error", () => {})
      from.on("close", () => setTimeout(() => to.destroy(), millis))
    }
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    sockets.forEach((socket) => socket.destroy())
  })
  url.port = String((server.address() as AddressInfo).port)
  return url.href
}

it("300 services of one node begin once, and stay, though the database is far away", async () => {
  const { node } = clusterOf()
  const { governor } = await node({ url: await distant(1) })
  let [up, begun] = [0, 0]
  governor.add("ingest", async (api) => {
    begun++
    up++
    await aborted(api)
    up--
  }, { partitions: 300 })
  governor.start()
  await vi.waitFor(() => expect(up).toBe(300), { timeout: 30_000 })
  await delay(4000) // longer than the locks stay without being renewed
  expect([up, begun]).toEqual([300, 300])
})
