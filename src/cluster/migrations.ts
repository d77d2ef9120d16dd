/**
 * Makes the tables of a cluster. Several nodes may do it at once, and again at each start.
 */
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Tables } from "./tables.ts"

/**
 * Brings the tables to the newest version. What exists stays as it is, and nothing outside the schema is touched.
 *
 * @internal
 */
export const migrate = (
  tables: Tables
): Effect.Effect<void, Migrator.MigrationError | SqlError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    yield* Effect.andThen(
      ensureSchema(sql, tables.schema),
      run({ loader: loaderOf(sql, tables), table: tables.migrations })
    ).pipe(Effect.provideService(SqlClient.SqlClient, sql))
  })

const run = Migrator.make({})

/** The user may have made the schema for a role that may not make any. Another node may make it meanwhile. */
const ensureSchema = (sql: SqlClient.SqlClient, schema: string): Effect.Effect<void, SqlError> => {
  const exists = Effect.map(sql`SELECT 1 WHERE to_regnamespace(${schema}) IS NOT NULL`, (rows) => rows.length > 0)
  return Effect.flatMap(exists, (found) =>
    found ? Effect.void : Effect.asVoid(sql`CREATE SCHEMA ${sql(schema)}`).pipe(
      Effect.catch((error) => Effect.flatMap(exists, (found) => found ? Effect.void : Effect.fail(error)))
    ))
}

/** The versions of the tables. A version that was published never changes: what comes later is another version. */
const loaderOf = (sql: SqlClient.SqlClient, tables: Tables): Migrator.Loader =>
  Migrator.fromRecord({
    "1_services": services(sql, tables),
    "2_nodes": nodes(sql, tables)
  })

/**
 * The epoch is part of a unique key. So PostgreSQL locks a row for an update of the epoch more strongly than for an
 * update of the status: a guarded write keeps off the next epoch, but neither a report nor a command.
 */
const services = (sql: SqlClient.SqlClient, tables: Tables) =>
  sql`CREATE TABLE ${sql(tables.services)} (
    name text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    node text,
    desired text NOT NULL DEFAULT 'running' CHECK (desired IN ('running', 'stopped', 'completed')),
    status text,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (name, epoch)
  )`.pipe(Effect.asVoid)

const nodes = (sql: SqlClient.SqlClient, tables: Tables) =>
  Effect.gen(function*() {
    yield* sql`CREATE TABLE ${sql(tables.agreement)} (
      id boolean PRIMARY KEY DEFAULT true CHECK (id),
      settings text NOT NULL
    )`
    yield* sql`CREATE TABLE ${sql(tables.nodes)} (
      address text PRIMARY KEY,
      token text NOT NULL,
      pid int NOT NULL,
      started timestamptz NOT NULL,
      unreachable timestamptz
    )`
  })
