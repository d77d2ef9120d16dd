/**
 * Notices that nobody runs a service that shall run. In a rolling deploy this is not wrong for a while: the node that has the
 * service by Effect's cluster may not know the service yet, or not any more.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ClusterStatus } from "../ClusterStatus.ts"
import { listed } from "../internal/input/listed.ts"
import { isThere } from "./Replica.ts"

/** How long nodes may take to join and to begin, beside the lease of a node that is gone. In milliseconds. */
const joining = 5000

/**
 * Warns of the services that no node has run for longer than a move takes, of each once. Never ends.
 *
 * - `status`: what is known of the services
 * - `isKnown`: whether this node could run the service
 *
 * @internal
 */
export const watchUnplaced = (
  lease: number,
  { isKnown, status }: {
    readonly status: () => ReadonlyArray<ClusterStatus>
    readonly isKnown: (name: string) => boolean
  }
): Effect.Effect<never> =>
  Effect.gen(function*() {
    let since: ReadonlyMap<string, number> = new Map()
    let told: ReadonlySet<string> = new Set()
    while (true) {
      const now = Number(yield* Clock.monotonicTimeNanos) / 1e6
      since = new Map(status().filter(isNowhere).map(({ name }) => [name, since.get(name) ?? now]))
      const late = Array.from(since).flatMap(([name, from]) => now - from >= lease + joining ? [name] : [])
      const news = late.filter((name) => !told.has(name))
      told = new Set(late)
      const [known, unknown] = [news.filter(isKnown), news.filter((name) => !isKnown(name))]
      if (known.length > 0) {
        yield* Effect.logWarning(inWords(known, "a node that does not know a service may have its place"))
      }
      if (unknown.length > 0) yield* Effect.logWarning(inWords(unknown, "this node does not know any of them"))
      yield* Effect.sleep(lease / 3)
    }
  })

/** Whether the service shall run, and no node that is there runs it. One that has failed for good is on its node. */
const isNowhere = (one: ClusterStatus): boolean => one.desired === "running" && one.state !== "Failed" && !isThere(one)

const inWords = (names: ReadonlyArray<string>, why: string): string =>
  `no node runs ${listed(names)}, which shall run: ${why}`
