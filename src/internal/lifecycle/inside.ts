/**
 * The governors inside of the runs of services, and their services by their paths. Pure. These are loops, because a tree may
 * be deeper than a stack.
 */
import type { ServiceStatus, Snapshot } from "../../ServiceStatus.ts"
import { withPath } from "../telling/Outbox.ts"
import type { GovernorState } from "./GovernorState.ts"
import type { ServiceState } from "./ServiceState.ts"

/** The governor inside of the latest run of the service, if that run has one. */
export const insideOf = ({ rare }: ServiceState): GovernorState | undefined =>
  rare?.inside?.state as GovernorState | undefined

/** The service of this name, or of this path into governors inside. */
export const find = (governor: GovernorState, path: string): ServiceState | undefined => {
  let within: GovernorState | undefined = governor
  let begin = 0
  for (let end = path.indexOf("/"); end >= 0 && within !== undefined; end = path.indexOf("/", begin)) {
    const around: ServiceState | undefined = within.services.get(path.slice(begin, end))
    within = around && insideOf(around)
    begin = end + 1
  }
  return within?.services.get(path.slice(begin))
}

/** The statuses of the services of this governor alone. */
export const statusesOf = ({ services }: GovernorState): ReadonlyArray<ServiceStatus> =>
  Array.from(services.values(), ({ status }) => status)

/** The statuses of all services, each followed by those of the services inside it. Their names are their paths. */
export const statusesIn = (governor: GovernorState): ReadonlyArray<ServiceStatus> =>
  inTree(governor, ({ status }, path) => withPath(status, path))

/** An answer for each service of the tree, each followed by those for the services inside it. */
export const inTree = <A>(
  governor: GovernorState,
  answer: (service: ServiceState, path: string) => A
): ReadonlyArray<A> => {
  const answers: Array<A> = []
  const levels = [{ path: "", services: governor.services.values() }]
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { done, value: service } = level.services.next()
    if (done === true) {
      levels.pop()
      continue
    }
    const path = level.path + service.name
    answers.push(answer(service, path))
    const inside = insideOf(service)
    if (inside !== undefined) levels.push({ path: `${path}/`, services: inside.services.values() })
  }
  return answers
}

/** One governor as its services are passed by. */
export interface Level {
  readonly governor: GovernorState
  /** What the paths of its services begin with. */
  readonly within: string
  /** Whether a service around it is optional. */
  readonly isOptional: boolean
  readonly around: ServiceState | undefined
}

/** Calls `visit` with each service until that returns false. No path is made, for there may be many services. */
export const visitAll = (
  governor: GovernorState,
  visit: (service: ServiceState, level: Level) => boolean
): void => {
  const levels: Array<Level> = [{ governor, within: "", isOptional: false, around: undefined }]
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    for (const service of level.governor.services.values()) {
      if (!visit(service, level)) return
      const inside = insideOf(service)
      if (inside === undefined) continue
      const isOptional = level.isOptional || service.spec.options.isOptional
      levels.push({ governor: inside, within: `${level.within}${service.name}/`, isOptional, around: service })
    }
  }
}

/** The paths of the services that an abandoned run keeps from running, if something significant needs them. */
export const stuckIn = (governor: GovernorState): ReadonlyArray<string> => {
  if (governor.lost === 0 && governor.nesting.size === 0) return [] // as a rule
  const stuck: Array<string> = []
  const needed = new Set<GovernorState>()
  visitAll(governor, (service, { around, within }) => {
    if (around !== undefined && (needed.has(around.governor) || isNeeded(around))) needed.add(service.governor)
    const isAbandoned = service.rare?.lost?.run !== undefined
    if (isAbandoned && (needed.has(service.governor) || isNeeded(service))) stuck.push(within + service.name)
    return true
  })
  return stuck
}

/** Whether the service is significant, or another that depends on it. */
const isNeeded = (service: ServiceState): boolean => {
  const { governor: { graph, services }, name } = service
  const needing = new Set([name])
  for (const one of needing) {
    if (services.get(one)?.spec.options.significant !== false) return true
    for (const dependent of graph.dependentsOf(one)) needing.add(dependent)
  }
  return false
}

/** A fact folds into the status as it is made, and is told later: all facts up to the latest are in the statuses. */
export const snapshotOf = (
  governor: GovernorState,
  statuses: (governor: GovernorState) => ReadonlyArray<ServiceStatus>
): Snapshot => ({ sequence: governor.branch.tree.sequence, services: statuses(governor) })
