/** The table of the services, on a real database. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { startDatabase } from "../../examples/cluster/database.ts"
import { type Change, makeLedger } from "../../src/cluster/Ledger.ts"
import { migrate } from "../../src/cluster/migrations.ts"
import type { Tables } from "../../src/cluster/tables.ts"
import { tablesIn } from "../../src/cluster/tables.ts"
import { UnknownService } from "../../src/GovernorError.ts"
import { asNode, freshTables, until } from "./clients.ts"

const made = (tables: Tables) => Effect.andThen(migrate(tables), makeLedger(tables))

const relations = (schema: string) =>
  Effect.flatMap(SqlClient, (sql) =>
    Effect.map(
      sql<{ name: string }>`SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ${schema} AND c.relkind = 'r' ORDER BY 1`,
      (rows) => rows.map(({ name }) => name)
    ))

const tablesOfAll = ["governor_agreement", "governor_migrations", "governor_nodes", "governor_services"]

describe("the migrations", () => {
  it.live("make the tables once, when three nodes come at once and again when they come back", () =>
    Effect.gen(function*() {
      for (let round = 0; round < 5; round++) {
        const tables = freshTables()
        const nodes = Array.from({ length: 3 }, () => asNode(migrate(tables)))
        yield* Effect.all(nodes, { concurrency: "unbounded" })
        yield* asNode(Effect.flatMap(makeLedger(tables), ({ ensure }) => ensure(["api"])))
        yield* Effect.all(nodes, { concurrency: "unbounded" })
        const entries = yield* asNode(Effect.flatMap(makeLedger(tables), ({ list }) => list))
        assert.deepStrictEqual(entries.map(({ name }) => name), ["api"])
        const versions = yield* Effect.flatMap(
          SqlClient,
          (sql) => sql`SELECT migration_id AS id FROM ${sql(tables.migrations)} ORDER BY 1`
        ).pipe(asNode)
        assert.deepStrictEqual(versions, [{ id: 1 }, { id: 2 }])
      }
    }))

  it.live("touch nothing outside the schema, and use a schema that is there already", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const sql = yield* SqlClient
      const before = yield* relations("public")
      yield* sql`CREATE SCHEMA ${sql(tables.schema)}`
      yield* sql`CREATE TABLE ${sql(`${tables.schema}.mine`)} (id int)`
      yield* migrate(tables)
      assert.deepStrictEqual(yield* relations("public"), before)
      assert.deepStrictEqual(yield* relations(tables.schema), [...tablesOfAll, "mine"])
    }).pipe(asNode))

  it("refuse a schema whose name needs an escape", () => {
    for (const schema of ["", "Apps", "a.b", "a\"b", "1st", "a".repeat(48)]) {
      assert.throws(() => tablesIn(schema), /^schema: expected a name of at most 47 characters/)
    }
    assert.strictEqual(tablesIn().services, "governor.governor_services")
  })
})

describe("the ledger", () => {
  it.live("adds services once, as wanted and without an owner, and leaves those that are there", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      yield* ledger.ensure([])
      yield* ledger.ensure(["b", "a"])
      yield* ledger.desire("a", "stopped")
      yield* ledger.bump("b", "n1")
      yield* ledger.ensure(["c", "a", "b"])
      const entries = yield* ledger.list
      assert.deepStrictEqual(
        entries.map(({ desired, epoch, name, node, status }) => ({ name, epoch, node, desired, status })),
        [
          { name: "a", epoch: 0, node: null, desired: "stopped", status: null },
          { name: "b", epoch: 1, node: "n1", desired: "running", status: null },
          { name: "c", epoch: 0, node: null, desired: "running", status: null }
        ]
      )
    }).pipe(asNode))

  it.live("gives each bump the next epoch, also to nodes that bump at once", () =>
    Effect.gen(function*() {
      for (let round = 0; round < 10; round++) {
        const tables = freshTables()
        yield* migrate(tables)
        const nodes = Array.from({ length: 5 }, (_, node) =>
          Effect.flatMap(makeLedger(tables), ({ bump, ensure }) =>
            Effect.andThen(
              ensure(["b", "a"]),
              Effect.all([1, 2].map(() =>
                bump("a", `n${node}`)
              ))
            )))
        const epochs = yield* Effect.all(nodes, { concurrency: 5 })
        assert.deepStrictEqual(
          epochs.flat().map(Number).toSorted((a, b) => a - b),
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        )
      }
    }).pipe(asNode))

  it.live("adds the same services from two nodes at once, in whatever order they name them", () =>
    Effect.gen(function*() {
      const names = Array.from({ length: 500 }, (_, index) => `service ${index}`)
      for (let round = 0; round < 10; round++) {
        const { ensure, list } = yield* made(freshTables())
        yield* Effect.all([ensure(names), ensure(names.toReversed())], { concurrency: 2 })
        assert.lengthOf(yield* list, 500)
      }
    }).pipe(asNode))

  it.live("adds a service that somebody bumps and nobody has added", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      assert.deepStrictEqual([yield* ledger.bump("a", "n1"), yield* ledger.bump("a", "n1")], [1, 2])
    }).pipe(asNode))

  it.live("begins no epoch of a service that nobody wants to run", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      yield* ledger.bump("a", "n1")
      yield* ledger.desire("a", "stopped")
      assert.strictEqual(yield* ledger.bump("a", "n2"), "unwanted")
      assert.deepStrictEqual((yield* ledger.list).map(({ epoch, node }) => ({ epoch, node })), [{
        epoch: 1,
        node: "n1"
      }])
      yield* ledger.desire("a", "running")
      assert.strictEqual(yield* ledger.bump("a", "n2"), 2)
    }).pipe(asNode))

  it.live("begins no epoch on another node while the database has just started, unless the last run is over", () =>
    Effect.gen(function*() {
      const database = yield* Effect.acquireRelease(
        Effect.promise(() => startDatabase()),
        ({ stop }) => Effect.promise(stop)
      )
      yield* Effect.gen(function*() {
        const tables = freshTables()
        yield* migrate(tables)
        const [ledger, short] = [yield* makeLedger(tables, 3_600_000), yield* makeLedger(tables, 1)]
        assert.strictEqual(yield* ledger.bump("a", "n1"), 1, "nobody has run it")
        assert.strictEqual(yield* ledger.bump("a", "n2"), "too early", "n1 may still run it")
        yield* ledger.report("a", 1, { _tag: "Stopping" })
        assert.strictEqual(yield* ledger.bump("a", "n2"), "too early", "the run is not over")
        assert.strictEqual(yield* ledger.bump("a", "n1"), 2, "the same node")
        yield* ledger.report("a", 2, { _tag: "Standby" })
        assert.strictEqual(yield* ledger.bump("a", "n2"), 3, "n1 has said that its run is over")
        assert.strictEqual(yield* short.bump("a", "n1"), 4, "the database started long ago")
      }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(database.url) })))
    }).pipe(Effect.scoped))

  it.live("takes a report only from the owner, and forgets it at the next epoch", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      const status = Effect.map(ledger.list, ([entry]) => entry!.status)
      const first = Number(yield* ledger.bump("a", "n1"))
      assert.isTrue(yield* ledger.report("a", first, { _tag: "Running", text: "\u0000 \ud800 'é'" }))
      assert.deepStrictEqual(yield* status, { _tag: "Running", text: "\u0000 \ud800 'é'" })
      const second = Number(yield* ledger.bump("a", "n2"))
      assert.strictEqual(yield* status, null)
      assert.isFalse(yield* ledger.report("a", first, "late"))
      assert.isFalse(yield* ledger.complete("a", first, "late"))
      assert.isTrue(yield* ledger.report("a", second, "mine"))
      assert.isFalse(yield* ledger.report("nobody", 1, "mine"))
      assert.deepStrictEqual(
        (yield* ledger.list).map(({ desired, node, status }) => ({ desired, node, status })),
        [{ desired: "running", node: "n2", status: "mine" }]
      )
    }).pipe(asNode))

  it.live("completes a service, but not one that somebody wants to stop", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      const desired = Effect.map(ledger.list, (entries) => entries.map(({ desired }) => desired))
      for (const name of ["a", "b"]) yield* ledger.bump(name, "n1")
      yield* ledger.desire("b", "stopped")
      for (const name of ["a", "b"]) yield* ledger.complete(name, 1, "done")
      assert.deepStrictEqual(yield* desired, ["completed", "stopped"])
      for (const name of ["a", "b"]) yield* ledger.desire(name, "running")
      assert.deepStrictEqual(yield* desired, ["running", "running"])
    }).pipe(asNode))

  it.live("says since when, by the clock of the database: a report that says nothing new changes nothing", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      const sql = yield* SqlClient
      const since = Effect.map(ledger.list, ([entry]) => entry!.since.getTime())
      const [before] = yield* sql<{ now: Date }>`SELECT clock_timestamp() AS now`
      yield* ledger.bump("a", "n1")
      const bumped = yield* since
      assert.isAtLeast(bumped, before!.now.getTime())
      yield* Effect.sleep(2)
      yield* ledger.report("a", 1, "ready")
      const reported = yield* since
      assert.isAbove(reported, bumped)
      yield* ledger.report("a", 1, "ready")
      assert.strictEqual(yield* since, reported)
      yield* Effect.sleep(2)
      yield* ledger.bump("a", "n1")
      assert.isAbove(yield* since, reported)
    }).pipe(asNode))

  it.live("refuses commands for a service that nobody added, and says which there are", () =>
    Effect.gen(function*() {
      const ledger = yield* made(freshTables())
      yield* ledger.ensure(["api", "billing"])
      const refused = new UnknownService({ service: "bill", known: ["api", "billing"] })
      assert.deepStrictEqual(yield* Effect.flip(ledger.desire("bill", "stopped")), refused)
      assert.deepStrictEqual(yield* Effect.flip(ledger.restart("bill", 1)), refused)
    }).pipe(asNode))
})

/** The changes of a ledger, as they arrive. */
const heard = (tables: Tables, silence?: number) =>
  Effect.gen(function*() {
    const { changes } = yield* makeLedger(tables, silence)
    const queue = yield* Queue.unbounded<Change>()
    yield* Effect.forkScoped(Stream.runForEach(changes, (change) => Queue.offer(queue, change)))
    return queue
  })

