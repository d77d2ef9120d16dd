/** The governor of plain TypeScript as a node of a cluster, on a real database. */
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Identifier } from "effect/sql/Statement"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { freePort } from "../../examples/cluster/freePort.ts"
import {
  type ClusterOptions,
  Governor,
  type GovernorOptions,
  guard,
  InvalidOption,
  type LogEntry,
  type ServiceAPI,
  type ServiceOptions,
  UnknownNode
} from "../../src/cluster/promise/index.ts"
import { tablesIn } from "../../src/cluster/tables.ts"
import { serviceAPI } from "../../src/testing/index.ts"
import { aborted } from "../aborted.ts"
import { run } from "../child.ts"
import { asNode, databaseUrl, freshTables } from "./clients.ts"

/** Governors in one new cluster, each of which ends with the test. */
const clusterOf = ({ schema } = freshTables()) => {
  const node = async (options: GovernorOptions = {}, cluster: Partial<ClusterOptions> = {}) => {
    const port = cluster.port ?? await freePort()
    const log: Array<LogEntry> = []
    const governor = new Governor({
      log: (entry) => log.push(entry),
      ...options,
      cluster: { url: databaseUrl(), host: "127.0.0.1", port, lease: "5 seconds", schema, ...cluster }
    })
    onTestFinished(() => governor.shutdown().then(() => {}))
    return { governor, log, port, address: `127.0.0.1:${port}` }
  }
  return { node, schema }
}

/** What another node does to the ledger of this schema. */
const asOther = (schema: string, change: (sql: SqlClient, table: Identifier) => Effect.Effect<unknown, unknown>) =>
  Effect.runPromise(asNode(Effect.flatMap(SqlClient, (sql) => change(sql, sql(tablesIn(schema).services)))))

const stateOf = (governor: Governor, name: string) => governor.clusterStatus().find((one) => one.name === name)

/** Waits until this node knows that the service runs, and tells where. */
const running = (governor: Governor, name: string): Promise<string> =>
  vi.waitFor(() => {
    const one = stateOf(governor, name)
    expect(one).toMatchObject({ state: "Running" })
    expect(one?.unreachableSince).toBeUndefined()
    return one!.node!
  }, { timeout: 20_000, interval: 20 })

