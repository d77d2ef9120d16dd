/**
 * Notices that nobody runs a service that shall run. In a rolling deploy this is not wrong for a while: the node that has the
 * service by Effect's cluster may not know the service yet, or not any more.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ClusterStatus } from "../ClusterStatus.ts"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { hasRun } from "./Replica.ts"

/**
 * Warns of each service that no node has run for as long as a lease, once each time. Never ends.
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
    const told = new Set<string>()
    while (true) {
      const now = Number(yield* Clock.monotonicTimeNanos) / 1e6
      since = new Map(status().filter(isNowhere).map(({ name }) => [name, since.get(name) ?? now]))
      for (const name of told) if (!since.has(name)) told.delete(name)
      for (const [name, from] of since) {
        if (now - from < lease || told.has(name)) continue
        told.add(name)
        yield* Effect.annotateLogs(Effect.logWarning(inWords(now - from, isKnown(name))), { service: name })
      }
      yield* Effect.sleep(lease / 3)
    }
  })

/** Whether the service shall run, and no node that is there runs it. One that has failed for good is on its node. */
const isNowhere = ({ desired, state, unreachableSince }: ClusterStatus): boolean =>
  desired === "running" && (unreachableSince !== undefined || (!hasRun(state) && state !== "Failed"))

const inWords = (millis: number, isKnown: boolean): string => {
  const which = isKnown
    ? "another node that does not know the service may have its place"
    : "this node does not know the service"
  return `no node has run this service for ${durationInWords(Math.round(millis))}: ${which}`
}
