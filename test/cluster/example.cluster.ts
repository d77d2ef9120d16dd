/** The example of a cluster as its users see it: by what it prints, its pages, its exit, and what it leaves behind. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, inject, it, onTestFinished, vi } from "vitest"
import { type Child, start } from "../child.ts"
import { root } from "../entries.ts"
import { clientOf } from "./schema.ts"
import { until } from "./world.ts"

vi.setConfig({ testTimeout: 120_000 })

const main = join(root, "examples/cluster/main.ts")

/** All with short times, on ports that are free. */
const startExample = (env: Record<string, string> = {}): Child => {
  const times = { KILL_EVERY: "1 seconds", RESTART_AFTER: "500 millis", INTERVAL: "200 millis", LEASE: "5 seconds" }
  const example = start(main, [], { OPS_PORT: "0", OPS_TOKEN: "", TARGETS: "", DATABASE_URL: "", ...times, ...env })
  onTestFinished(() => pidsOf(example).filter(isAlive).forEach((pid) => process.kill(pid, "SIGKILL")))
  return example
}

const all = (child: Child, pattern: RegExp) => Array.from(child.output().matchAll(pattern), ([, found]) => found!)

/** The processes that it has started: the database, and each node again after it was killed. */
const pidsOf = (example: Child) => all(example, /runs as process (\d+)/g).map(Number)

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const killed = /kills node-\d, process (\d+), with SIGKILL/
const reported = /\[node-\d\] reporter: \d+ up, \d+ down \(epoch (\d+)\)/g

/** Waits until it is so, with some patience: each node is killed in its turn, and takes seconds to come back. */
const untilSo = (example: Child, what: string, isSo: () => Promise<boolean> | boolean) =>
  until(what, isSo, 100_000).catch((error) => {
    throw new Error(example.output(), { cause: error })
  })

/** Waits until a report is printed that comes after what was printed so far. */
const nextReport = (example: Child) => {
  const before = example.output().length
  return untilSo(example, "another report", () => example.output().slice(before).search(reported) >= 0)
}

it("serves three pages, reports on after a kill, and leaves nothing behind on Ctrl-C", async () => {
  const example = startExample({ KILL_EVERY: "10 minutes" }) // a node that is killed as the program leaves has failed, rightly
  await example.printed("all nodes are ready")
  const pages = all(example, /^ {2}(\S+) {2}node-\d$/gm)
  expect(pages).toHaveLength(3)
  for (const page of pages) {
    expect(await (await fetch(`${page}/services`)).text()).toContain("\"name\":\"reporter\"")
  }
  await example.printed(reported)

  process.kill(pidsOf(example)[1]!, "SIGKILL") // the first is the database
  await nextReport(example)
  await untilSo(example, "the node runs again", () => pidsOf(example).length > 4)

  example.kill("SIGINT")
  expect(await example.exit, example.output()).toEqual({ code: 0, signal: null })
  expect(pidsOf(example).filter(isAlive)).toEqual([])
  expect(existsSync(all(example, /its files in (\S+)/g)[0]!)).toBe(false)
})

it("uses the database that DATABASE_URL names, in a schema of its own, and no write of an older run comes late", async () => {
  const database = inject("database")
  const ask = <A extends object>(query: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
    Effect.runPromise(Effect.provide(Effect.flatMap(SqlClient.SqlClient, query), clientOf(database)))
  onTestFinished(async () => void await ask((sql) => sql`DROP SCHEMA IF EXISTS uptime CASCADE`))
  const reports = () => ask((sql) => sql<{ epoch: number }>`SELECT epoch::int FROM uptime.reports ORDER BY id`)

  // The next kill is not before the one that has moved the reporter is over.
  const example = startExample({ DATABASE_URL: database, KILL_EVERY: "5 seconds" })
  const begun = async () => Number((await example.printed(reported))[0]!.match(/epoch (\d+)/)![1])
  const first = await begun()
  await untilSo(example, "a later run has reported", async () => (await reports()).some(({ epoch }) => epoch > first))
  example.kill("SIGTERM")
  expect(await example.exit, example.output()).toEqual({ code: 0, signal: null })

  const epochs = (await reports()).map(({ epoch }) => epoch)
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
  expect(example.output()).toMatch(killed)
  expect(example.output()).not.toContain("PostgreSQL runs as")
  expect(pidsOf(example).filter(isAlive)).toEqual([])
})

it("starts another database when that one dies, and the nodes anew with it", async () => {
  const example = startExample({ KILL_EVERY: "10 minutes" })
  await example.printed(reported)
  const database = /PostgreSQL runs as process (\d+)/g
  process.kill(Number(all(example, database)[0]), "SIGKILL")
  await untilSo(example, "another database runs", () => all(example, database).length > 1)
  await nextReport(example)
  example.kill("SIGINT")
  expect(await example.exit, example.output()).toEqual({ code: 0, signal: null })
  expect(pidsOf(example).filter(isAlive)).toEqual([])
})

it("can be interrupted before the database runs", async () => {
  const example = startExample()
  await example.printed("uptime: three nodes")
  example.kill("SIGINT")
  expect(await example.exit, example.output()).toEqual({ code: 0, signal: null })
  expect(pidsOf(example).filter(isAlive)).toEqual([])
})

it("takes the nodes and the database with it when it is killed itself", async () => {
  const example = startExample({ KILL_EVERY: "1 minutes" })
  await example.printed("all nodes are ready")
  example.kill("SIGKILL")
  await untilSo(example, "all processes are gone", () => !pidsOf(example).some(isAlive))
})

it.each([
  ["KILL_EVERY", "now", "KILL_EVERY must be something like"],
  ["DATABASE_URL", "mysql://nowhere", "DATABASE_URL must be like postgres://"]
])("refuses a wrong %s", async (name, value, message) => {
  const example = startExample({ [name]: value })
  expect(await example.exit).toEqual({ code: 78, signal: null })
  expect(example.output()).toContain(message)
})
