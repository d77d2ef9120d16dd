/**
 * A governor, and all governors inside it, for those who look at it from outside: probes, pages, process managers.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { InvalidOption } from "../GovernorError.ts"
import { healthOf } from "../operations/health.ts"
import type { ServiceSpec } from "../ServiceSpec.ts"
import type { ServiceStatus, Snapshot } from "../ServiceStatus.ts"
import type { ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import type { Cluster } from "./Cluster.ts"
import { type Door, doorKey } from "./door.ts"
import { monotonic, now } from "./engine/record.ts"
import { Handle } from "./Handle.ts"
import { show } from "./input/GovernorOption.ts"
import type { GovernorState } from "./lifecycle/GovernorState.ts"
import { find, inTree, snapshotOf, statusesIn } from "./lifecycle/inside.ts"
import { isUnclaimed, shallRun, wasStarted as wasStartedOnce } from "./lifecycle/questions.ts"
import type { ServiceState } from "./lifecycle/ServiceState.ts"
import { readinessIn, specOf } from "./lifecycle/specs.ts"
import { stuckIn, visitAll } from "./lifecycle/visit.ts"
import type { Entry } from "./telling/log.ts"
import { withPath } from "./telling/Outbox.ts"
import type { TreeListener } from "./telling/Tree.ts"

export type { Cluster } from "./Cluster.ts"
export { isEnd } from "./telling/Outbox.ts"

/** A shutdown that was asked for. Times are epoch milliseconds. */
export interface Closing {
  readonly reason: ShutdownReason
  readonly since: number
  /** When its time is over, if that is limited. */
  readonly until?: number | undefined
  /** Until when the services that run go on, while they do. */
  readonly drainsUntil?: number | undefined
}

/**
 * What can be seen of a governor.
 *
 * - `shared`: what those who look at one governor have in common, made by the first of them
 * - `sequence`: the number of the latest event
 * - `health`: whether any service was ever started, and which are not ready that are required, with those around them. At most so
 *   many, in no order
 * - `stuck`: the paths of the services that cannot begin because an abandoned run may still be there, if something
 *   significant needs them
 * - `hearLines`: calls the function with each log line from now on
 * - `cluster`: the cluster that the process is in, if it is in one
 * - `drainFor`: at a shutdown the services that run go on for so long before they are asked to end, in milliseconds. The
 *   longest time counts that was ever asked for
 */
export interface Sight {
  readonly shared: <A>(make: () => A) => A
  readonly name: string
  readonly context: Context.Context<never>
  readonly now: () => number
  readonly sequence: () => number
  readonly snapshot: () => Snapshot
  readonly specs: () => ReadonlyArray<ServiceSpec>
  readonly health: (limit: number) => TreeHealth
  readonly stuck: () => ReadonlyArray<string>
  readonly find: (path: string) => Found | undefined
  readonly listen: (hear: TreeListener) => () => void
  readonly hearLines: (hear: (entry: Entry) => void) => void
  readonly cluster: () => Cluster | undefined
  readonly closing: () => Closing | undefined
  readonly isClosed: () => boolean
  readonly closed: Effect.Effect<ShutdownReport>
  readonly shutdownTimeout: () => number
  readonly drainFor: (millis: number) => void
  readonly drainDelay: () => number
}

/** One service as it is found by its path. */
export interface Found {
  readonly status: ServiceStatus
  readonly spec: ServiceSpec
  readonly handle: Handle<unknown>
}

interface TreeHealth {
  readonly wasStarted: boolean
  readonly unready: ReadonlyArray<string>
}

/** Whatever has the door of a governor. */
interface Behind {
  readonly [doorKey]?: Door
  readonly door?: Door
}

/** Throws `InvalidOption`. */
export const sightOf = (governor: unknown): Sight => {
  const behind = typeof governor === "object" && governor !== null ? governor as Behind : {}
  const door = behind[doorKey] ?? behind.door
  if (door === undefined) {
    throw new InvalidOption({ field: "governor", expected: "a governor", actual: show(governor) })
  }
  const state = door.state as GovernorState
  return {
    shared: <A>(make: () => A) => (state.outside ??= make()) as A,
    name: door.name,
    context: state.context,
    now: () => now(state),
    sequence: () => state.branch.tree.sequence,
    snapshot: () => snapshotOf(state, statusesIn),
    specs: () => inTree(state, specOf),
    health: (limit) => healthIn(state, limit),
    stuck: () => stuckIn(state),
    find: (path) => {
      const service = find(state, path)
      return service && {
        status: withPath(service.status, path),
        spec: specOf(service, path),
        handle: new Handle(service, { by: state, path })
      }
    },
    listen: (hear) => state.branch.add(hear),
    hearLines: (hear) => hearLines(state, hear),
    cluster: () => state.cluster,
    closing: () => closingOf(state),
    isClosed: () => state.shutdown.state._tag === "Closed",
    closed: door.closed,
    shutdownTimeout: door.shutdownTimeout,
    drainFor: (millis) => {
      state.shutdown.drainDelay = Math.max(state.shutdown.drainDelay, millis)
    },
    drainDelay: () => state.shutdown.drainDelay
  }
}

const healthIn = (governor: GovernorState, limit: number): TreeHealth => {
  const unready: Array<string> = []
  let wasStarted = false
  visitAll(governor, (service, { isOptional, within }) => {
    wasStarted ||= wasStartedOnce(service)
    if (isOptional || service.spec.options.isOptional || !isMissed(service)) return true
    unready.push(within + service.name)
    return unready.length < limit
  })
  return { wasStarted, unready }
}

/**
 * Whether the service is not ready and shall be. One that a group holds, say, is `Stopped`, and shall run again. One that a
 * cluster runs in another process is not missed in this one.
 */
const isMissed = (service: ServiceState): boolean => {
  const health = healthOf(service.status, readinessIn(service.spec.options))
  return health === "NotReady" || (health === "NotCounted" && shallRun(service) && !isUnclaimed(service))
}

/** Calls the function with the lines of a governor, under the names that its services have for those who look at it. */
const hearLines = ({ branch: { tree }, within }: GovernorState, hear: (entry: Entry) => void): void => {
  const others = tree.lines
  const own = within === "" ? hear : (entry: Entry) => {
    const { of } = entry
    if (of?.service.startsWith(within) === true) {
      hear({ ...entry, of: { ...of, service: of.service.slice(within.length) } })
    }
  }
  tree.lines = others === undefined ? own : (entry) => {
    others(entry)
    own(entry)
  }
}

const closingOf = (governor: GovernorState): Closing | undefined => {
  const { shutdown: { draining, request, state, until } } = governor
  if (request === undefined) return undefined
  const [time, elapsed] = [now(governor), monotonic(governor)]
  const epoch = (moment: number) => Math.round(time + moment - elapsed)
  return {
    reason: request.reason,
    since: state._tag === "Closing" ? epoch(state.since) : time,
    until: until === Infinity ? undefined : epoch(until),
    drainsUntil: draining && epoch(draining.until)
  }
}
