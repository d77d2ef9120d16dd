/** Connections to the database of the tests, each as a node of its own, and schemas that only one test uses. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import { type Tables, tablesIn } from "../../src/cluster/tables.ts"

export const databaseUrl = (): string => inject("database")

/** The tables of a schema that nobody else uses. */
export const freshTables = (): Tables => tablesIn(`t${randomUUID().replaceAll("-", "")}`)

/** Connections of one node, with these options. */
export const connections = (options: PgClient.PgPoolConfig = {}) =>
  Layer.fresh(PgClient.layer({ url: Redacted.make(databaseUrl()), ...options }))

/** Runs the effect on connections of its own, as another process would. */
export const asNode = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, connections())

/** How many statements wait for a lock. A test that waits until it is one knows that the statement waits. */
export const waitingFor = (fragment: string) =>
  Effect.flatMap(SqlClient, (sql) =>
    Effect.map(
      sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE ${`%${fragment}%`}`,
      (rows) => rows.length
    ))

/** Asks again until the answer is yes. */
export const until = <E, R>(check: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(
    check,
    (yes) => yes ? Effect.void : Effect.andThen(Effect.sleep(10), Effect.suspend(() => until(check)))
  )
