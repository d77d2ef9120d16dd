/**
 * Services that restart together: they are held, go down in order, and begin again in order.
 */
import * as Descent from "../lifecycle/Descent.ts"
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { isDelayed, isUnclaimed, shallRun } from "../lifecycle/questions.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { group } from "../lifecycle/strategy.ts"
import { leaveLine } from "./loop.ts"
import { changed } from "./record.ts"

type Group = Descent.Descent & { readonly _tag: "Group" }

/**
 * The head is about to restart. Holds the services of its group that are meant to be up, and returns them; undefined if there
 * are no others, or if another group holds the head.
 */
export const hold = (head: ServiceState): ReadonlySet<ServiceState> | undefined => {
  const { governor } = head
  if (head.rare !== undefined && head.rare.holds > 0) return undefined
  const members = new Set(named(governor, namesOf(head)).filter(isMeantToBeUp))
  if (members.size === 1) return undefined
  for (const member of members) {
    const rare = rareOf(member)
    rare.holds++
    if (rare.lease !== undefined) governor.leases.put(member) // its next run must not pass the gate now
  }
  leaveLine(members)
  return members
}

const isMeantToBeUp = (service: ServiceState): boolean =>
  shallRun(service) && service.rare?.lost === undefined && !isUnclaimed(service)

/** The others go down while the delay of the head runs. */
export const takeDown = (head: ServiceState, members: ReadonlySet<ServiceState>): void => {
  const { governor } = head
  const { graph, services, strategy } = governor
  const all = graph.isEmpty
    ? Array.from(members)
    : named(governor, strategy === "dependents" ? namesOf(head) : services.keys())
  governor.descents.push({ ...Descent.make(all, graph, members), _tag: "Group", head, members })
}

/** Whether all members are down, and the delay of the head is over. */
export const isReady = (group: Group): boolean => Descent.isDone(group) && !isDelayed(group.head)

/** The group begins again, in order: the members that wait for nothing else, now. */
export const letGo = ({ members }: Group): void => {
  for (const member of members) {
    const rare = rareOf(member)
    rare.holds--
    rare.isOfGroup = true
    if (!isDelayed(member)) member.wait = undefined
  }
  members.forEach(changed)
}

const namesOf = ({ governor: { graph, services, strategy }, name }: ServiceState): ReadonlyArray<string> =>
  group(strategy, Array.from(services.keys()), (of) => graph.above(of), name)

const named = ({ services }: GovernorState, names: Iterable<string>): ReadonlyArray<ServiceState> =>
  Array.from(names, (name) => services.get(name)!)
