/**
 * The members of a cluster, read from memory, and news of them by `NOTIFY`.
 *
 * Effect's cluster finds out by polling that a node came or left. Often enough to be quick is too often for an idle
 * database. So this node polls its memory, and reads the database when there is news, or when there was none for long.
 */
import * as Clock from "effect/Clock"
import type { PersistenceError } from "effect/cluster/ClusterError"
import type { Runner } from "effect/cluster/Runner"
import type { RunnerAddress } from "effect/cluster/RunnerAddress"
import type { RunnerHealth } from "effect/cluster/RunnerHealth"
import type { Runners } from "effect/cluster/Runners"
import type { RunnerStorage } from "effect/cluster/RunnerStorage"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Timing } from "./timing.ts"
import { within } from "./within.ts"

type Storage = RunnerStorage["Service"]
type Members = Array<readonly [runner: Runner, healthy: boolean]>

/**
 * How long a node that leaves waits for the next release of a shard, before it tells that it has left. The others take
 * all that is free when they hear of it, and what is not free then only a second later.
 */
const settleMillis = 100

/**
 * The same storage, with the members from memory.
 *
 * - `storage`: for Sharding
 * - `forget`: there is news, so read the members from the database the next time
 *
 * A node that leaves waits no longer than `patience` for the database, in milliseconds. `tell` must make all other nodes `forget`. If `tell` fails, the others notice by their next reading. The first reading
 * waits for `settled`: nodes that start at about the same time shall know one another before they take anything.
 *
 * @internal
 */
export const remembered = (
  storage: Storage,
  { patience, reread, settled = Effect.void, tell }: {
    readonly reread: number
    readonly patience: number
    readonly tell: Effect.Effect<void, unknown>
    readonly settled?: Effect.Effect<void>
  }
): { readonly storage: Storage; readonly forget: Effect.Effect<void> } => {
  const memory = makeMemory(storage, reread)
  const news = Effect.andThen(memory.forget, Effect.ignore(tell))
  let leaving = false
  let releases = 0

  /** Tells once that this node has left, when all shards that are free at once are free. */
  const released = Effect.suspend(() => {
    const count = ++releases
    return Effect.andThen(Effect.sleep(settleMillis), Effect.suspend(() => count === releases ? news : Effect.void))
  })

  return {
    forget: memory.forget,
    storage: {
      ...storage,
      getRunners: Effect.andThen(settled, memory.read),
      register: (runner, healthy) => Effect.tap(storage.register(runner, healthy), news),
      unregister: (address) =>
        Effect.tap(within(patience, storage.unregister(address)), () => {
          leaving = true
          return memory.forget
        }),
      setRunnerHealth: (address, healthy) => Effect.tap(storage.setRunnerHealth(address, healthy), news),
      release: (address, shard) => Effect.tap(storage.release(address, shard), () => leaving ? released : Effect.void),
      releaseAll: (address) =>
        Effect.tap(within(patience, storage.releaseAll(address)), () => leaving ? news : Effect.void)
    }
  }
}

/** News that come during a reading count for the next one, because the reading may have missed what they tell. */
const makeMemory = (storage: Storage, reread: number) => {
  let version = 0
  let known: { readonly version: number; readonly at: number; readonly members: Members } | undefined
  const readAgain = (now: number): Effect.Effect<Members, PersistenceError> => {
    const asked = version
    return Effect.tap(storage.getRunners, (members) =>
      Effect.sync(() => {
        known = { version: asked, at: now, members }
      }))
  }
  return {
    forget: Effect.sync(() => {
      version++
    }),
    read: Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => {
      const now = Number(nanos) / 1e6
      const isFresh = known !== undefined && known.version === version && now - known.at < reread
      return isFresh ? Effect.succeed(known!.members) : readAgain(now)
    })
  }
}

/**
 * Whether a node answers. A closed port says no at once and is asked again for a moment; a node that is only slow has
 * a third of its lease for its answer.
 *
 * @internal
 */
export const healthOf = (
  runners: Pick<Runners["Service"], "ping">,
  { retries, spacing, timeout }: Timing["ping"]
): RunnerHealth["Service"] => ({
  isAlive: (address) =>
    runners.ping(address).pipe(
      Effect.timeout(timeout),
      Effect.retry({ times: retries, schedule: Schedule.spaced(spacing) }),
      Effect.isSuccess
    )
})

/**
 * Asks the next node by address whether it is alive, and never ends. Effect's cluster lets one node check all others;
 * when that one dies, nobody would notice before its lease ends.
 *
 * @internal
 */
export const watchNeighbour = (
  self: RunnerAddress,
  storage: Pick<Storage, "getRunners" | "setRunnerHealth">,
  { isAlive }: RunnerHealth["Service"],
  spacing: number
): Effect.Effect<never> =>
  Effect.gen(function*() {
    const neighbour = neighbourOf(self, yield* storage.getRunners)
    if (neighbour === undefined || (yield* isAlive(neighbour))) return
    yield* storage.setRunnerHealth(neighbour, false)
  }).pipe(
    Effect.catchCause((cause) => Effect.logDebug("Could not check the next node of the cluster", cause)),
    Effect.andThen(Effect.sleep(spacing)),
    Effect.forever
  )

/** The healthy nodes are a ring, so each of them is the neighbour of exactly one. */
const neighbourOf = (self: RunnerAddress, members: Members): RunnerAddress | undefined => {
  const addresses = members.flatMap(([{ address }, healthy]) => healthy ? [address] : [])
  const ring = addresses.filter((address) => nameOf(address) !== nameOf(self))
    .toSorted((a, b) => nameOf(a) < nameOf(b) ? -1 : 1)
  return ring.find((address) => nameOf(address) > nameOf(self)) ?? ring[0]
}

const nameOf = ({ host, port }: RunnerAddress): string => `${host}:${port}`