describe("a service that runs once", () => {
  it("runs on one of two nodes, and on the other when that one shuts down, with a later epoch", async () => {
    const { node } = clusterOf()
    const epochs: Array<number> = []
    const bill = (api: ServiceAPI) => {
      epochs.push(api.epoch)
      return aborted(api)
    }
    const nodes = [await node(), await node()]
    for (const { governor } of nodes) {
      governor.add("api", aborted)
      governor.add("billing", bill, { singleton: true, dependsOn: ["api"] })
      governor.start()
    }
    const [first] = await Promise.all(nodes.map(({ governor }) => running(governor, "billing")))
    const owner = nodes.find(({ address }) => address === first)!
    const other = nodes.find((node) => node !== owner)!
    expect(other.governor.get("billing").status()._tag).toBe("Standby")
    expect(other.governor.get("api").status()._tag).toBe("Running")

    const { ok, services } = await owner.governor.shutdown()
    expect({ ok, names: services.map(({ name, outcome }) => `${name} ${outcome}`) }).toEqual({
      ok: true,
      names: ["api Stopped", "billing Stopped"]
    })
    await vi.waitFor(() => expect(other.governor.get("billing").status()._tag).toBe("Running"), { timeout: 20_000 })
    expect(epochs).toEqual([1, 2])
  })

  it("is stopped and started by its name from the other node", async () => {
    const { node } = clusterOf()
    const nodes = [await node(), await node()]
    for (const { governor } of nodes) {
      governor.add("api", aborted).start()
      governor.add("billing", aborted, { singleton: true }).start()
    }
    const [address] = await Promise.all(nodes.map(({ governor }) => running(governor, "billing")))
    const owner = nodes.find((node) => node.address === address)!.governor
    const other = nodes.find((node) => node.address !== address)!.governor

    await other.get("billing").stop()
    expect(owner.get("billing").status()._tag).toBe("Stopped")
    await other.get("billing").start()
    expect(await running(other, "billing")).toBe(address)
    expect(stateOf(other, "billing")?.epoch).toBe(2)
  })

  it("is not had by a node that has removed it, and comes again when the node has added it again", async () => {
    const { node, schema } = clusterOf()
    const { governor } = await node()
    const epochs: Array<number> = []
    const bill = (api: ServiceAPI) => {
      epochs.push(api.epoch)
      return aborted(api)
    }
    governor.add("api", aborted).start() // keeps the node in the cluster
    for (const epoch of [1, 2, 3]) {
      const handle = governor.add("billing", bill, { singleton: true }).start()
      await running(governor, "billing")
      await handle.remove()
      await vi.waitFor(() =>
        expect(stateOf(governor, "billing")).toMatchObject({ epoch, state: "Stopped", desired: "running" })
      )
    }
    expect(epochs).toEqual([1, 2, 3])
    await asOther(schema, (sql, table) => sql`UPDATE ${table} SET desired = 'stopped'`)
    await governor.add("billing", bill, { singleton: true }).start().start() // by hand, before the node follows the service
    await running(governor, "billing")
    expect(stateOf(governor, "billing")).toMatchObject({ epoch: 4, desired: "running" })
  })

  it("has completed for all, though it is removed as it completes", async () => {
    const { node } = clusterOf()
    const { governor } = await node()
    governor.add("api", aborted).start()
    governor.add("billing", () => {}, { singleton: true, removeWhenOver: true }).start()
    await vi.waitFor(
      () => expect(stateOf(governor, "billing")).toMatchObject({ desired: "completed", state: "Stopped" }),
      {
        timeout: 20_000
      }
    )
  })

  it("cannot be depended on, and that is said at the start, before the node is in", async () => {
    const { governor } = await clusterOf().node()
    governor.add("billing", aborted, { singleton: true })
    governor.add("mails", aborted, { dependsOn: ["billing"] })
    expect(() => governor.start()).toThrow(InvalidOption)
    expect(governor.status().map(({ _tag }) => _tag)).toEqual(["Pending", "Pending"])
  })
})

describe("a service in parts", () => {
  it("is spread over the nodes, each part once, and goes to the others when a node is drained", async () => {
    const { node } = clusterOf()
    const nodes = [await node(), await node()]
    const runs = nodes.map(() => new Set<number>())
    for (const [i, { governor }] of nodes.entries()) {
      governor.add("ingest", (api) => {
        runs[i]!.add(api.part!)
        api.defer(() => runs[i]!.delete(api.part!))
        return aborted(api)
      }, { partitions: 12 }).start()
    }
    const isSpread = () => expect(runs.map(({ size }) => size)).toEqual([6, 6])
    await vi.waitFor(isSpread, { timeout: 20_000 })
    expect(runs.flatMap((own) => [...own]).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i))

    const [one, other] = nodes as [typeof nodes[0], typeof nodes[0]]
    await other.governor.drain(one.address)
    await vi.waitFor(() => expect(runs.map(({ size }) => size)).toEqual([0, 12]), { timeout: 20_000 })
    expect(one.governor.get("ingest").status()._tag).toBe("Running")
    await expect(other.governor.drain("nowhere:1")).rejects.toThrow(UnknownNode)
  })

  it("stays when all its parts are stopped by hand, on whichever node, and these may be started again", async () => {
    const { node } = clusterOf()
    const nodes = [await node(), await node()]
    for (const { governor } of nodes) {
      governor.add("ingest", aborted, { partitions: 3 })
      governor.start()
    }
    const parts = [0, 1, 2].map((part) => `ingest/${part}`)
    for (const part of parts) await running(nodes[0]!.governor, part)
    await vi.waitFor(() => expect(nodes[1]!.governor.clusterStatus()).toHaveLength(3))
    for (const part of parts) await nodes[1]!.governor.get(part).stop()
    for (const { governor } of nodes) {
      await vi.waitFor(
        () =>
          expect(governor.clusterStatus().map(({ desired, state }) => `${desired} ${state}`)).toEqual(
            parts.map(() => "stopped Stopped")
          ),
        { timeout: 5000 }
      )
      expect(governor.get("ingest").status()._tag).toBe("Running")
    }
    const later = await node() // one that comes meanwhile stays too, and begins nothing
    later.governor.add("ingest", aborted, { partitions: 3 })
    later.governor.start()
    await vi.waitFor(() => expect(later.governor.get("ingest/0").status()._tag).toBe("Stopped"), { timeout: 20_000 })
    for (const part of parts) await later.governor.get(part).start()
    for (const part of parts) await running(nodes[0]!.governor, part)
    const { ok } = await nodes[0]!.governor.shutdown()
    expect(ok).toBe(true)
  })

  it("gives its parts away when the whole is stopped on a node, and takes its share when it is started", async () => {
    const { node } = clusterOf()
    const nodes = [await node(), await node()]
    for (const { governor } of nodes) governor.add("ingest", aborted, { partitions: 2 }).start()
    const [one, other] = nodes.map(({ governor }) => governor) as [Governor, Governor]
    await running(one, "ingest/0")
    await running(one, "ingest/1")
    await one.get("ingest").stop()
    await vi.waitFor(async () => {
      const states = other.status({ tree: true }).map(({ _tag }) => _tag)
      expect(states).toEqual(["Running", "Running", "Running"])
    }, { timeout: 20_000 })
  })
})

