/** Who may belong to a cluster, on a real database. Each node has connections of its own. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import { AddressTaken, SettingDiffers } from "../../src/cluster/ClusterError.ts"
import { belong, isYoung, type Member, type Settings } from "../../src/cluster/Fingerprint.ts"
import { migrate } from "../../src/cluster/migrations.ts"
import type { Tables } from "../../src/cluster/tables.ts"
import { asNode, connections, freshTables, until } from "./clients.ts"

const settings: Settings = { version: 1, groups: 25, shardsPerGroup: 12, prefix: "cluster", locks: "advisory" }

/** A node that does not notice anything while the test runs, and one that notices everything at once. */
const patient = { lease: 60_000, third: 60_000 }
const quick = { lease: 60_000, third: 50 }

/** A schema, and nodes that come to it. A node leaves when its scope closes. */
const cluster = Effect.gen(function*() {
  const tables = freshTables()
  yield* asNode(migrate(tables))
  let tokens = 0
  const come = (address: string, member: Partial<Member> = {}) =>
    Effect.gen(function*() {
      const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
      const token = `process ${++tokens}`
      const node = belong({ tables, timing: patient, settings, address, token, ...member })
      const lost = yield* connected(node).pipe(Scope.provide(scope))
      return { lost, token, leave: Scope.close(scope, Exit.void) }
    })
  return { tables, come }
})

/** The connections live as long as the node. */
const connected = <A, E>(node: Effect.Effect<A, E, SqlClient | Scope.Scope>) =>
  Effect.flatMap(Layer.build(connections()), (context) => Effect.provideContext(node, context))

/** The sessions of the nodes in the table. */
const sessions = ({ nodes }: Tables) =>
  Effect.flatMap(SqlClient, (sql) =>
    Effect.map(
      sql<{ pid: number }>`SELECT pid FROM ${sql(nodes)} ORDER BY address`,
      (rows) => rows.map(({ pid }) => pid)
    )).pipe(asNode)

/** Ends the session of a process, as the server does when the process is killed. */
const kill = (pid: number) => Effect.flatMap(SqlClient, (sql) => sql`SELECT pg_terminate_backend(${pid})`).pipe(asNode)

/** Ends the session of the only node, and lets another node come before the first can come back. */
const usurp = (tables: Tables, address: string, settings: Settings) =>
  Effect.flatMap(SqlClient, (sql) =>
    sql.withTransaction(Effect.gen(function*() {
      const nodes = sql(tables.nodes)
      yield* sql`UPDATE ${sql(tables.agreement)} SET settings = ${JSON.stringify(settings)}`
      yield* sql`SELECT pg_terminate_backend(pid) FROM ${nodes}`
      yield* sql`DELETE FROM ${nodes}`
      yield* sql`INSERT INTO ${nodes} SELECT ${address}, 'another', pid, backend_start
        FROM pg_stat_activity WHERE pid = pg_backend_pid()`
    })))

