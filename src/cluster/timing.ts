/**
 * All times of a cluster. They follow from one: the lease, which is how long a node that says nothing keeps its
 * services. Pure.
 *
 * What each number costs is in transactions for the database, because that is all that an idle cluster does.
 */
import type { ShardingConfig } from "effect/cluster/ShardingConfig"
import type * as Duration from "effect/Duration"
import { InvalidOption } from "../GovernorError.ts"
import { durationMillis, show } from "../internal/input/GovernorOption.ts"

const second = 1000

/** The lease of a cluster that names none. */
const defaultLease = 15 * second

/** A third of a shorter lease is less than a slow answer of a database may take. */
const shortestLease = 5 * second

/** A node that is frozen would keep its services for longer than anybody waits. */
const longestLease = 3600 * second

/**
 * How many shards each group of services is spread over. All nodes must agree, so it is fixed.
 *
 * 12 can be divided by 2, 3, 4 and 6 nodes, and then each node has equally many. With more shards than partitions, the
 * ring spreads the shards evenly, but the partitions by chance.
 *
 * @internal
 */
export const shardsPerGroup = 12

/**
 * The times of one node, in milliseconds.
 *
 * @internal
 */
export interface Timing {
  readonly lease: number
  /** How often a node renews its leases, and how late an answer may be: half of the lease is left to stop. */
  readonly refresh: number
  /** A third of the lease: what others wait for at the most, and what a run has to end once the lease is lost. */
  readonly third: number
  /** For Sharding. Its `RunnerStorage` must answer `getRunners` from memory, as `Membership` does. */
  readonly sharding: Pick<
    ShardingConfig["Service"],
    | "shardsPerGroup"
    | "shardLockRefreshInterval"
    | "shardLockExpiration"
    | "shardLockDisableAdvisory"
    | "refreshAssignmentsInterval"
    | "runnerJoinDebounce"
    | "runnerHealthCheckInterval"
    | "entityMessagePollInterval"
    | "simulateRemoteSerialization"
  >
  /** The longest time between two readings of the members from the database. News of them come by `NOTIFY`. */
  readonly reread: number
  /** How a node finds out that another one is dead. */
  readonly ping: {
    /** How long an answer may take. A node that is only slow is judged by its lease, so this is a third of it. */
    readonly timeout: number
    /** A closed port answers at once, and is asked so often again before the node counts as dead. */
    readonly retries: number
    readonly spacing: number
  }
}

/**
 * The times that follow from a lease. Throws `InvalidOption`.
 *
 * - Refresh of the locks: every quarter of the lease, 2 transactions a node. A node that is cut off notices within half of the
 *   lease, and its services have the other half to stop before others begin them.
 * - Members: each 50 ms, from memory. 1 transaction a node for each `reread`.
 * - Health: each second, a ping by socket, no transaction. A dead node is noticed within 1.5 s.
 * - Joins: nodes that come within 3 s come together, so that a cold start moves no service twice. A new node waits 3 s
 *   for its first service. Nodes that leave are not waited for.
 * - The poll of messages only wakes the loop that takes locks: there are no messages, so no transaction.
 *
 * @internal
 */
export const timingOf = (lease: Duration.Input | undefined): Timing => {
  const millis = leaseMillis(lease)
  const [refresh, third] = [Math.floor(millis / 4), Math.floor(millis / 3)]
  return {
    lease: millis,
    refresh,
    third,
    sharding: {
      shardsPerGroup,
      shardLockRefreshInterval: refresh,
      shardLockExpiration: millis,
      shardLockDisableAdvisory: false,
      refreshAssignmentsInterval: 50,
      runnerJoinDebounce: 3 * second,
      runnerHealthCheckInterval: second,
      entityMessagePollInterval: second,
      simulateRemoteSerialization: false
    },
    reread: Math.min(third, 5 * second),
    ping: { timeout: third, retries: 2, spacing: 250 }
  }
}

const leaseMillis = (input: unknown = defaultLease): number => {
  const millis = durationMillis("lease", input)
  if (millis >= shortestLease && millis <= longestLease) return millis
  throw new InvalidOption({ field: "lease", expected: "a duration from 5 seconds to 1 hour", actual: show(input) })
}

/**
 * How many transactions a second an idle cluster costs its database: the refresh of the locks is a heartbeat and a
 * look at the locks, the members are one reading, the address is one heartbeat.
 *
 * @internal
 */
export const transactionsPerSecond = ({ refresh, reread, third }: Timing, nodes: number): number =>
  nodes * second * (2 / refresh + 1 / third + 1 / reread)