describe("a guarded write", () => {
  /** A node with a table, and the object of a run of its only service. */
  const writing = async (options: ServiceOptions = { singleton: true }) => {
    const { node, schema } = clusterOf()
    const { governor } = await node()
    const api = await new Promise<ServiceAPI>((resolve) => {
      governor.add("billing", (api) => {
        resolve(api)
        return aborted(api)
      }, options)
      governor.start()
    })
    await asOther(schema, (sql) => sql`CREATE TABLE IF NOT EXISTS invoices (customer text)`)
    await asOther(schema, (sql) => sql`TRUNCATE invoices`)
    const invoices = () => guard(api, (sql) => sql<{ customer: string }>`SELECT customer FROM invoices`)
    return { api, governor, invoices, schema }
  }

  it("is one transaction, whose result is that of the function", async () => {
    const { api, invoices } = await writing()
    const customer = "c1"
    const written = guard(api, async (sql) => {
      await sql`INSERT INTO invoices VALUES (${customer})`
      expect((await sql`SELECT 1 FROM invoices`).length).toBe(1)
      return "written"
    })
    expect(await written).toBe("written")
    expect(await invoices()).toEqual([{ customer }])
  })

  it("is not made if the function fails, with its error", async () => {
    const { api, invoices } = await writing()
    const error = new Error("no")
    const written = guard(api, async (sql) => {
      await sql`INSERT INTO invoices VALUES ('c1')`
      throw error
    })
    await expect(written).rejects.toBe(error)
    expect(await invoices()).toEqual([])
  })

  it("is refused when a later run has begun elsewhere", async () => {
    const { api, schema } = await writing()
    let ran = false
    await asOther(schema, (sql, table) => sql`UPDATE ${table} SET epoch = epoch + 1, node = 'other:1'`)
    const written = guard(api, () => {
      ran = true
      return Promise.resolve()
    })
    await expect(written).rejects.toMatchObject({ _tag: "FenceLost", service: "billing", epoch: 1, current: 2 })
    expect(ran).toBe(false)
  })

  it("is only a transaction in a service that each node has", async () => {
    const { api, invoices } = await writing({})
    await guard(api, (sql) => sql`INSERT INTO invoices VALUES ('c1')`)
    expect([api.epoch, await invoices()]).toEqual([0, [{ customer: "c1" }]])
  })

  it.each([
    ["made by hand", () => serviceAPI()],
    [
      "of a governor without a cluster",
      () => new Promise<ServiceAPI>((resolve) => void new Governor().add("billing", resolve).start())
    ]
  ])("needs an object that is not %s", async (_, make) => {
    const written = guard(await make(), () => Promise.resolve())
    await expect(written).rejects.toMatchObject({ _tag: "InvalidOption", field: "api" })
  })
})