const isOver = (pid: number) =>
  Effect.flatMap(
    SqlClient,
    (sql) => Effect.map(sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid}`, (rows) => rows.length === 0)
  ).pipe(asNode)

describe("a cluster takes", () => {
  it.live("nodes that agree", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const nodes = yield* Effect.all(["n1", "n2", "n3"].map((address) => come(address)), { concurrency: 3 })
      assert.lengthOf(yield* sessions(tables), 3)
      yield* nodes[0]!.leave
      assert.lengthOf(yield* sessions(tables), 2)
      yield* come("n1")
      assert.lengthOf(yield* sessions(tables), 3)
    }))

  it.live("other settings when no node is there any more", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const first = yield* come("n1")
      const [pid] = yield* sessions(tables)
      yield* first.leave
      const changed = { ...settings, shardsPerGroup: 24 }
      yield* come("n1", { settings: changed })
      assert.notDeepEqual(yield* sessions(tables), [pid])
      const error = yield* Effect.flip(come("n2"))
      assert.deepStrictEqual(error, new SettingDiffers({ setting: "shardsPerGroup", cluster: "24", node: "12" }))
    }))

  it.live("a process whose forerunner with its address was killed", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      yield* come("n1")
      const [pid] = yield* sessions(tables)
      yield* kill(pid!)
      yield* until(isOver(pid!))
      yield* come("n1")
      assert.lengthOf(yield* sessions(tables), 1)
    }))

  it.live("a process whose forerunner with its address is frozen for longer than its lease", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      yield* come("n1", { timing: { lease: 300, third: 60_000 } })
      const [pid] = yield* sessions(tables)
      yield* until(isOver(pid!))
      yield* come("n1")
      assert.notDeepEqual(yield* sessions(tables), [pid])
    }))
})

describe("a cluster is young", () => {
  it.live("until a node has been in it for so long that is still there", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const member = { tables, timing: patient, settings, address: "n2", token: "process 2" }
      const young = (millis: number) => asNode(isYoung(member, millis))
      assert.isTrue(yield* young(0))
      const { leave } = yield* come("n1")
      assert.isTrue(yield* young(60_000))
      yield* until(Effect.map(young(10), (young) => !young))
      yield* leave
      assert.isTrue(yield* young(0))
    }))

  it.live("for a node that is alone in it, however long", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const { token } = yield* come("n1")
      const [pid] = yield* sessions(tables)
      assert.isNumber(pid)
      assert.isTrue(yield* asNode(isYoung({ tables, timing: patient, settings, address: "n1", token }, 0)))
    }))
})

describe("a cluster refuses", () => {
  it.live("a node with other settings, and says which", () =>
    Effect.gen(function*() {
      const { come } = yield* cluster
      const { leave } = yield* come("n1")
      const others = [
        [{ version: 2 }, "version", "1", "2"],
        [{ groups: 1 }, "groups", "25", "1"],
        [{ shardsPerGroup: 60 }, "shardsPerGroup", "12", "60"],
        [{ prefix: "other" }, "prefix", "\"cluster\"", "\"other\""],
        [{ locks: "rows" }, "locks", "\"advisory\"", "\"rows\""]
      ] as const
      for (const [changed, setting, cluster, node] of others) {
        const error = yield* Effect.flip(come("n2", { settings: { ...settings, ...changed } }))
        assert.deepStrictEqual(error, new SettingDiffers({ setting, cluster, node }))
      }
      assert.strictEqual(
        new SettingDiffers({ setting: "locks", cluster: "\"advisory\"", node: "\"rows\"" }).message,
        "locks of this node: expected \"advisory\", which the nodes in the cluster have, got \"rows\"; "
          + "all nodes must be stopped before locks is changed"
      )
      yield* come("n2")
      yield* leave
      assert.strictEqual(
        (yield* Effect.flip(come("n1", { settings: { ...settings, version: 2 } })))._tag,
        "SettingDiffers"
      )
    }))

  it.live("a second process with one address, until the first has left", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const first = yield* come("n1")
      const error = yield* Effect.flip(come("n1"))
      assert.deepStrictEqual(error, new AddressTaken({ address: "n1" }))
      assert.strictEqual(
        error.message,
        "address of this node: expected an address that no other process in the cluster has, got \"n1\""
      )
      assert.lengthOf(yield* sessions(tables), 1)
      yield* first.leave
      yield* come("n1")
    }))

  it.live("all but one of the processes that come with one address at once", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const exits = yield* Effect.all([1, 2, 3, 4].map(() => Effect.exit(come("n1"))), { concurrency: 4 })
      const errors = exits.flatMap((exit) => Exit.isFailure(exit) ? [Cause.squash(exit.cause)] : [])
      assert.deepStrictEqual(errors, [1, 2, 3].map(() => new AddressTaken({ address: "n1" })))
      assert.lengthOf(yield* sessions(tables), 1)
    }))
})

describe("a node in a cluster", () => {
  it.live("stays for longer than its lease as long as it beats", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const { lost } = yield* come("n1", { timing: { lease: 600, third: 100 } })
      const fiber = yield* Effect.forkChild(lost)
      const [pid] = yield* sessions(tables)
      const isOld = Effect.flatMap(SqlClient, (sql) =>
        Effect.map(
          sql`SELECT 1 FROM ${sql(tables.nodes)} WHERE clock_timestamp() - started > interval '2 seconds'`,
          (rows) => rows.length === 1
        )).pipe(asNode)
      yield* until(isOld)
      assert.deepStrictEqual(yield* sessions(tables), [pid])
      assert.strictEqual((yield* Effect.flip(come("n1")))._tag, "AddressTaken")
      assert.isUndefined(fiber.pollUnsafe())
    }))

  it.live("comes back when it has lost its session, and nobody took its address", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const { lost } = yield* come("n1", { timing: quick })
      const fiber = yield* Effect.forkChild(lost)
      const [pid] = yield* sessions(tables)
      yield* kill(pid!)
      yield* until(Effect.map(sessions(tables), ([other]) => other !== undefined && other !== pid))
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    }))

  it.live("is out when another process has its address, or when the others have other settings", () =>
    Effect.gen(function*() {
      const changed = { ...settings, shardsPerGroup: 24 }
      const cases = [
        ["n1", settings, new AddressTaken({ address: "n1" })],
        ["n2", changed, new SettingDiffers({ setting: "shardsPerGroup", cluster: "24", node: "12" })]
      ] as const
      for (const [address, newSettings, expected] of cases) {
        const { come, tables } = yield* cluster
        const { lost } = yield* come("n1", { timing: quick })
        yield* usurp(tables, address, newSettings)
        assert.deepStrictEqual(yield* Effect.flip(lost), expected)
      }
    }).pipe(asNode))

  it.live("is out when another process has its address, also if it still has its session", () =>
    Effect.gen(function*() {
      const { come, tables } = yield* cluster
      const { lost } = yield* come("n1", { timing: quick })
      const sql = yield* SqlClient
      yield* sql`UPDATE ${sql(tables.nodes)} SET token = 'another'`
      assert.deepStrictEqual(yield* Effect.flip(lost), new AddressTaken({ address: "n1" }))
    }).pipe(asNode))

  it.live("gives its connection back to the pool as it was", () =>
    Effect.gen(function*() {
      const tables = freshTables()
      yield* migrate(tables)
      const lost = yield* Effect.scoped(belong({ tables, timing: patient, settings, address: "n1", token: "p" }))
      assert.isTrue(Effect.isEffect(lost))
      const sql = yield* SqlClient
      const timeouts = yield* Effect.all(
        [1, 2, 3].map(() => Effect.scoped(sql`SHOW idle_session_timeout`)),
        { concurrency: 3 }
      )
      assert.deepStrictEqual(timeouts.flat(), [1, 2, 3].map(() => ({ idle_session_timeout: "0" })))
    }).pipe(Effect.provide(connections({ maxConnections: 2 }))))
})
