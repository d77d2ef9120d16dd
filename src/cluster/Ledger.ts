/**
 * The table of the services of a cluster: which node has each service and since which epoch, what people want of it,
 * and what its owner last said.
 *
 * All times are those of the database's clock, because the clocks of the nodes differ.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { isArrayNonEmpty } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { Desired } from "../ClusterStatus.ts"
import { UnknownService } from "../GovernorError.ts"
import { namesShown } from "../internal/input/listed.ts"
import { alive } from "./Fingerprint.ts"
import type { Tables } from "./tables.ts"

/**
 * What JSON can say.
 *
 * @internal
 */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * What the cluster knows of one service.
 *
 * - `epoch`: how often a run began, on any node; 0 before the first one
 * - `node`: the node that began the last run; null before the first one
 * - `status`: what that node last said of the service; null until it says something
 * - `desired`: what people want of the service. It survives a move of the service
 * - `since`: when the node, the epoch or the status last changed
 * - `unreachable`: since when the node is not there or does not answer; null while it does
 *
 * @internal
 */
export interface Entry {
  readonly name: string
  readonly epoch: number
  readonly node: string | null
  readonly desired: Desired
  readonly status: Json
  readonly since: Date
  readonly unreachable: Date | null
}

/**
 * What happened to the table.
 *
 * - `Changed`: the entry of a service has changed
 * - `Restart`: somebody wants the owner to restart the service, if its run is still that of this epoch
 * - `Drain`: somebody wants the node to give its services to the others
 * - `Members`: a node has come, has left, or is dead
 * - `ReadAgain`: anything may have changed, because nobody listened until now
 *
 * @internal
 */
export type Change =
  | { readonly _tag: "Changed"; readonly name: string }
  | { readonly _tag: "Restart"; readonly name: string; readonly epoch: number }
  | { readonly _tag: "Drain"; readonly name: string }
  | { readonly _tag: "Members" }
  | { readonly _tag: "ReadAgain" }

