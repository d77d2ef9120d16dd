/** What may happen to the nodes of a cluster and to its database, on three real nodes and a real PostgreSQL. */
import { setTimeout as delay } from "node:timers/promises"
import { expect, it, onTestFinished, vi } from "vitest"
import { startDatabase } from "../../examples/cluster/database.ts"
import { timingOf } from "../../src/cluster/timing.ts"
import { inWords, type Row, staleIn, type Violation } from "./audit.ts"
import { cluster, three } from "./nodes.ts"
import { type Node, until } from "./world.ts"

vi.setConfig({ testTimeout: 120_000 })

const lease = 5000
const debounce = Number(timingOf(lease).sharding.runnerJoinDebounce)
const writers = ["billing", "slow"]
const words = (violations: ReadonlyArray<Violation>) => violations.map(inWords)

/** Only a node that is frozen or blocked may run a service beside its owner. */
const but = (...nodes: ReadonlyArray<Node>) => ({
  allowOverlapOf: (_: string, node: string) => nodes.some(({ port }) => port === node)
})

const stale = (rows: ReadonlyArray<Row>) => ({
  guarded: staleIn(rows, "guarded").length,
  refused: rows.filter(({ what }) => what === "refused").length
})

/** How long after this moment the last run of the node ended that began before it. */
const endedAfter = (rows: ReadonlyArray<Row>, { pid }: Node, moment: number) => {
  const own = rows.filter((row) => row.pid === pid && row.at > moment && row.what === "end")
  return Math.max(0, ...own.map(({ at }) => at - moment))
}

/** The node goes on, ends its old runs in time, and has written nothing guarded meanwhile. */
const thaws = async ({ nodes, rows, runsOn, violations }: Awaited<ReturnType<typeof three>>, frozen: Node) => {
  frozen.kill("SIGCONT")
  const thawed = Date.now()
  await runsOn(nodes)
  expect(words(await violations(but(frozen)))).toEqual([])
  expect(stale(await rows()).guarded).toBe(0)
  expect(endedAfter(await rows(), frozen, thawed)).toBeLessThan(lease / 3)
}

const database = async () => {
  const own = await startDatabase()
  onTestFinished(own.stop)
  return own
}

it("a node that is frozen for longer than its lease is overtaken, writes nothing guarded and ends its old runs", async () => {
  const all = await three("frozen", { lease, writers })
  const { nodes, ownerOf, runsOn } = all
  const frozen = await ownerOf("billing")
  frozen.kill("SIGSTOP")
  await runsOn(nodes.filter((node) => node !== frozen))
  await thaws(all, frozen)
})

it("a node that is frozen inside a guarded write holds nobody up", async () => {
  const all = await three("frozen_inside", { lease, writers: ["billing"], holds: 50 })
  const { ask, nodes, ownerOf, runsOn } = all
  const frozen = await ownerOf("billing")
  const isInside = async () => {
    const inside = await ask((sql) =>
      sql`SELECT 1 FROM pg_stat_activity WHERE application_name = ${frozen.port} AND state = 'idle in transaction'`
    )
    return inside.length > 0
  }
  await until("the node is frozen inside a guarded write", async () => {
    frozen.kill("SIGSTOP")
    if (await isInside()) return true
    frozen.kill("SIGCONT")
    return false
  })
  await runsOn(nodes.filter((node) => node !== frozen))
  await thaws(all, frozen)
})

it("a node whose event loop is blocked for longer than its lease is overtaken, and writes nothing guarded", async () => {
  const { nodes, ownerOf, rows, runsOn, violations } = await three("blocked", { lease, writers, block: 3 * lease })
  const blocked = await ownerOf("billing")
  blocked.kill("SIGUSR2")
  await runsOn(nodes.filter((node) => node !== blocked))
  await blocked.printed("this process did not run for")
  await runsOn(nodes)
  expect(words(await violations(but(blocked)))).toEqual([])
  expect(stale(await rows()).guarded).toBe(0)
})

it("a node that is cut off from the database stops its services before others begin them", async () => {
  const { ownerOf, runsOn, startThree, violations } = await cluster("cut_off", { lease, writers })
  const nodes = await startThree({ isProxied: true })
  await runsOn(nodes)
  const lost = await ownerOf("billing")
  lost.proxy!.freeze()
  await runsOn(nodes.filter((node) => node !== lost))
  lost.proxy!.thaw()
  await runsOn(nodes)
  expect(words(await violations())).toEqual([])
})

