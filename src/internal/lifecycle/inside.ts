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

/** A fact folds into the status as it is made, and is told later: all facts up to the latest are in the statuses. */
export const snapshotOf = (
  governor: GovernorState,
  statuses: (governor: GovernorState) => ReadonlyArray<ServiceStatus>
): Snapshot => ({ sequence: governor.branch.tree.sequence, services: statuses(governor) })
