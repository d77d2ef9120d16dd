/**
 * How several services end in order: the turn of a service comes once all services that depend on it are down. The functions change
 * nothing but the descent.
 */
import type { Dependencies } from "./Dependencies.ts"
import { Queue } from "./Queue.ts"
import type { RunState, ServiceState } from "./ServiceState.ts"

/** The order of a descent. A service is above its dependencies. */
interface Order {
  /**
   * The services that end; undefined: all services do. Where another service stands between members, it only keeps
   * their order.
   */
  readonly members: ReadonlySet<ServiceState> | undefined
  /** For each service, how many services directly above it are not down. */
  readonly above: Map<ServiceState, number>
  /** For each service, the services directly below it. */
  readonly below: ReadonlyMap<ServiceState, ReadonlyArray<ServiceState>>
  /** The services whose turn has come. */
  readonly turns: Queue<ServiceState>
  /** The services that had their turn and are not down, with the run that each had at its turn. */
  readonly leaving: Map<ServiceState, RunState>
}

/** Why services end in order. */
export type Descent =
  /**
   * The head restarts, and the members with it. All are held until the members are down and the delay of the head is
   * over.
   */
  | (Order & { readonly _tag: "Group"; readonly head: ServiceState; readonly members: ReadonlySet<ServiceState> })
  /** The layer of the head closes. The services that depend on the head end before it. */
  | (Order & { readonly _tag: "Closing"; readonly head: ServiceState; readonly blocked: ReadonlyArray<ServiceState> })
  | (Order & { readonly _tag: "Shutdown" })

/** The order in which these services end. A service has its turn at once if no service above it is up. */
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

const isMember = (members: Order["members"], service: ServiceState): boolean =>
  members === undefined || members.has(service)

/** The service has had its turn. It is down when its present run is gone, or at once if it has no run. */
export const hadTurn = (order: Order, service: ServiceState): void => {
  if (service.run !== undefined && isMember(order.members, service)) order.leaving.set(service, service.run)
  else isDown(order, service)
}

/** The state of the service has changed, so the service may be down now. */
export const look = (order: Order, service: ServiceState): void => {
  const run = order.leaving.get(service)
  if (run === undefined || service.run === run) return
  order.leaving.delete(service)
  isDown(order, service)
}

export const isDone = ({ leaving, turns }: Order): boolean => turns.isEmpty && leaving.size === 0

/** The service is down: for each service below it, one service less is in the way. */
const isDown = (order: Order, service: ServiceState): void => {
  for (const dependency of order.below.get(service) ?? []) {
    const left = order.above.get(dependency)! - 1
    order.above.set(dependency, left)
    if (left === 0) order.turns.put(dependency)
  }
}

/**
 * For each service that is up, and each service below one, the services directly below it and the number of services
 * directly above it. This is computed once, because services may be removed during the descent. Dependencies that would
 * close a cycle are left out, so that the turn of every service comes.
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
