/**
 * Writes that only the owner of a service can make.
 *
 * A node that was frozen for longer than its lease does not know that another node has its services. No clock can
 * prevent that, so the database must refuse its writes.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { ServiceRun } from "../ServiceRun.ts"
import { FenceLost, FenceMissing } from "./ClusterError.ts"
import { type Tables, tablesIn } from "./tables.ts"
import { timingOf } from "./timing.ts"

/**
 * Whose writes these are, and how long they may hold up the next owner.
 *
 * @internal
 */
export interface Guarded {
  readonly tables: Tables
  readonly service: string
  readonly epoch: number
  /** How long the transaction may idle before the database ends it, in milliseconds: a third of the lease. */
  readonly limit: number
}

/**
 * Runs a write in a transaction that commits only if the service still has this epoch.
 *
 * The transaction locks the row of the service, so that the next owner waits for the commit. It must not wait for a node
 * that is frozen inside the transaction. So the same statement sets the time after which the database ends the session:
 * `idle_in_transaction_session_timeout` for a node that sends nothing, and `tcp_user_timeout` for one that takes nothing.
 * The latter works on Linux only. Elsewhere a node that is frozen while it reads a long answer holds up the next owner.
 *
 * `FOR KEY SHARE` keeps off nobody but those who change the epoch: a report or a command does not wait for the write.
 *
 * @internal
 */
export const guardOf = ({ epoch, limit, service, tables }: Guarded) =>
<A, E, R>(
  write: Effect.Effect<A, E, R>
): Effect.Effect<A, E | FenceLost | FenceMissing | SqlError, R | SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const client = yield* SqlClient.SqlClient
    const sql = client.withoutTransforms()
    const table = sql(tables.services)
    const missing = new FenceMissing({ service, epoch, table: tables.services })

    const check = sql`SELECT set_config('idle_in_transaction_session_timeout', ${String(limit)}, true),
        set_config('tcp_user_timeout', ${String(limit)}, true)
        FROM ${table} WHERE name = ${service} AND epoch = ${epoch} FOR KEY SHARE`

    const current = sql<Current>`SELECT epoch, node FROM ${table} WHERE name = ${service}`

    const lost = Effect.flatMap(current, ([row]): Effect.Effect<never, FenceLost | FenceMissing> =>
      row === undefined
        ? Effect.fail(missing)
        : Effect.fail(new FenceLost({ service, epoch, current: Number(row.epoch), node: row.node })))

    const checked = check.pipe(
      Effect.mapError((error) => isAbsent(error) ? missing : error),
      Effect.flatMap((rows) => rows.length > 0 ? Effect.void : lost)
    )
    return yield* client.withTransaction(Effect.andThen(checked, write))
  })

/** `service` is the name in the whole cluster: a part of a service knows only its number. */
type Where = Pick<Guarded, "tables" | "limit"> & Partial<Pick<Guarded, "service">>

/**
 * Where the runs of a service are fenced. The cluster provides it to them.
 *
 * @internal
 */
export const FencedIn = Context.Reference<Where>("effect-governor/cluster/FencedIn", {
  defaultValue: () => ({ tables: tablesIn(), limit: timingOf(undefined).third })
})

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
 * The write must use the database of the cluster, by the `SqlClient` in its context: the row of the service is locked in the
 * same transaction. So the next run waits for a write that is under way. It does not wait for a node that is frozen inside
 * the write: after a third of the lease the database ends that transaction.
 *
 * Fails with `FenceLost` if a later run has begun, and with `FenceMissing` if the database is not that of the cluster. A run
 * outside a cluster has nobody to be fenced off from, so its write is only a transaction.
 *
 * From fencing tokens, as Martin Kleppmann describes them ("How to do distributed locking", 2016).
 *
 * **Gotchas**
 *
 * What is not in this database is not guarded: a mail that the write sends, say.
 *
 * **Example** (A write that is never stale)
 *
 * ```ts
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import { Governor } from "effect-governor"
 * import { Fence, GovernorCluster } from "effect-governor/cluster"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as SqlClient from "effect/sql/SqlClient"
 *
 * const bill = Effect.gen(function*() {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* Fence.guard(sql`SELECT 1`) // INSERT INTO invoices …
 * })
 *
 * const Billing = Governor.singleton("billing", bill)
 * const program = GovernorCluster.launch(Billing, { host: "127.0.0.1", port: 7003 })
 * const Database = PgClient.layer({ url: Redacted.make(process.env["DATABASE_URL"] ?? "") })
 * console.log((await Effect.runPromise(Effect.provide(program, Database))).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category fencing
 */
export const guard = <A, E, R>(
  write: Effect.Effect<A, E, R>
): Effect.Effect<A, E | FenceLost | FenceMissing | SqlError, R | SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const { epoch, name } = yield* ServiceRun
    if (epoch > 0) return yield* guardOf({ service: name, ...(yield* FencedIn), epoch })(write)
    const { withTransaction } = yield* SqlClient.SqlClient
    return yield* withTransaction(write)
  })

interface Current {
  readonly epoch: unknown
  readonly node: string | null
}

/** Whether the database has no such table. */
const isAbsent = (error: SqlError): boolean => codeOf(error.reason.cause) === "42P01"

const codeOf = (cause: unknown): unknown => typeof cause === "object" && cause !== null && "code" in cause && cause.code