it("a database that restarts, in order or by a crash, moves nothing to two nodes", async () => {
  const { restart, url } = await database()
  const { nodes, runsOn, violations } = await three("restarted", { lease, writers }, url)
  for (const how of ["fast", "immediate"] as const) {
    await restart(how)
    await runsOn(nodes)
  }
  expect(words(await violations())).toEqual([])
})

it("a node alone stops its services when the database is gone, and runs them again when it is back", async () => {
  const { halt, resume, url } = await database()
  const { owners, rows, runsOn, services, start, violations } = await cluster("alone", { lease, writers }, url)
  const node = await start()
  await runsOn([node])
  await halt("immediate")
  await node.printed("Shard lock storage is unhealthy")
  await delay(lease / 3)
  await resume()
  await runsOn([node])
  expect(words(await violations())).toEqual([])
  expect((await rows()).filter(({ what }) => what === "begin")).toHaveLength(2 * services.length)
  expect((await owners()).size).toBe(services.length)
})

it("three nodes that start at once begin each service once", async () => {
  const { ask, rows, schema, services } = await three("cold", { parts: 24 })
  const [came] = await ask((sql) =>
    sql<{ within: number }>`SELECT extract(epoch FROM max(started) - min(started))::float * 1000 AS within
      FROM ${sql(`${schema}.governor_nodes`)}`
  )
  expect(came!.within, "the machine was too slow to start three nodes at once").toBeLessThan(debounce)
  const begun = (await rows()).filter(({ what }) => what === "begin").map(({ service }) => service)
  expect(begun.toSorted()).toEqual(services.toSorted())
})

it("three nodes that restart one after the other never run a service twice", async () => {
  const { nodes, runsOn, start, violations } = await three("rolling", { lease, writers })
  const all = [...nodes]
  for (const node of nodes) {
    node.kill("SIGTERM")
    expect(await node.exit).toMatchObject({ code: 0 })
    all[all.indexOf(node)] = await start({ port: node.port })
    await runsOn(all)
  }
  expect(words(await violations())).toEqual([])
})

it("a node whose address another process has is refused, and says so", async () => {
  const { runsOn, start } = await cluster("same_address", { lease })
  const first = await start()
  await runsOn([first])
  const second = await start({ port: first.port, isAwaited: false })
  expect(await second.exit).toMatchObject({ code: 1 })
  expect(second.output()).toContain(
    `address of this node: expected an address that no other process in the cluster has, got "127.0.0.1:${first.port}"`
  )
  await runsOn([first])
})

it("a node with other settings is refused, and says which", async () => {
  const { ask, runsOn, schema, start } = await cluster("other_settings", { lease })
  const first = await start()
  await runsOn([first])
  await ask((sql) =>
    sql`UPDATE ${sql(`${schema}.governor_agreement`)} SET settings = replace(settings, '"groups":25', '"groups":24')`
  )
  const second = await start({ isAwaited: false })
  expect(await second.exit).toMatchObject({ code: 1 })
  expect(second.output()).toContain("groups of this node: expected 24, which the nodes in the cluster have, got 25")
})

it("a process whose run goes on when the lease is lost ends with code 1", async () => {
  const { harden, ownerOf, runsOn, startThree, violations } = await cluster("outlived", {
    lease,
    stubborn: ["billing"]
  })
  const nodes = await startThree({ isProxied: true })
  await runsOn(nodes)
  await harden()
  const lost = await ownerOf("billing")
  lost.proxy!.freeze()
  expect(await lost.exit).toMatchObject({ code: 1 })
  expect(lost.output()).toContain("run of service \"billing\": expected its end within")
  await runsOn(nodes.filter((node) => node !== lost))
  expect(words(await violations({ allowOverlapOf: (service, _, millis) => service === "billing" && millis < lease })))
    .toEqual([])
})

it("a process that wakes without its lease, and whose run does not end, ends with code 1", async () => {
  const { harden, nodes, ownerOf, runsOn, violations } = await three("woken", { lease, stubborn: ["billing"] })
  await harden()
  const frozen = await ownerOf("billing")
  frozen.kill("SIGSTOP")
  await runsOn(nodes.filter((node) => node !== frozen))
  frozen.kill("SIGCONT")
  expect(await frozen.exit).toMatchObject({ code: 1 })
  expect(frozen.output()).toContain("run of service \"billing\": expected its end within")
  expect(words(await violations(but(frozen)))).toEqual([])
})
