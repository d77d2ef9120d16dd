/** What tests need of PostgreSQL. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { inject } from "vitest"

/** One client, with a pool of its own. */
export const clientOf = (url: string) => PgClient.layer({ url: Redacted.make(url) })

/** Makes a schema, empty even if there was one of that name. The url is for those who are to work in it. */
export const freshSchema = async (name: string, database = inject("database")): Promise<string> => {
  const url = new URL(database)
  url.searchParams.set("options", `-c search_path=${name}`)
  await Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* sql`DROP SCHEMA IF EXISTS ${sql(name)} CASCADE`
    yield* sql`CREATE SCHEMA ${sql(name)}`
  }).pipe(Effect.provide(clientOf(database)), Effect.runPromise)
  return url.href.replaceAll("+", "%20")
}

/** Ends the sessions of all others. How many there were. */
export const killSessions = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const ended = yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
  return ended.length
})
