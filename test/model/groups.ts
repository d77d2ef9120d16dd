/** Rule 20: who restarts together. */
import { above, lineUp } from "./dependencies.ts"
import { isUnclaimed, isUp, isWanted } from "./reading.ts"
import type { Group, Service, World } from "./world.ts"

/**
 * One is about to restart, and takes others with it: to be held until its delay is over and the others are down. Those of them
 * that were in the line leave it: all begin in order once the group lets go.
 */
export const regroup = (world: World, head: Service): void => {
  const members = world.services.filter((other) =>
    other === head || (isWanted(other) && !isUnclaimed(other) && goesWith(world, head, other))
  )
  if (members.length === 1) return
  const isMember = (other: Service) => members.includes(other)
  const aboveEach = new Map(members.map((member) => [member, above(world, member).filter(isMember)]))
  world.groups = [...world.groups, { order: world.formed++, head, members, above: aboveEach }]
  world.starts = world.starts.filter((other) => !isMember(other))
  world.restarts = world.restarts.filter((other) => other === "waits" || !isMember(other))
}

const goesWith = (world: World, head: Service, other: Service): boolean => {
  switch (world.strategy) {
    case "one-for-one":
      return false
    case "one-for-all":
      return true
    case "rest-for-one":
      return world.services.indexOf(other) > world.services.indexOf(head)
    case "dependents":
      return above(world, head).includes(other)
  }
}

/**
 * The group with which it is to go down now, for none is up any more of those of the group that build on it. One that has ended
 * by itself, and whose finalizers are at work, is not asked to: the group waits until it has settled.
 */
export const goesDownWith = (world: World, service: Service): Group | undefined =>
  world.phase === "open" && isUp(service) && service.run!.ended === undefined
    ? world.groups.find(({ above }) => above.get(service)?.every(({ run }) => run === undefined))
    : undefined

/** All that may begin now. One group after the other holds nobody any more, if its time has come; then the closings that are done. */
export const lineUpAll = (world: World): void => {
  lineUp(world, ...world.services)
  for (const group of world.groups) {
    if (group.head.delay !== undefined || group.members.some(({ run }) => run !== undefined)) continue
    world.groups = world.groups.filter((other) => other !== group)
    for (const member of group.members) member.isOfGroup = true
    lineUp(world, ...world.services)
  }
  world.closings = world.closings.filter(({ left }) => left.size > 0)
  lineUp(world, ...world.services)
}
