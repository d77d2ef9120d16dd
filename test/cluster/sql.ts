/** What tests need of PostgreSQL. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { inject } from "vitest"
import { makeSchema } from "./schema.ts"

export { clientOf } from "./schema.ts"

/** Makes a schema, empty even if there was one of that name. The url is for those who are to work in it. */
export const freshSchema = (name: string, database = inject("database")): Promise<string> => makeSchema(name, database)

/** Ends the sessions of all others. How many there were. */
export const killSessions = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const ended = yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
  return ended.length
})