describe("the changes", () => {
  it.live("tell another node of each change and each restart, and nobody of what changed nothing", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const ledger = yield* made(tables)
      const other = yield* made(freshTables())
      const next = Queue.take(yield* heard(tables))
      assert.deepStrictEqual(yield* next, { _tag: "ReadAgain" })
      yield* other.bump("elsewhere", "n1")
      yield* ledger.bump("a", "n1")
      yield* ledger.report("a", 0, "not the owner")
      yield* ledger.report("a", 1, "ready")
      yield* ledger.restart("a", 3)
      yield* ledger.desire("a", "stopped")
      yield* ledger.tellMembers
      const told = [yield* next, yield* next, yield* next, yield* next]
      assert.deepStrictEqual(told.map(({ _tag }) => _tag), ["Changed", "Changed", "Restart", "Changed"])
      assert.deepStrictEqual(yield* next, { _tag: "Members" })
      assert.deepStrictEqual(new Set(told.map((change) => "name" in change && change.name)), new Set(["a"]))
    }).pipe(Effect.scoped, asNode))

  it.live("come on another connection when nothing was heard for too long, and a beat is something", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const ledger = yield* made(tables)
      const sql = yield* SqlClient
      const queue = yield* heard(tables, 1000)
      assert.deepStrictEqual(yield* Queue.take(queue), { _tag: "ReadAgain" })
      for (let beats = 0; beats < 30; beats++) yield* Effect.andThen(sql`SELECT ${ledger.beat}`, Effect.sleep(50))
      yield* ledger.tellMembers
      assert.deepStrictEqual(yield* Queue.take(queue), { _tag: "Members" })
      assert.deepStrictEqual(yield* Queue.take(queue), { _tag: "ReadAgain" })
    }).pipe(Effect.scoped, asNode))

  it.live("say to read again when the connection is another one", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const ledger = yield* made(tables)
      const sql = yield* SqlClient
      const next = Queue.take(yield* heard(tables))
      assert.deepStrictEqual(yield* next, { _tag: "ReadAgain" })
      yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE ${`LISTEN%${tables.channel}%`}`
      assert.deepStrictEqual(yield* next, { _tag: "ReadAgain" })
      yield* ledger.bump("a", "n1")
      assert.deepStrictEqual(yield* next, { _tag: "Changed", name: "a" })
    }).pipe(Effect.scoped, asNode))

  it.live("say to read again when nobody can say what has changed", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const { notify } = yield* PgClient.PgClient
      const next = Queue.take(yield* heard(tables))
      yield* next
      const strange = [
        "",
        "{}",
        "null",
        "[1]",
        "{\"_tag\":\"New\",\"name\":\"a\"}",
        "{\"_tag\":\"Changed\",\"name\":1}"
      ]
      for (const payload of strange) {
        yield* notify(tables.channel, payload)
        assert.deepStrictEqual(yield* next, { _tag: "ReadAgain" })
      }
    }).pipe(Effect.scoped, asNode))

  it.live("leave no connection behind", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      const sql = yield* SqlClient
      const listeners = Effect.map(
        sql`SELECT 1 FROM pg_stat_activity WHERE query LIKE ${`LISTEN%${tables.channel}%`}`,
        (rows) => rows.length
      )
      const { changes } = yield* makeLedger(tables)
      const fiber = yield* Effect.forkChild(Stream.runDrain(changes))
      yield* until(Effect.map(listeners, (count) => count === 1))
      yield* Fiber.interrupt(fiber)
      yield* until(Effect.map(listeners, (count) => count === 0))
    }).pipe(asNode))
})