describe("a node", () => {
  it("begins nothing before it is in the cluster", async () => {
    const { governor } = await clusterOf().node()
    governor.add("api", aborted)
    governor.start()
    expect(governor.status()[0]?._tag).toBe("Pending")
    expect(governor.clusterStatus()).toEqual([])
    const { ok } = await governor.whenReady()
    expect([ok, governor.status()[0]?._tag]).toEqual([true, "Running"])
  })

  it("comes back with its address when it has left, and a new governor may have the address at once", async () => {
    const { node } = clusterOf()
    const { governor, port } = await node()
    governor.add("billing", aborted, { singleton: true })
    governor.start()
    await running(governor, "billing")
    expect((await governor.shutdown()).ok).toBe(true)

    const next = await node({}, { port })
    next.governor.add("billing", aborted, { singleton: true }).start()
    await running(next.governor, "billing")
    expect(stateOf(next.governor, "billing")?.epoch).toBe(2)
  })

  it("leaves the cluster when all is over, and joins it again when something is started", async () => {
    const { node } = clusterOf()
    const { governor } = await node()
    governor.add("api", aborted)
    governor.add("billing", ({ epoch, sleep }) => epoch === 1 ? undefined : sleep("Infinity").then(() => {}), {
      singleton: true
    })
    governor.start()
    await vi.waitFor(() => expect(stateOf(governor, "billing")?.desired).toBe("completed"), { timeout: 20_000 })
    await governor.get("api").stop()
    expect((await governor.waitForShutdown()).reason._tag).toBe("AllOver")
    await governor.get("api").start()
    await governor.get("billing").start()
    await vi.waitFor(() => expect(governor.get("api").status()._tag).toBe("Running"), { timeout: 20_000 })
    await running(governor, "billing")
    expect(stateOf(governor, "billing")?.epoch).toBe(2)
  })

  it("stays in the cluster when all its services are stopped by hand, for they may be started from any node", async () => {
    const { node } = clusterOf()
    const { governor } = await node()
    governor.add("billing", aborted, { singleton: true })
    governor.start()
    await running(governor, "billing")
    await governor.get("billing").stop()
    const over = governor.waitForShutdown()
    await vi.waitFor(() => expect(stateOf(governor, "billing")).toMatchObject({ desired: "stopped", state: "Stopped" }))
    await governor.get("billing").start()
    await running(governor, "billing")
    await governor.shutdown()
    expect((await over).reason._tag).toBe("Requested")
  })

  it("shuts down while it is about to join", async () => {
    const { governor } = await clusterOf().node()
    governor.add("api", aborted)
    governor.start()
    const { ok, reason, services } = await governor.shutdown("changed my mind")
    expect({ ok, reason }).toEqual({ ok: true, reason: { _tag: "Requested", message: "changed my mind" } })
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(["api Stopped"])
  })
})

