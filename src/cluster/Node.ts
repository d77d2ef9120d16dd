/**
 * One node of a cluster: what its services need of the cluster.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as EntityId from "effect/cluster/EntityId"
import { RunnerStorage } from "effect/cluster/RunnerStorage"
import type { ShardId } from "effect/cluster/ShardId"
import { Sharding } from "effect/cluster/Sharding"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import { MinimumLogLevel } from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { SocketServerError } from "effect/socket/SocketServer"
import type * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { type AddressTaken, LeaseOutlived, type SettingDiffers } from "./ClusterError.ts"
import { type Desires, makeDesires } from "./Desire.ts"
import { belong, isYoung, type Member } from "./Fingerprint.ts"
import { type Change, type Ledger, makeLedger } from "./Ledger.ts"
import { together } from "./Locks.ts"
import { remembered } from "./Membership.ts"
import { migrate } from "./migrations.ts"
import { hold } from "./Release.ts"
import { makeReplica, type Replica } from "./Replica.ts"
import { runnerAddress, shardingLayer } from "./sharding.ts"
import { groups, placeOf } from "./spread.ts"
import type { Tables } from "./tables.ts"
import { shardsPerGroup, type Timing } from "./timing.ts"
import { watchUnplaced } from "./Unplaced.ts"
import { watchPauses } from "./Watch.ts"

/** Why a node may not be in its cluster any more. */
type Expelled = AddressTaken | LeaseOutlived | SettingDiffers

/** Why a node does not get into its cluster, or may not be in it any more. */
export type NodeError = Expelled | SqlError | SocketServerError | Migrator.MigrationError

/** @internal */
export interface NodeOptions {
  readonly host: string
  readonly port: number
  readonly timing: Timing
  readonly tables: Tables
}

/**
 * - `name`: how the node is called in the ledger
 * - `replica`: the ledger in memory
 * - `desires`: what people want of the services
 * - `epochOf`: the epoch of the latest run on this node; undefined if there was none
 * - `fencedIn`: where the runs of this node are fenced
 * - `register`: while the scope is open, this node claims the service whenever it has the service. It keeps the service until
 *   the claim is released
 * - `gate`: before a run: confirms that this node has the service, and begins the next epoch. Takes as long as that needs
 * - `leave`: gives all services away, and returns when the other nodes may have them
 * - `expelled`: fails when the node may not be in the cluster any more, and never ends before
 *
 * @internal
 */
export interface Node {
  readonly name: string
  readonly ledger: Ledger
  readonly replica: Replica
  readonly desires: Desires
  readonly epochOf: (path: string) => number | undefined
  readonly fencedIn: { readonly tables: Tables; readonly limit: number }
  readonly register: (
    path: string,
    claim: Effect.Effect<void, never, Scope.Scope>
  ) => Effect.Effect<void, never, Scope.Scope>
  readonly gate: (path: string) => Effect.Effect<number>
  readonly leave: Effect.Effect<void>
  readonly expelled: Effect.Effect<never, Expelled>
}

