/**
 * The ledger in the memory of this node. It answers at once, and while the database does not.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ClusterStatus } from "../ClusterStatus.ts"
import { type ServiceStatus, states } from "../ServiceStatus.ts"
import type { Entry, Ledger } from "./Ledger.ts"

/**
 * - `status`: all services, by their names
 * - `get`: one of them
 * - `read`: reads these services again from the ledger; without names all
 * - `look`: lets all look again who wait for something, though nothing was read
 * - `changes`: emits at once, and after each reading and each `look`
 * - `until`: waits until something holds
 *
 * @internal
 */
export interface Replica {
  readonly status: () => ReadonlyArray<ClusterStatus>
  readonly get: (name: string) => ClusterStatus | undefined
  readonly read: (names?: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
  readonly look: Effect.Effect<void>
  readonly changes: Stream.Stream<unknown>
  readonly until: (holds: () => boolean) => Effect.Effect<void>
}

/** @internal */
export const makeReplica = (ledger: Pick<Ledger, "list" | "read">): Effect.Effect<Replica> =>
  Effect.map(SubscriptionRef.make<ReadonlyMap<string, ClusterStatus>>(new Map()), (ref) => {
    const changes = SubscriptionRef.changes(ref)
    const keep = (entries: ReadonlyArray<Entry>, others: ReadonlyMap<string, ClusterStatus> = new Map()) =>
      SubscriptionRef.set(ref, new Map([...others, ...entries.map((entry) => [entry.name, statusOf(entry)] as const)]))
    return {
      status: () => Array.from(SubscriptionRef.getUnsafe(ref).values()),
      get: (name) => SubscriptionRef.getUnsafe(ref).get(name),
      read: (names) =>
        names === undefined
          ? Effect.flatMap(ledger.list, (entries) => keep(entries))
          : Effect.flatMap(ledger.read(names), (entries) => keep(entries, SubscriptionRef.getUnsafe(ref))),
      look: SubscriptionRef.update(ref, (entries) => entries),
      changes,
      until: (holds) => Effect.asVoid(Stream.runHead(Stream.filter(changes, holds)))
    }
  })

/** What an entry of the ledger says of a service. */
const statusOf = ({ desired, epoch, name, node, since, status, unreachable }: Entry): ClusterStatus => {
  const plain = asStatus(status)
  const said = plain?._tag ?? (epoch === 0 ? "Standby" : "Starting") // a run begins before its node says something
  const state = said === "Standby" && desired !== "running" ? "Stopped" : said
  return {
    name,
    ...(node !== null && { node }),
    epoch,
    desired,
    state,
    ...(plain !== undefined && { status: plain }),
    since: since.getTime(),
    ...(unreachable !== null && hasRun(state) && { unreachableSince: unreachable.getTime() })
  }
}

/** Another version of this package, or a person, may have written anything. */
const asStatus = (status: Entry["status"]): ClusterStatus["status"] => {
  if (typeof status !== "object" || status === null || !("_tag" in status)) return undefined
  return states.some((state) => state === status._tag) ? status as unknown as ClusterStatus["status"] : undefined
}

/**
 * Whether a node that answers runs the service, or will begin the next run.
 *
 * @internal
 */
export const isThere = ({ state, unreachableSince }: ClusterStatus): boolean =>
  hasRun(state) && unreachableSince === undefined

/** Whether a run is there, or the node of the service will begin the next one. */
const hasRun = (state: ServiceStatus["_tag"]): boolean => {
  switch (state) {
    case "Starting":
    case "Running":
    case "Stopping":
    case "Backoff":
    case "Waiting":
      return true
    case "Pending":
    case "Standby":
    case "Stopped":
    case "Failed":
      return false
  }
}
