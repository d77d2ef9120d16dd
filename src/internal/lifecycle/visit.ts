/**
 * The services of a tree, passed by one after the other, for those who look from outside. Pure.
 */
import type { GovernorState } from "./GovernorState.ts"
import { insideOf } from "./inside.ts"
import type { ServiceState } from "./ServiceState.ts"

/** One governor as its services are passed by. */
interface Level {
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
