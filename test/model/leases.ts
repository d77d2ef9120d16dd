/** Services that a cluster places: they stand by until they are claimed, and each run passes a gate. */
import { isStandby, lineUp, mayBeginByItself } from "./dependencies.ts"
import { after, type Lease, type Service, tell, type World } from "./world.ts"

/** Those stand by that have to, one at a time; tells whether there was one to do something about. */
export const standByInTurn = (world: World): boolean =>
  world.services.some((service) => service.lease !== undefined && standBy(world, service, service.lease))

const standBy = (world: World, service: Service, lease: Lease): boolean => {
  if (!mayBeginByItself(world, service)) {
    lease.gate = undefined
    lease.hasPassed = false // what lets it through does not hold for later
  }
  if (!isStandby(world, service)) return false
  const isNews = service.rest._tag !== "Standby"
  if (isNews) {
    service.rest = { _tag: "Standby", since: world.now }
    tell(world, service, "ServiceStandby")
  }
  return enter(world, service, lease) || isNews
}

/** The next run enters the gate, unless it is in it. */
const enter = (world: World, service: Service, lease: Lease): boolean => {
  if (lease.gate !== undefined || !mayBeginByItself(world, service)) return false
  const pass = () => {
    lease.gate = undefined
    lease.hasPassed = true
    lineUp(world, service)
  }
  const { placed = 0 } = service.options
  const gate = placed === 0 ? undefined : after(world, placed, () => lease.gate === gate ? pass() : undefined)
  lease.gate = gate
  if (gate === undefined) pass()
  return true
}
