/** A schema of its own in a database, for those who share the database. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"

/** One client, with a pool of its own. */
export const clientOf = (url: string) => PgClient.layer({ url: Redacted.make(url) })

/** Makes a schema, empty even if there was one of that name. The url is for those who are to work in it. */
export const makeSchema = async (name: string, database: string): Promise<string> => {
  const url = new URL(database)
  url.searchParams.set("options", `-c search_path=${name}`)
  await Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    yield* sql`DROP SCHEMA IF EXISTS ${sql(name)} CASCADE`
    yield* sql`CREATE SCHEMA ${sql(name)}`
  }).pipe(Effect.provide(clientOf(database)), Effect.runPromise)
  return url.href.replaceAll("+", "%20")
}
