/**
 * The tables of the monitor. They are in the same schema as those of the cluster, so `DROP SCHEMA uptime CASCADE` removes all.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

export const schema = "uptime"
/** The latest result of each site. */
export const results = `${schema}.results`
export const reports = `${schema}.reports`

const make = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(Effect.gen(function*() {
    yield* sql`SELECT pg_advisory_xact_lock(hashtext(${schema}))` // the nodes start together
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql(results)} (
      target text PRIMARY KEY, up boolean NOT NULL, status int, error text, millis int NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    )`
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql(reports)} (
      id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
      epoch bigint NOT NULL, process int NOT NULL, up int NOT NULL, down int NOT NULL
    )`
  }))
})

/** The cluster has made the schema by then. */
export const Tables = Layer.effectDiscard(make)