/** @internal */
export const makeNode = (options: NodeOptions): Effect.Effect<Node, NodeError, PgClient.PgClient | Scope.Scope> =>
  Effect.gen(function*() {
    const { host, port, tables, timing } = options
    const name = `${host}:${port}`
    const sql = Layer.succeed(SqlClient.SqlClient, yield* PgClient.PgClient)

    // Who may not be in the cluster touches nothing of it.
    yield* Effect.provide(migrate(tables), sql)
    const ledger = yield* makeLedger(tables, timing.lease)
    const shards = { groups: groups.length, shardsPerGroup }
    const settings = { version: 1, ...shards, prefix: tables.runners, locks: "advisory" as const }
    const member = { tables, timing, settings, address: name, token: crypto.randomUUID(), beat: ledger.beat }
    const refused = yield* Effect.provide(belong(member), sql)
    const outlived = yield* Deferred.make<never, LeaseOutlived>()

    const settled = yield* Effect.cached(Effect.provide(settling(member, timing), sql))

    // News of the members and of the services come on one connection.
    const replica = yield* makeReplica(ledger)
    yield* replica.read()
    const desires = yield* makeDesires(ledger, replica)
    const { forget, has, leave, own } = yield* Effect.provide(enter(options, settled, ledger), sql)
    const epochs = new Map<string, number>()
    const epochOf = (path: string) => epochs.get(path)
    const hear = hearing(replica, desires, { epochOf, forget, leave, name, scope: yield* Effect.scope })
    yield* Effect.forkScoped(Stream.runForEachArray(ledger.changes, hear))
    const known = { status: replica.status, isKnown: desires.isAdopted }
    yield* Effect.forkScoped(watchUnplaced(timing.lease, known))
    yield* Effect.forkScoped(watchPauses(timing.third, (millis) => Effect.andThen(forget, warnOfPause(millis))))

    const bump = (path: string) =>
      Effect.flatMap(ledger.bump(path, name), (epoch) => {
        if (epoch === "too early") return Effect.fail("another node may still run it: the database has just started")
        if (epoch === "unwanted") return Effect.andThen(desires.again(path), Effect.fail("nobody wants it to run"))
        return Effect.sync(() => void epochs.set(path, epoch)).pipe(Effect.as(epoch))
      })
    const gate = (path: string) => {
      let begun: number | undefined
      const unused = Effect.suspend(() => begun === undefined ? Effect.void : ledger.report(path, begun, standby(path)))
      return has(path).pipe(
        Effect.filterOrFail((isOurs) => isOurs, () => "this node does not have it"),
        Effect.andThen(Effect.uninterruptible(Effect.tap(bump(path), (epoch) =>
          Effect.sync(() => {
            begun = epoch
          })))),
        Effect.tapError((error) => Effect.logDebug(`the lease of service "${path}" is not confirmed yet`, error)),
        Effect.retry(Schedule.spaced(gatePause)),
        Effect.onInterrupt(() => Effect.ignore(unused)), // else it would seem to begin
        Effect.orDie
      )
    }

    const takeTurn = turns()
    const register: Node["register"] = (path, claim) => {
      const held = hold(claim, {
        third: timing.third,
        confirm: has(path),
        outlived: Deferred.fail(outlived, new LeaseOutlived({ service: path, millis: timing.third }))
      })
      return Effect.andThen(takeTurn(path), own(path, held))
    }
    const expelled = Effect.raceFirst(refused, Deferred.await(outlived))
    const fencedIn = { tables, limit: timing.third }
    yield* Effect.logInfo(`in the cluster of schema "${tables.schema}", as ${name}`)
    return { name, ledger, replica, desires, epochOf, fencedIn, register, gate, leave, expelled }
  })

/** Until the scope closes nobody else has the path: a service that is added again waits for the one before it. */
const turns = () => {
  const all = new Map<string, Semaphore.Semaphore>()
  return (path: string): Effect.Effect<void, never, Scope.Scope> => {
    const turn = all.get(path) ?? Semaphore.makeUnsafe(1)
    all.set(path, turn)
    return Effect.asVoid(Effect.acquireRelease(turn.take(1), () => turn.release(1), { interruptible: true }))
  }
}

/** Returns when the nodes may be known that start with this one. In a cluster that is there already nobody waits. */
const settling = (member: Member, { sharding }: Timing): Effect.Effect<void, never, SqlClient.SqlClient> => {
  const debounce = Number(sharding.runnerJoinDebounce)
  return Effect.ignore(Effect.flatMap(isYoung(member, debounce), (young) => Effect.sleep(young ? debounce : 0)))
}

/** What this node does when it hears of changes in the ledger. */
const hearing = (
  replica: Replica,
  desires: Desires,
  { epochOf, forget, leave, name, scope }: Pick<Node, "epochOf" | "leave" | "name"> & {
    readonly forget: Effect.Effect<void>
    readonly scope: Scope.Scope
  }
) =>
(changes: ReadonlyArray<Change>): Effect.Effect<void> =>
  Effect.gen(function*() {
    const isWhole = changes.some(({ _tag }) => _tag === "Members" || _tag === "ReadAgain")
    const changed = new Set(changes.flatMap((change) => change._tag === "Changed" ? [change.name] : []))
    if (isWhole) yield* forget
    if (isWhole || changed.size > 0) yield* readAgain(replica, isWhole ? undefined : [...changed])
    for (const change of changes) {
      if (change._tag === "Restart" && (epochOf(change.name) ?? 0) <= change.epoch) yield* desires.restart(change.name)
      if (change._tag === "Drain" && change.name === name) yield* Effect.forkIn(leave, scope) // may take long
    }
  })

