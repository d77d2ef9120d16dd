/**
 * How much more time systemd shall give to the start or the stop of this process. Pure. All times are in milliseconds.
 */
import type { ServiceSpec } from "../../ServiceSpec.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"

/** What a process needs beside the time of its services: to end after its shutdown, or until its next message. */
const margin = 2000

/**
 * How long the services that start may still take: the longest rest of a `startTimeout`. Undefined if none of them has one: then
 * nobody knows how long the start takes, and the limit in the unit counts.
 */
export const ofStart = (
  statuses: ReadonlyArray<Pick<ServiceStatus, "_tag" | "name" | "startedAt">>,
  specs: ReadonlyArray<Pick<ServiceSpec, "name" | "startTimeout">>,
  now: number
): number | undefined => {
  const limits = new Map(specs.map(({ name, startTimeout }) => [name, startTimeout]))
  const rests = statuses.flatMap(({ _tag, name, startedAt }) => {
    const limit = _tag === "Starting" ? limits.get(name) : undefined
    return limit === undefined || startedAt === undefined ? [] : [startedAt + limit - now]
  })
  const longest = rests.reduce((longest, rest) => Math.max(longest, rest), 0)
  return longest > 0 ? longest + margin : undefined
}

/** How long the shutdown may still take. */
export const ofStop = (until: number | undefined, now: number): number | undefined =>
  until === undefined ? undefined : Math.max(until - now, 0) + margin

/** How often systemd hears that the event loop turns: often enough that one message may be lost. */
export const watchdogPeriod = (watchdog: number): number => Math.min(Math.max(Math.floor(watchdog / 3), 1), 2 ** 31 - 1)
