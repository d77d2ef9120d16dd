/**
 * Who may belong to a cluster: the nodes whose settings agree, each with an address of its own.
 *
 * Effect's cluster checks neither. Nodes with other settings run some services twice and others not at all, and of two
 * processes with one address the second runs nothing, all without a word.
 *
 * A node is alive as long as its session with the database is. The server ends the session at once when the process is
 * killed, and after the lease when the process is frozen or cut off. So a process that was killed can come back at once.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { AddressTaken, SettingDiffers } from "./ClusterError.ts"
import type { Tables } from "./tables.ts"
import type { Timing } from "./timing.ts"
import { within } from "./within.ts"

/**
 * What all nodes must agree on.
 *
 * @internal
 */
export interface Settings {
  /** The version of this agreement. It changes when nodes of two versions of this package cannot work together. */
  readonly version: number
  readonly groups: number
  readonly shardsPerGroup: number
  readonly prefix: string
  readonly locks: "advisory" | "rows"
}

/**
 * A node that wants to belong to a cluster.
 *
 * @internal
 */
export interface Member {
  readonly tables: Tables
  readonly timing: Pick<Timing, "lease" | "third">
  readonly settings: Settings
  readonly address: string
  /** Tells processes with one address apart. Each process draws its own. */
  readonly token: string
  /** What to do whenever this node shows that it is alive: a part of that statement. */
  readonly beat?: Fragment
}

/** Why a node may not belong to a cluster. */
type Refused = AddressTaken | SettingDiffers

/**
 * Lets this node belong to the cluster until the scope closes, or refuses the node.
 *
 * The result is an effect that never ends while the node belongs to the cluster. It fails when the node does not any
 * more: its session was lost, and meanwhile another process took its address, or a cluster with other settings began.
 *
 * @internal
 */
export const belong = (
  member: Member
): Effect.Effect<Effect.Effect<never, Refused>, Refused | SqlError, SqlClient.SqlClient | Scope.Scope> =>
  Effect.gen(function*() {
    const joined = yield* Deferred.make<void, Refused | SqlError>()
    const life = Effect.scoped(Effect.gen(function*() {
      const session = yield* join(member)
      yield* Deferred.succeed(joined, undefined)
      return yield* beat(member, session)
    }))
    const fiber = yield* life.pipe(
      Effect.tapCause((cause) => Deferred.failCause(joined, cause)),
      Effect.retry({ while: ({ _tag }) => _tag === "SqlError", schedule: Schedule.spaced(retryMillis) }),
      Effect.catchTag("SqlError", Effect.die),
      Effect.forkScoped
    )
    yield* Deferred.await(joined)
    return Fiber.join(fiber)
  })

/**
 * Whether the cluster is young: no other node has been in it for as long as `millis`.
 *
 * @internal
 */
export const isYoung = (
  { tables, token }: Member,
  millis: number
): Effect.Effect<boolean, SqlError, SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (client) => {
    const sql = client.withoutTransforms()
    const elders = sql`SELECT 1 FROM ${sql(tables.nodes)} WHERE token <> ${token} AND ${alive(sql)}
      AND started < clock_timestamp() - ${millis} * interval '1 millisecond'`
    return Effect.map(elders, (rows) => rows.length === 0)
  })

/** How long a node waits before it asks again for a session that it lost. */
const retryMillis = 500

/** The session that shows that this node is alive. */
interface Session {
  readonly connection: Connection
  readonly pid: number
  /** As text, because a `Date` has no microseconds. */
  readonly started: string
}

/** Makes the session, and enters this node in the table. */
const join = (member: Member) =>
  Effect.gen(function*() {
    const client = yield* SqlClient.SqlClient
    const session = yield* makeSession(client, member)
    yield* client.withTransaction(enter(client.withoutTransforms(), member, session))
    yield* Effect.addFinalizer(() => within(member.timing.third, leave(client.withoutTransforms(), member)))
    return session
  })

const makeSession = (client: SqlClient.SqlClient, { timing }: Member) =>
  Effect.gen(function*() {
    const connection = yield* client.reserve
    // The connection returns to the pool of the user.
    yield* Effect.addFinalizer(() => within(timing.third, connection.executeRaw("RESET idle_session_timeout", [])))
    yield* connection.executeRaw(`SET idle_session_timeout = ${timing.lease}`, [])
    const [row] = yield* connection.executeValues(
      "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()",
      []
    )
    const [pid, started] = row as readonly [number, string]
    return { connection, pid, started }
  })

/** One node at a time: the lock of the agreement orders them. The server does not wait for one that freezes here. */
const enter = (sql: SqlClient.SqlClient, member: Member, { pid, started }: Session) =>
  Effect.gen(function*() {
    const { address, settings, tables, timing, token } = member
    const [agreement, nodes] = [sql(tables.agreement), sql(tables.nodes)]
    const text = JSON.stringify(settings)
    yield* sql`SELECT set_config('idle_in_transaction_session_timeout', ${String(timing.third)}, true)`
    yield* sql`INSERT INTO ${agreement} (settings) VALUES (${text}) ON CONFLICT DO NOTHING`
    const [agreed] = yield* sql<{ settings: string }>`SELECT settings FROM ${agreement} FOR UPDATE`
    yield* sql`DELETE FROM ${nodes} WHERE token = ${token} OR NOT ${alive(sql)}`
    const others = yield* sql<{ address: string }>`SELECT address FROM ${nodes}`
    if (others.some((other) => other.address === address)) return yield* new AddressTaken({ address })
    const differs = difference(agreed!.settings, settings)
    if (differs !== undefined && others.length > 0) return yield* differs
    yield* sql`UPDATE ${agreement} SET settings = ${text} WHERE settings <> ${text}`
    yield* sql`INSERT INTO ${nodes} (address, token, pid, started)
      VALUES (${address}, ${token}, ${pid}, ${started}::timestamptz)`
  })

/**
 * Whether the session of a row of the nodes is there. A role that may not see when the session of another role began sees its
 * number at least.
 *
 * @internal
 */
export const alive = (sql: SqlClient.SqlClient) =>
  sql`EXISTS (SELECT 1 FROM pg_stat_activity AS a WHERE a.pid = governor_nodes.pid
    AND (a.backend_start IS NULL OR a.backend_start = governor_nodes.started))`

/** The first setting that differs. */
const difference = (agreed: string, settings: Settings): SettingDiffers | undefined => {
  const cluster = JSON.parse(agreed) as Partial<Settings>
  const keys = Object.keys(settings) as ReadonlyArray<keyof Settings>
  const setting = keys.find((key) => cluster[key] !== settings[key])
  if (setting === undefined) return undefined
  const [theirs, ours] = [cluster[setting], settings[setting]].map((value) => JSON.stringify(value) ?? "nothing")
  return new SettingDiffers({ setting, cluster: theirs!, node: ours! })
}

/** Keeps the session from idling for as long as the lease, and looks whether this node still has its address. */
const beat = ({ address, beat, tables, timing, token }: Member, { connection }: Session) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const [query, params] = sql`SELECT ${beat ?? sql.literal("1")} FROM ${
      sql(tables.nodes)
    } WHERE address = ${address} AND token = ${token}`
      .compile(true)
    while (true) {
      yield* Effect.sleep(timing.third)
      const rows = yield* connection.executeValues(query, params)
      if (rows.length === 0) return yield* new AddressTaken({ address })
    }
  })

const leave = (sql: SqlClient.SqlClient, { tables, token }: Member) =>
  sql`DELETE FROM ${sql(tables.nodes)} WHERE token = ${token}`
