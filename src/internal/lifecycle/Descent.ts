/**
 * The way down of several services: each has its turn to end once the services that build on it are down. Pure.
 */
import type { Dependencies } from "./Dependencies.ts"
import { Queue } from "./Queue.ts"
import type { RunState, ServiceState } from "./ServiceState.ts"

interface Way {
  /** The services that go down; undefined: all that are on the way. Others are looked through. */
  readonly members: ReadonlySet<ServiceState> | undefined
  /** How many services directly above each one are not down. */
  readonly above: Map<ServiceState, number>
  /** The services directly below each one. */
  readonly below: ReadonlyMap<ServiceState, ReadonlyArray<ServiceState>>
  /** The services whose turn has come. */
  readonly turns: Queue<ServiceState>
  /** The services that had their turn, with the run that they had then. */
  readonly leaving: Map<ServiceState, RunState>
}

/** Why services go down in order. */
export type Descent =
  /** The head restarts, and takes the members with it. They are held until all are down and its delay is over. */
  | (Way & { readonly _tag: "Group"; readonly head: ServiceState; readonly members: ReadonlySet<ServiceState> })
  /** The layer of the head closes. The services that build on it end before it. */
  | (Way & { readonly _tag: "Closing"; readonly head: ServiceState; readonly blocked: ReadonlyArray<ServiceState> })
  | (Way & { readonly _tag: "Shutdown" })

/** The way down of these services, of which those that are down already have no turn to wait for. */
export const make = (
  services: ReadonlyArray<ServiceState>,
  graph: Dependencies,
  members?: ReadonlySet<ServiceState>
) => {
  const { above, below } = edges(services, graph, (service) => service.run !== undefined && isMember(members, service))
  const turns = new Queue<ServiceState>()
  for (const service of services) if ((above.get(service) ?? 0) === 0) turns.put(service)
  return { members, above, below, turns, leaving: new Map<ServiceState, RunState>() }
}

const isMember = (members: Way["members"], service: ServiceState): boolean =>
  members === undefined || members.has(service)

/** The service has had its turn: it is down now, or once the run is gone that it has now. */
export const hadTurn = (way: Way, service: ServiceState): void => {
  if (service.run !== undefined && isMember(way.members, service)) way.leaving.set(service, service.run)
  else isDown(way, service)
}

/** The state of the service has changed: it may be down by now. */
export const look = (way: Way, service: ServiceState): void => {
  const run = way.leaving.get(service)
  if (run === undefined || service.run === run) return
  way.leaving.delete(service)
  isDown(way, service)
}

export const isDone = ({ leaving, turns }: Way): boolean => turns.isEmpty && leaving.size === 0

const isDown = (way: Way, service: ServiceState): void => {
  for (const dependency of way.below.get(service) ?? []) {
    const others = way.above.get(dependency)! - 1
    way.above.set(dependency, others)
    if (others === 0) way.turns.put(dependency)
  }
}

/**
 * Of the services that are up, and of all below them, which services each one builds on, and how many build on it. Taken once,
 * for some may be removed meanwhile; without what would close a circle, so that the turn of each comes.
 */
const edges = (
  services: ReadonlyArray<ServiceState>,
  graph: Dependencies,
  isUp: (service: ServiceState) => boolean
) => {
  const byName = new Map(services.map((service) => [service.name, service]))
  const below = new Map<ServiceState, ReadonlyArray<ServiceState>>()
  const above = new Map<ServiceState, number>()
  if (graph.isEmpty) return { above, below }
  const up = services.filter(isUp).map(({ name }) => name)
  for (const name of graph.inOrder(up, byName)) {
    const known = Array.from(graph.of(name)).flatMap((dependency) => byName.get(dependency) ?? [])
    const dependencies = known.filter((dependency) => above.has(dependency))
    dependencies.forEach((dependency) => above.set(dependency, above.get(dependency)! + 1))
    const service = byName.get(name)!
    below.set(service, dependencies)
    above.set(service, 0)
  }
  return { above, below }
}
