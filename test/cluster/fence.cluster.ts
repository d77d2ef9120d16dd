/**
 * Writes that only the owner of a service can make, on a real database with several connections.
 *
 * Each trap is first shown with a guard that lacks one part of the protection. A node that is frozen is a transaction
 * in which nothing happens any more: the database cannot tell the difference.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { SqlClient } from "effect/sql/SqlClient"
import { connect, type Socket } from "node:net"
import { FenceLost, FenceMissing } from "../../src/cluster/ClusterError.ts"
import { FencedIn, guard, guardOf } from "../../src/cluster/Fence.ts"
import { type Ledger, makeLedger } from "../../src/cluster/Ledger.ts"
import { migrate } from "../../src/cluster/migrations.ts"
import { type Tables, tablesIn } from "../../src/cluster/tables.ts"
import { ServiceRun } from "../../src/ServiceRun.ts"
import { asNode, connections, databaseUrl, freshTables, until, waitingFor } from "./clients.ts"

const service = "billing"
const limit = 300

/** A cluster in which node n1 has the service with epoch 1, and a table of its own for what it writes. */
const cluster = Effect.gen(function*() {
  const tables = freshTables()
  yield* migrate(tables)
  const ledger = yield* makeLedger(tables)
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE ${sql(`${tables.schema}.written`)} (epoch int)`
  yield* ledger.bump(service, "n1")
  return { tables, ledger, guard: (epoch: number) => guardOf({ tables, service, epoch, limit }) }
})

const write = ({ schema }: Tables, epoch: number) =>
  Effect.flatMap(SqlClient, (sql) => sql`INSERT INTO ${sql(`${schema}.written`)} VALUES (${epoch})`)

const written = ({ schema }: Tables) =>
  Effect.flatMap(SqlClient, (sql) =>
    Effect.map(
      sql<{ epoch: number }>`SELECT epoch FROM ${sql(`${schema}.written`)} ORDER BY epoch`,
      (rows) => rows.map(({ epoch }) => epoch)
    ))

type Inside = Effect.Effect<unknown, unknown, SqlClient>

/** A transaction that checks the epoch with this statement, writes, and then freezes until it is told to go on. */
const frozen = (tables: Tables, guarded: (inside: Inside) => Inside) =>
  Effect.gen(function*() {
    const inside = yield* Deferred.make<void>()
    const goOn = yield* Deferred.make<void>()
    const freeze = Deferred.succeed(inside, undefined).pipe(Effect.andThen(Deferred.await(goOn)))
    const fiber = yield* Effect.forkChild(asNode(guarded(Effect.andThen(write(tables, 1), freeze))))
    yield* Deferred.await(inside)
    return { thaw: Effect.andThen(Deferred.succeed(goOn, undefined), Fiber.await(fiber)) }
  })

/** The bump of the next owner, as soon as it waits for a lock. */
const waitingBump = (ledger: Ledger, { schema }: Tables) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(ledger.bump(service, "n2"))
    yield* until(Effect.map(waitingFor(`UPDATE "${schema}"."governor_services" SET epoch`), (count) => count === 1))
    return fiber
  })

/** A guard that lacks a part of the protection. */
const withCheck =
  (check: (sql: SqlClient, table: string) => Effect.Effect<unknown, unknown>) =>
  (tables: Tables) =>
  (inside: Inside): Inside =>
    Effect.flatMap(SqlClient, (sql) => sql.withTransaction(Effect.andThen(check(sql, tables.services), inside)))

const unlocked = withCheck((sql, table) => sql`SELECT 1 FROM ${sql(table)} WHERE name = ${service} AND epoch = 1`)
const locked = withCheck((sql, table) =>
  sql`SELECT 1 FROM ${sql(table)} WHERE name = ${service} AND epoch = 1 FOR KEY SHARE`
)
const idleOnly = withCheck((sql, table) =>
  sql`SELECT set_config('idle_in_transaction_session_timeout', '300', true) FROM ${sql(table)}
    WHERE name = ${service} AND epoch = 1 FOR KEY SHARE`
)
const shared = withCheck((sql, table) =>
  sql`SELECT 1 FROM ${sql(table)} WHERE name = ${service} AND epoch = 1 FOR SHARE`
)

/** Whether a session has been idle in its transaction for twice as long as the guard allows. */
const idleForLong = ({ schema }: Tables) =>
  Effect.flatMap(SqlClient, (sql) =>
    Effect.map(
      sql`SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE ${`%${schema}%`}
        AND clock_timestamp() - state_change > interval '600 milliseconds'`,
      (rows) => rows.length > 0
    ))

/** Whether a session has waited for its client to take an answer for twice as long as the guard allows. */
const sendingForLong = Effect.flatMap(SqlClient, (sql) =>
  Effect.map(
    sql`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'ClientWrite'
      AND clock_timestamp() - query_start > interval '600 milliseconds'`,
    (rows) => rows.length > 0
  ))

describe("a guarded write", () => {
  it.live("of the owner is committed, and one that fails is not", () =>
    Effect.gen(function*() {
      const { guard, tables } = yield* cluster
      assert.strictEqual(yield* guard(1)(Effect.as(write(tables, 1), "result")), "result")
      const failed = yield* Effect.exit(guard(1)(Effect.andThen(write(tables, 1), Effect.fail("no"))))
      assert.deepStrictEqual(failed, Exit.fail("no"))
      assert.deepStrictEqual(yield* written(tables), [1])
    }).pipe(asNode))

  it.live("of an owner that is no more is refused, and says who has the service now", () =>
    Effect.gen(function*() {
      const { guard, ledger, tables } = yield* cluster
      yield* ledger.bump(service, "n2")
      const error = yield* Effect.flip(guard(1)(write(tables, 1)))
      assert.deepStrictEqual(error, new FenceLost({ service, epoch: 1, current: 2, node: "n2" }))
      assert.strictEqual(
        error.message,
        "write of service \"billing\": expected the run of epoch 1 to be the newest, got a run of epoch 2 on node \"n2\""
      )
      yield* guard(2)(write(tables, 2))
      assert.deepStrictEqual(yield* written(tables), [2])
    }).pipe(asNode))

  it.live("in another database is refused: with the table and without it", () =>
    Effect.gen(function*() {
      const { tables } = yield* cluster
      const other = tablesIn("no_such_schema")
      for (const [tables_, service] of [[tables, "unknown"], [other, "billing"]] as const) {
        const error = yield* Effect.flip(guardOf({ tables: tables_, service, epoch: 1, limit })(write(tables, 1)))
        assert.deepStrictEqual(error, new FenceMissing({ service, epoch: 1, table: tables_.services }))
        assert.include(error.message, "a database that does not know the service")
      }
      assert.deepStrictEqual(yield* written(tables), [])
    }).pipe(asNode))

  it.live("takes a table that the write lacks for what it is", () =>
    Effect.gen(function*() {
      const { guard } = yield* cluster
      const error = yield* Effect.flip(guard(1)(write(tablesIn("no_such_schema"), 1)))
      assert.strictEqual(error._tag, "SqlError")
    }).pipe(asNode))

  it.live("inside a transaction of the user belongs to that transaction", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const guard = guardOf({ tables, service, epoch: 1, limit: 60_000 })
      const { thaw } = yield* frozen(tables, (inside) =>
        Effect.flatMap(SqlClient, ({ withTransaction }) =>
          withTransaction(Effect.andThen(guard(write(tables, 1)), inside))))
      const bump = yield* waitingBump(ledger, tables)
      assert.isUndefined(bump.pollUnsafe())
      yield* thaw
      assert.strictEqual(yield* Fiber.join(bump), 2)
      assert.deepStrictEqual(yield* written(tables), [1, 1])
    }).pipe(asNode))
})

describe("a write of the present run", () => {
  const during = (name: string, epoch: number) =>
    Effect.updateService(ServiceRun, (alone): ServiceRun => Object.assign(Object.create(alone), { name, epoch }))

  it.live("is fenced by the name and the epoch of the run", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const writing = Effect.provideService(guard(write(tables, 1)), FencedIn, { tables, limit })
      yield* during(service, 1)(writing)
      yield* ledger.bump(service, "n2")
      const error = yield* Effect.flip(during(service, 1)(writing))
      assert.deepStrictEqual(error, new FenceLost({ service, epoch: 1, current: 2, node: "n2" }))
      assert.strictEqual((yield* Effect.flip(during("other", 1)(writing)))._tag, "FenceMissing")
      assert.deepStrictEqual(yield* written(tables), [1])
    }).pipe(asNode))

  it.live("outside a cluster is only a transaction, and in a cluster whose schema nobody named it is fenced", () =>
    Effect.gen(function*() {
      const { tables } = yield* cluster
      yield* guard(write(tables, 1))
      yield* Effect.flip(guard(Effect.andThen(write(tables, 1), Effect.fail("no"))))
      assert.deepStrictEqual(yield* written(tables), [1])
      const error = yield* Effect.flip(during("nobody's", 1)(guard(write(tables, 1))))
      assert.deepStrictEqual(
        error,
        new FenceMissing({ service: "nobody's", epoch: 1, table: "governor.governor_services" })
      )
    }).pipe(asNode))
})

describe("a run that lost its service between the check and the commit", () => {
  it.live("would write, if the check did not lock", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const { thaw } = yield* frozen(tables, unlocked(tables))
      assert.strictEqual(yield* ledger.bump(service, "n2"), 2)
      assert.deepStrictEqual(yield* written(tables), [])
      yield* thaw
      assert.deepStrictEqual(yield* written(tables), [1])
    }).pipe(asNode))

  it.live("has written before the next epoch begins, which waits for the commit", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const guard = guardOf({ tables, service, epoch: 1, limit: 60_000 })
      const { thaw } = yield* frozen(tables, guard)
      const bump = yield* waitingBump(ledger, tables)
      assert.isUndefined(bump.pollUnsafe())
      yield* thaw
      assert.strictEqual(yield* Fiber.join(bump), 2)
      assert.deepStrictEqual(yield* written(tables), [1])
    }).pipe(asNode))

  it.live("writes nothing after that, however many write and however often the service moves", () =>
    Effect.gen(function*() {
      const { guard, ledger, tables } = yield* cluster
      const late: Array<number> = []
      let newest = 1
      const writing = Effect.suspend(() => Effect.forever(guard(newest)(write(tables, newest))))
      const writers = [0, 1, 2].map(() => Effect.forkChild(Effect.eventually(writing)))
      const fibers = yield* Effect.all(writers)
      const counts: Array<number> = []
      const count = Effect.map(written(tables), (epochs) => epochs.filter((epoch) => epoch < newest).length)
      for (let move = 0; move < 20; move++) {
        const before = newest
        yield* until(Effect.map(written(tables), (epochs) => epochs.includes(before)))
        newest = Number(yield* ledger.bump(service, `n${move}`))
        counts.push(yield* count)
      }
      const last = yield* written(tables)
      yield* Fiber.interruptAll(fibers)
      counts.forEach((known, move) => {
        const now = last.filter((epoch) => epoch < move + 2).length
        if (now !== known) late.push(now - known)
      })
      assert.deepStrictEqual(late, [])
    }).pipe(asNode))
})

describe("an owner that is frozen inside a guarded write", () => {
  it.live("would hold up the next owner until it wakes, if nothing ended its transaction", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const { thaw } = yield* frozen(tables, locked(tables))
      const bump = yield* waitingBump(ledger, tables)
      yield* until(idleForLong(tables))
      assert.isUndefined(bump.pollUnsafe())
      yield* thaw
      assert.strictEqual(yield* Fiber.join(bump), 2)
    }).pipe(asNode))

  it.live("holds up the next owner only until its limit, and then has written nothing", () =>
    Effect.gen(function*() {
      const { guard, ledger, tables } = yield* cluster
      const { thaw } = yield* frozen(tables, guard(1))
      const bump = yield* waitingBump(ledger, tables)
      assert.strictEqual(yield* Fiber.join(bump), 2)
      assert.isTrue(Exit.isFailure(yield* thaw))
      assert.deepStrictEqual(yield* written(tables), [])
    }).pipe(asNode))

  /** A guarded write that is frozen while it reads a long answer: nobody takes what the database sends. */
  const frozenReading = (guarded: (inside: Inside) => Inside) =>
    Effect.gen(function*() {
      let socket: Socket | undefined
      const stream = () => socket = connect(Number(new URL(databaseUrl()).port), "127.0.0.1")
      const inside = yield* Deferred.make<void>()
      const reading = Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* Deferred.succeed(inside, undefined)
        socket!.pause()
        yield* sql`SELECT repeat('x', 1000) FROM generate_series(1, 100000)`
      })
      const fiber = yield* Effect.forkChild(Effect.provide(guarded(reading), connections({ stream })))
      yield* Deferred.await(inside)
      return { thaw: Effect.andThen(Effect.sync(() => socket!.resume()), Fiber.await(fiber)) }
    })

  it.live("would hold up the next owner while it reads a long answer, if only idle transactions were ended", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const { thaw } = yield* frozenReading(idleOnly(tables))
      const bump = yield* waitingBump(ledger, tables)
      yield* until(sendingForLong)
      assert.isUndefined(bump.pollUnsafe())
      assert.isTrue(Exit.isSuccess(yield* thaw))
      assert.strictEqual(yield* Fiber.join(bump), 2)
    }).pipe(asNode))

  it.live("holds up the next owner no longer when it is frozen while it reads a long answer", () =>
    Effect.gen(function*() {
      const { guard, ledger } = yield* cluster
      const { thaw } = yield* frozenReading(guard(1))
      assert.strictEqual(yield* ledger.bump(service, "n2"), 2)
      assert.isTrue(Exit.isFailure(yield* thaw))
    }).pipe(asNode))

  it.live("leaves no limit behind in the session", () =>
    Effect.gen(function*() {
      const { guard, tables } = yield* cluster
      const sql = yield* SqlClient
      const limits = sql<{ name: string; setting: string }>`SELECT name, setting FROM pg_settings
        WHERE name IN ('idle_in_transaction_session_timeout', 'tcp_user_timeout') ORDER BY name`
      const before = yield* limits
      const inside = yield* guard(1)(limits)
      assert.deepStrictEqual(inside.map(({ setting }) => setting), ["300", "300"])
      yield* write(tables, 1)
      assert.deepStrictEqual(yield* limits, before)
    }).pipe(Effect.provide(connections({ maxConnections: 1 }))))
})

describe("a report and a command during a guarded write", () => {
  it.live("would wait for the write, if the guard shared the whole row", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const { thaw } = yield* frozen(tables, shared(tables))
      const report = yield* Effect.forkChild(ledger.report(service, 1, "ready"))
      yield* until(
        Effect.map(waitingFor(`UPDATE "${tables.schema}"."governor_services" SET status`), (count) => count === 1)
      )
      yield* thaw
      assert.isTrue(yield* Fiber.join(report))
    }).pipe(asNode))

  it.live("do not wait for it", () =>
    Effect.gen(function*() {
      const { ledger, tables } = yield* cluster
      const { thaw } = yield* frozen(tables, guardOf({ tables, service, epoch: 1, limit: 60_000 }))
      assert.isTrue(yield* ledger.report(service, 1, "ready"))
      yield* ledger.desire(service, "stopped")
      assert.isTrue(Exit.isSuccess(yield* thaw))
      const [entry] = yield* ledger.list
      assert.deepStrictEqual([entry!.epoch, entry!.desired, entry!.status], [1, "stopped", "ready"])
      assert.deepStrictEqual(yield* written(tables), [1])
    }).pipe(asNode))
})