describe("a node that may not join", () => {
  const refused = async ({ governor, log }: { governor: Governor; log: ReadonlyArray<LogEntry> }) => {
    governor.add("api", aborted)
    governor.add("billing", aborted, { singleton: true })
    governor.start()
    const { ok, reason, services } = await governor.waitForShutdown()
    expect(ok).toBe(false)
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(["api Stopped", "billing Stopped"])
    const line = log.find(({ message }) => message === "this node could not join the cluster")
    expect(line?.level).toBe("error")
    return { line, reason }
  }

  it("shuts down if the database cannot be reached, and says so", async () => {
    const { node } = clusterOf()
    const port = await freePort()
    const { line, reason } = await refused(await node({}, { url: `postgres://nobody@127.0.0.1:${port}/none` }))
    expect(reason).toMatchObject({ _tag: "Expelled", cause: { name: expect.stringContaining("SqlError") } })
    expect(line?.error?.message).toContain("connect")
  })

  it("shuts down if another process has its address", async () => {
    const { node } = clusterOf()
    const { governor, port } = await node()
    governor.add("billing", aborted, { singleton: true }).start()
    await running(governor, "billing")
    const { reason } = await refused(await node({}, { port }))
    expect(reason).toMatchObject({ _tag: "Expelled", cause: { name: "AddressTaken" } })
    expect(governor.get("billing").status()._tag).toBe("Running")
  })

  it("lets nobody wait for a command to one of its services", async () => {
    const { node } = clusterOf()
    const { governor } = await node({}, { url: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
    governor.add("api", aborted)
    governor.add("billing", aborted, { singleton: true })
    governor.start()
    await governor.get("billing").stop()
    expect((await governor.waitForShutdown()).ok).toBe(false)
  })
})

describe("a process that is a node", () => {
  const start = async (how: "waits" | "returns", cluster: Partial<ClusterOptions> = {}) => {
    const { schema } = freshTables()
    const options = { url: databaseUrl(), host: "127.0.0.1", port: await freePort(), lease: "5 seconds", schema }
    return run("node-promise", [how, JSON.stringify({ ...options, ...cluster })])
  }

  it("ends by itself with code 0 when all is over", async () => {
    const child = await start("returns")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toMatch(/billing began: 1\n[^]*billing ended\n[^]*reported true AllOver\n/)
  })

  it("has told the cluster before it ends that a service has completed for good", async () => {
    const { node, schema } = clusterOf()
    const child = await start("returns", { schema })
    await child.exit
    const { governor } = await node()
    governor.add("api", aborted)
    governor.add("billing", aborted, { singleton: true })
    governor.start()
    await vi.waitFor(() => expect(governor.get("billing").status()._tag).toBe("Stopped"), { timeout: 20_000 })
    expect(stateOf(governor, "billing")).toMatchObject({ desired: "completed", epoch: 1, state: "Stopped" })
  })

  it("ends with code 0 at SIGTERM, when its services have stopped", async () => {
    const child = await start("waits")
    await child.printed("billing began: 1")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toMatch(/billing ended\n[^]*reported true Signal\n/)
  })

  it("ends with code 1 if it may not join, and says why", async () => {
    const child = await start("waits", { url: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.output()).toMatch(/this node could not join the cluster[^]*reported false Expelled\n/)
    expect(child.output()).not.toContain("billing began")
  })
})

describe("options of a cluster that cannot be meant", () => {
  const good = { url: "postgres://127.0.0.1/app", host: "127.0.0.1", port: 7000 }
  it.each<[string, unknown, string]>([
    ["no object", "postgres://127.0.0.1", "cluster"],
    ["an unknown option", { ...good, shards: 12 }, "shards"],
    ["another database", { ...good, url: "mysql://root:secret@127.0.0.1/app" }, "url"],
    ["no url", { ...good, url: "127.0.0.1:secret" }, "url"],
    ["no host", { ...good, host: "" }, "host"],
    ["a host that is everywhere", { ...good, host: "0.0.0.0" }, "host"],
    ["no port", { ...good, port: 0 }, "port"],
    ["a port too large", { ...good, port: 65_536 }, "port"],
    ["a short lease", { ...good, lease: "1 second" }, "lease"],
    ["a schema that needs escapes", { ...good, schema: "a b" }, "schema"]
  ])("refuses %s, and tells no password", (_, cluster, field) => {
    let error: unknown
    try {
      void new Governor({ cluster: cluster as never })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ field })
    expect((error as InvalidOption).message).not.toContain("secret")
  })

  it.each([
    ["a NUL", "a\0b"],
    ["half of a pair of code units", "a\ud800b"],
    ["too many bytes", "ü".repeat(501)]
  ])("refuses a name with %s, which the database cannot hold", async (_, name) => {
    const { governor } = await clusterOf().node()
    governor.add(name, aborted, { singleton: true })
    expect(() => governor.start()).toThrow(/^name(| of service .*): expected a name of at most 1000 bytes/)
  })

  it("refuses them in a governor inside of another: a process is one node", () => {
    expect(() => Governor.asService(() => {}, { cluster: good } as never)).toThrow(InvalidOption)
  })
})

describe("the class", () => {
  it("makes governors of effect-governor/promise, alone without the option", async () => {
    await using governor = new Governor({ name: "alone" })
    expect(governor).toBeInstanceOf(Governor)
    governor.add("billing", aborted, { singleton: true }).start()
    await governor.whenReady()
    expect([governor.status()[0]?._tag, governor.clusterStatus()]).toEqual(["Running", []])
  })
})