/** @internal */
export interface Ledger {
  /** Adds these services, as `running` and without an owner. Those that are there already stay as they are. */
  readonly ensure: (names: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
  /**
   * A run of the service is about to begin on this node: the next epoch. It waits for guarded writes of the last one.
   *
   * - `unwanted`: nobody wants the service to run
   * - `too early`: the database started less than a lease ago, and another node that is there ran the service last. The start
   *   has ended all locks, and that node may not have noticed yet
   */
  readonly bump: (name: string, node: string) => Effect.Effect<number | "unwanted" | "too early", SqlError>
  /** Says what people want of the service, on whichever node it is. The result: whether that is something else than before. */
  readonly desire: (name: string, desired: Desired) => Effect.Effect<boolean, SqlError | UnknownService>
  /** The owner says how the service is. The result is false, and nothing is written, if the epoch is over. */
  readonly report: (name: string, epoch: number, status: Json) => Effect.Effect<boolean, SqlError>
  /** As `report`, and the service is completed for good, unless somebody wants it to stop. */
  readonly complete: (name: string, epoch: number, status: Json) => Effect.Effect<boolean, SqlError>
  /**
   * Tells the owner to restart the service, unless a run has begun since this epoch. It is lost if the owner does not listen at
   * this moment.
   */
  readonly restart: (name: string, epoch: number) => Effect.Effect<void, SqlError | UnknownService>
  /** Tells a node to give its services to the others. The result is false if there is no such node. */
  readonly drain: (node: string) => Effect.Effect<boolean, SqlError>
  /** A node does not answer any more, or does again. */
  readonly reach: (node: string, isReachable: boolean) => Effect.Effect<void, SqlError>
  /** The addresses of the nodes that are there. */
  readonly nodes: Effect.Effect<ReadonlyArray<string>, SqlError>
  /** Tells all nodes that the members have changed. */
  readonly tellMembers: Effect.Effect<void, SqlError>
  /** All services, by their names. */
  readonly list: Effect.Effect<ReadonlyArray<Entry>, SqlError>
  /** Those of these services that are there. */
  readonly read: (names: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Entry>, SqlError>
  /** Lets those who listen hear that the database still reaches them: a part of another statement. */
  readonly beat: Statement.Fragment
  /** What happens from now on. It keeps one connection, and begins with `ReadAgain` whenever that is a new one. */
  readonly changes: Stream.Stream<Change>
}

/**
 * The ledger in these tables, of a node with this lease, in milliseconds. Who listens takes another connection when nothing was
 * heard for as long as the lease: the network may be gone without a word.
 *
 * @internal
 */
export const makeLedger = (tables: Tables, lease = Infinity): Effect.Effect<Ledger, never, PgClient.PgClient> =>
  Effect.map(PgClient.PgClient, (client) => {
    const desk = deskOf(client, tables)
    return {
      list: listOf(desk),
      read: (names) => listOf(desk, names),
      ensure: (names) => ensure(desk, names),
      bump: (name, node) => bump(desk, name, node, lease),
      ...commandsOf(desk),
      ...reportsOf(desk),
      ...nodesOf(desk),
      beat: desk.sql`pg_notify(${tables.channel}, ${beat})`,
      changes: changesOf(client, tables, lease)
    }
  })

/** What the statements are made of. */
interface Desk {
  readonly sql: SqlClient
  readonly table: Statement.Fragment
  readonly nodes: Statement.Fragment
  readonly told: (change: Change) => Statement.Fragment
  /** Runs one statement that names each row that it changed, and tells the listeners. Was there such a row? */
  readonly tell: (change: Change, changing: Statement.Fragment) => Effect.Effect<boolean, SqlError>
}

const deskOf = (client: SqlClient, { channel, nodes, services }: Tables): Desk => {
  const sql = client.withoutTransforms()
  const told = (change: Change) => sql`pg_notify(${channel}, ${JSON.stringify(change)})`
  return {
    sql,
    table: sql`${sql(services)}`,
    nodes: sql`${sql(nodes)}`,
    told,
    tell: (change, changing) =>
      Effect.map(
        sql`WITH changed AS (${changing}) SELECT ${told(change)} FROM changed`,
        (rows) => rows.length > 0
      )
  }
}

/** A node that was killed has no session at once, and is unreachable once another node has noticed that. */
const listOf = ({ nodes, sql, table }: Desk, names?: ReadonlyArray<string>): Ledger["list"] =>
  Effect.map(
    sql<Row>`WITH living AS MATERIALIZED (SELECT address FROM ${nodes} WHERE unreachable IS NULL AND ${alive(sql)})
      SELECT name, epoch, node, desired, status, since,
        CASE WHEN node IS NOT NULL AND living.address IS NULL THEN coalesce(its.unreachable, since) END AS unreachable
      FROM ${table} LEFT JOIN living ON living.address = node LEFT JOIN ${nodes} AS its ON its.address = node
      WHERE ${names === undefined ? sql`true` : sql.in("name", names)} ORDER BY name COLLATE "C"`,
    (rows) => rows.map(entryOf)
  )

const nodesOf = ({ nodes, sql, tell, told }: Desk): Pick<Ledger, "drain" | "nodes" | "reach" | "tellMembers"> => ({
  drain: (node) => tell({ _tag: "Drain", name: node }, sql`SELECT address FROM ${nodes} WHERE address = ${node}`),
  reach: (node, isReachable) =>
    Effect.asVoid(sql`UPDATE ${nodes} SET unreachable =
      ${isReachable ? sql`NULL` : sql`coalesce(unreachable, clock_timestamp())`} WHERE address = ${node}`),
  nodes: Effect.map(
    sql<{ address: string }>`SELECT address FROM ${nodes} WHERE ${alive(sql)} ORDER BY address`,
    (rows) => rows.map(({ address }) => address)
  ),
  tellMembers: Effect.asVoid(sql`SELECT ${told({ _tag: "Members" })}`)
})

/**
 * In the same order everywhere, so that two nodes that add the same services do not wait for one another for ever. The
 * conflict names no column: both unique keys may be violated, and PostgreSQL may find either first.
 */
const ensure = ({ sql, table }: Desk, names: ReadonlyArray<string>): Effect.Effect<void, SqlError> => {
  const rows = names.toSorted().map((name): Record<string, string> => ({ name }))
  return isArrayNonEmpty(rows)
    ? Effect.asVoid(sql`INSERT INTO ${table} ${sql.insert(rows)} ON CONFLICT DO NOTHING`)
    : Effect.void
}

const bump = (desk: Desk, name: string, node: string, lease: number): ReturnType<Ledger["bump"]> => {
  const { sql, table, told } = desk
  const bumped = sql<{ epoch: unknown }>`WITH bumped AS (
      UPDATE ${table} SET epoch = epoch + 1, node = ${node}, status = NULL, since = clock_timestamp()
      WHERE name = ${name} AND desired = 'running' AND NOT ${isEarly(sql, node, lease)} RETURNING epoch
    ) SELECT epoch, ${told({ _tag: "Changed", name })} FROM bumped`
  return Effect.flatMap(bumped, ([row]) => {
    if (row !== undefined) return Effect.succeed(Number(row.epoch))
    const desired = sql<{ desired: Desired }>`SELECT desired FROM ${table} WHERE name = ${name}`
    return Effect.flatMap(desired, ([row]) => {
      if (row === undefined) return Effect.andThen(ensure(desk, [name]), bump(desk, name, node, lease))
      return Effect.succeed(row.desired === "running" ? "too early" as const : "unwanted" as const)
    })
  })
}

/**
 * Whether the database started less than a lease ago, and another node that ran the service has not said that its run is over. The
 * start has ended all locks, and a node notices that when it next renews its leases.
 */
const isEarly = (sql: SqlClient, node: string, lease: number) =>
  lease === Infinity
    ? sql`false`
    : sql`(node <> ${node} AND coalesce(status !~ '^{"_tag":"(Standby|Stopped|Failed)"', true)
      AND clock_timestamp() < pg_postmaster_start_time() + ${lease} * interval '1 millisecond') IS TRUE`

const commandsOf = (desk: Desk): Pick<Ledger, "desire" | "restart"> => {
  const { sql, table, tell } = desk
  const isThere = (name: string) => sql`SELECT name FROM ${table} WHERE name = ${name}`
  return {
    desire: (name, desired) => {
      const changing = sql`UPDATE ${table} SET desired = ${desired}
        WHERE name = ${name} AND desired <> ${desired} RETURNING name`
      return Effect.flatMap(tell({ _tag: "Changed", name }, changing), (hasChanged) =>
        hasChanged
          ? Effect.succeed(true)
          : Effect.flatMap(isThere(name), (rows) => rows.length > 0 ? Effect.succeed(false) : unknown(desk, name)))
    },
    restart: (name, epoch) =>
      Effect.flatMap(
        tell({ _tag: "Restart", name, epoch }, isThere(name)),
        (found) => found ? Effect.void : unknown(desk, name)
      )
  }
}

const unknown = (desk: Desk, name: string): Effect.Effect<never, SqlError | UnknownService> =>
  Effect.flatMap(listOf(desk), (entries) => {
    const known = entries.slice(0, namesShown).map(({ name }) => name)
    return Effect.fail(new UnknownService({ service: name, known }))
  })

const reportsOf = ({ sql, table, tell }: Desk): Pick<Ledger, "report" | "complete"> => {
  const report = (name: string, epoch: number, status: Json, desired: Statement.Fragment) => {
    const text = JSON.stringify(status)
    return tell(
      { _tag: "Changed", name },
      sql`UPDATE ${table} SET status = ${text}, desired = ${desired},
        since = CASE WHEN status IS DISTINCT FROM ${text} THEN clock_timestamp() ELSE since END
        WHERE name = ${name} AND epoch = ${epoch} RETURNING name`
    )
  }
  return {
    report: (name, epoch, status) => report(name, epoch, status, sql`desired`),
    complete: (name, epoch, status) =>
      report(name, epoch, status, sql`CASE desired WHEN 'running' THEN 'completed' ELSE desired END`)
  }
}

/** What is sent only to be heard. */
const beat = "beat"

/** A stream that retries for ever does not fail. */
const changesOf = (client: PgClient.PgClient, { channel }: Tables, silence: number): Stream.Stream<Change> => {
  const { back, lost } = outages()
  return Effect.map(Effect.tap(client.listen(channel), back), (queue) => {
    const heard = Stream.fromQueue(queue).pipe(
      Stream.timeoutOrElse({ duration: silence, orElse: () => Stream.fail("silence") }),
      Stream.filter(({ payload }) => payload !== beat),
      Stream.map(({ payload }) => changeOf(payload))
    )
    return Stream.concat(Stream.make<[Change]>({ _tag: "ReadAgain" }), heard)
  }).pipe(Stream.unwrap, Stream.tapError(() => lost), Stream.retry(Schedule.spaced(retryMillis)), Stream.orDie)
}

/** Says once that the database is away, and once that it is back. */
const outages = () => {
  let isAway = false
  const becomes = (next: boolean, told: Effect.Effect<void>) =>
    Effect.suspend(() => {
      if (isAway === next) return Effect.void
      isAway = next
      return told
    })
  return {
    lost: becomes(true, Effect.logWarning("the database of the cluster does not answer, and is asked again")),
    back: becomes(false, Effect.logInfo("the database of the cluster answers again"))
  }
}

/** How long the listener waits before it connects again. */
const retryMillis = 500

interface Row extends Omit<Entry, "epoch" | "status"> {
  readonly epoch: unknown
  readonly status: string | null
}

const entryOf = ({ epoch, status, ...others }: Row): Entry => ({
  ...others,
  epoch: Number(epoch),
  status: status === null ? null : decoded(status)
})

/** What another version of this package wrote, or a person, is no reason to fail: it is shown as it is. */
const decoded = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

const changeOf = (payload: string): Change => {
  const change = decoded(payload)
  if (typeof change !== "object" || change === null || !("_tag" in change)) return { _tag: "ReadAgain" }
  if (change._tag === "Members") return { _tag: "Members" }
  const { _tag, epoch, name } = change
  if (_tag === "Restart" && typeof name === "string" && typeof epoch === "number") return { _tag, name, epoch }
  const isKnown = (_tag === "Changed" || _tag === "Drain") && typeof name === "string"
  return isKnown ? { _tag, name } : { _tag: "ReadAgain" }
}