/** A session that was lost is told as `ReadAgain`, so nobody waits for it here. */
const readAgain = (replica: Replica, names: ReadonlyArray<string> | undefined): Effect.Effect<void> =>
  replica.read(names).pipe(
    Effect.tapError((error) => Effect.logDebug("the ledger could not be read, and is read again", error)),
    Effect.retry(Schedule.spaced(gatePause)),
    Effect.orDie
  )

const warnOfPause = (millis: number) =>
  Effect.logWarning(`this process did not run for ${durationInWords(Math.round(millis))}`)

/** What a run that has not begun leaves behind. */
const standby = (name: string) => ({ _tag: "Standby", name, run: 0, restarts: 0, crashes: 0, since: Date.now() })

/** How long to wait before the lease is asked for again, in milliseconds. */
const gatePause = 250

/**
 * Effect's own cluster decides which node has what. It has a scope of its own, which closes first when the node leaves.
 *
 * `settled` returns when the nodes may be known that start with this one.
 *
 * - `own`: runs the effect whenever this node has the service
 * - `has`: whether this node has the lock of the service now
 * - `forget`: there is news of the members
 */
const enter = (
  { host, port, tables, timing }: NodeOptions,
  settled: Effect.Effect<void>,
  { reach, tellMembers }: Ledger
) =>
  Effect.gen(function*() {
    const address = runnerAddress(host, port)
    let forget: Effect.Effect<void> = Effect.void
    const layer = shardingLayer(address, timing, tables.runners, (storage) => {
      const members = remembered(marking(storage, reach), {
        patience: timing.third,
        reread: timing.reread,
        settled,
        tell: tellMembers
      })
      forget = members.forget
      return members.storage
    })
    const scope = yield* Scope.fork(yield* Effect.scope)
    const context = yield* Layer.buildWithScope(layer, scope).pipe(
      Effect.provideService(MinimumLogLevel, quiet(yield* MinimumLogLevel))
    )
    const { getShardId, registerSingleton } = Context.get(context, Sharding)
    const { refresh } = Context.get(context, RunnerStorage)

    const hasLock = yield* together((shards: ReadonlyArray<ShardId>) => refresh(address, shards), String)
    const shardOf = (name: string, group: string) => getShardId(EntityId.make(name), group)
    const place = (path: string) => placeOf(path, shardsPerGroup, (name, group) => shardOf(name, group).id)
    return {
      forget,
      leave: Scope.close(scope, Exit.void),
      own: (path: string, effect: Effect.Effect<void>) => {
        const { group, name } = place(path)
        return registerSingleton(name, effect, { shardGroup: group })
      },
      has: (path: string) => {
        const { group, name } = place(path)
        return hasLock(shardOf(name, group))
      }
    }
  })

/** Effect's cluster warns five times a second while no node takes services. Of that `watchUnplaced` warns in its own words. */
const quiet = (level: LogLevel.LogLevel): LogLevel.LogLevel => LogLevel.isLessThan(level, "Info") ? level : "Error"

/** The same storage. The ledger knows too which nodes do not answer. */
const marking = (storage: RunnerStorage["Service"], reach: Ledger["reach"]): RunnerStorage["Service"] => ({
  ...storage,
  register: (runner, isHealthy) =>
    Effect.tap(
      storage.register(runner, isHealthy),
      () => Effect.ignore(reach(`${runner.address.host}:${runner.address.port}`, isHealthy))
    ),
  setRunnerHealth: (address, isHealthy) =>
    Effect.tap(
      storage.setRunnerHealth(address, isHealthy),
      () => Effect.ignore(reach(`${address.host}:${address.port}`, isHealthy))
    )
})
