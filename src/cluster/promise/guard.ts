/**
 * Writes that only the owner of a service can make, for plain TypeScript.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { InvalidOption } from "../../GovernorError.ts"
import { contextOf } from "../../internal/bridge/PromiseRun.ts"
import type { ServiceAPI } from "../../internal/bridge/ServiceApi.ts"
import * as Fence from "../Fence.ts"

/**
 * The database of the cluster that the process is in; undefined if it is in none.
 *
 * @internal
 */
export const Database = Context.Reference<Effect.Effect<SqlClient | undefined>>("effect-governor/cluster/Database", {
  defaultValue: () => Effect.undefined
})

/**
 * Sends a statement to the database of the cluster, and resolves with its rows. The values are sent as parameters.
 *
 * **Example** (What a function of this type is called with)
 *
 * ```ts
 * import type { Sql } from "effect-governor/cluster/promise"
 *
 * export const due = (sql: Sql, day: number) => sql<{ customer: string }>`SELECT customer FROM bills WHERE day = ${day}`
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Sql = <Row extends object = Record<string, unknown>>(
  strings: TemplateStringsArray,
  ...values: ReadonlyArray<unknown>
) => Promise<ReadonlyArray<Row>>

/**
 * Runs a write of the present run in a transaction that commits only if no later run of the service has begun, on whatever
 * node.
 *
 * **When to use**
 *
 * For each write that must not be made by a node which does not know yet that another node has the service. A node that was
 * frozen, or whose event loop was blocked, for longer than its lease is such a node.
 *
 * **Details**
 *
 * - `api`: the object that `run` of the service received
 * - `write`: gets `sql`, and awaits all that it asks for. If `write` fails, nothing is written
 *
 * Resolves and rejects as `write` does. Rejects with `FenceLost`, and does not call `write`, if a later run has begun; with
 * `SqlError` if the database does not answer; and with `InvalidOption` if `api` is of no governor with the option `cluster`. In
 * a service that each node has, this is only a transaction.
 *
 * **Gotchas**
 *
 * What is not in this database is not guarded: a mail that `write` sends, say. The next run waits for a write that is under
 * way, so keep it short.
 *
 * **Example** (A write that is never stale)
 *
 * ```ts
 * import { Governor, guard } from "effect-governor/cluster/promise"
 *
 * const governor = new Governor({
 *   cluster: { url: process.env["DATABASE_URL"] ?? "", host: "127.0.0.1", port: 7012 }
 * })
 * governor.add("billing", async (api) => {
 *   const rows = await guard(api, (sql) => sql`SELECT 1 AS one`) // INSERT INTO invoices …
 *   console.log(rows) // [ { one: 1 } ]
 * }, { singleton: true }).start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category fencing
 */
export const guard = async <A>(api: ServiceAPI, write: (sql: Sql) => PromiseLike<A> | A): Promise<A> => {
  const context = contextOf(api)
  const client = context && await Effect.runPromise(Context.get(context, Database))
  if (context === undefined || client === undefined) {
    const expected = "the object of a run, whose governor has the option cluster"
    throw new InvalidOption({ field: "api", expected, actual: "the object of another run" })
  }
  const guarded = Fence.guard(Effect.flatMap(Effect.context(), (inside) => written(client, inside, write)))
  return Effect.runPromiseWith(Context.add(context, SqlClient, client))(guarded)
}

/** The statements go to the connection of the transaction, which is in the context. */
const written = <A>(client: SqlClient, inside: Context.Context<never>, write: (sql: Sql) => PromiseLike<A> | A) => {
  const sql: Sql = <Row extends object>(strings: TemplateStringsArray, ...values: ReadonlyArray<unknown>) =>
    Effect.runPromiseWith(inside)(client<Row>(strings, ...values))
  return Effect.promise(async () => await write(sql))
}
