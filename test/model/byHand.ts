/** Rules 1, 14, 17 and 25: what may be asked of a governor, and when the caller is answered. */
import type { Options, Policy } from "./commands.ts"
import { forThese, isSound, lineUp } from "./dependencies.ts"
import { isActive, isNext, isUnclaimed, isUp } from "./reading.ts"
import { doneUnlessAbandoned, leave } from "./stops.ts"
import { type Answer, call, type Service, tell, type World } from "./world.ts"

export const add = (world: World, name: string, options: Options): string => {
  if (world.phase !== "open") return "GovernorClosed"
  if (world.services.some((service) => service.name === name)) return "DuplicateService"
  const service = newService(world, name, options)
  world.services = [...world.services, service]
  world.handles.set(name, service)
  tell(world, service, "ServiceAdded")
  return "done"
}

const newService = (world: World, name: string, options: Options): Service => ({
  name,
  options,
  policy: policyOf(world, options),
  stopTimeout: options.stopTimeout ?? world.stopTimeout,
  wanted: "down",
  nextBy: "start",
  run: undefined,
  rest: { _tag: "Pending", since: world.now },
  delay: undefined,
  abandoned: undefined,
  failedInVain: false,
  isOver: false,
  wasReady: false,
  wasEverReady: false,
  hasFailed: false,
  lastFailure: undefined,
  crashes: 0,
  restartsByHand: 0,
  startedAt: undefined,
  readyAt: undefined,
  hasWaited: false,
  isRemoved: false,
  lease: options.placed === undefined ? undefined : { isClaimed: false, gate: undefined, hasPassed: false },
  isWell: true,
  isOfGroup: false,
  isClosing: false,
  wasStarted: false,
  runs: 0,
  restarts: 0,
  ends: [],
  step: 0,
  stopTook: 0
})

/** What has to be completed is not run again and again because all others are. */
const policyOf = ({ policy }: World, { readiness, restart }: Options): Policy | undefined => {
  if (restart !== "inherited") return restart
  return policy?._tag === "Always" && readiness === "completed" ? { ...policy, _tag: "OnFailure" } : policy
}

export const startAll = (world: World): string => {
  if (world.phase !== "open") return "done"
  const pending = world.services.filter(({ rest, runs }) => rest._tag === "Pending" && runs === 0)
  if (!isSound(world, pending)) return "InvalidOption"
  accept(world, pending)
  pending.forEach((service) => start(world, service))
  return "done"
}

/** From now on they build on what they name. */
const accept = (world: World, services: ReadonlyArray<Service>): void => {
  for (const service of [...services, ...forThese(world, services)]) service.wasStarted = true
}

/** What is up, or would be if it did not wait, needs no start. */
const start = (world: World, service: Service): void => {
  if (world.phase !== "open") return // one that was started with it is significant, and failed at once
  if (isUp(service) || isNext(service) || service.abandoned !== undefined || service.isClosing) return
  service.wanted = "up"
  service.nextBy = "start"
  service.delay = undefined
  service.isOver = service.failedInVain = service.isOfGroup = false
  lineUp(world, service)
}

/**
 * Rule 25: its caller returns when the run has begun, or when another command has taken over and is done; after `start` also when
 * it waits for its dependencies.
 */
export const beginByHand = (world: World, service: Service, how: "start" | "restart"): void => {
  if (service.isRemoved || service.isClosing) return call(world, "UnknownService")
  if (world.phase !== "open") return call(world, "GovernorClosed")
  if (!isSound(world, [service])) return call(world, "InvalidOption")
  accept(world, [service])
  for (const dependency of forThese(world, [service])) {
    if (dependency.delay === undefined) start(world, dependency) // else it is on its way, and keeps its delay
  }
  if (how === "start") start(world, service)
  else if (world.phase === "open") {
    service.nextBy = "restart"
    leave(world, service, "restart", "up")
  }
  call(world, () => {
    const isUnderway = service.run === undefined || isUp(service)
    const isBegun = how === "start" || !isNext(service) || isUnclaimed(service)
    return isUnderway && isBegun ? doneUnlessAbandoned(service) : undefined
  })
}

/** Once each of those that are started by now was ready, is over, or is not wanted here. */
export const areReady = (world: World): Answer => {
  let left = world.services.filter(isActive)
  return () => {
    while (left.length > 0 && isReadyOrOver(left[0]!)) left = left.slice(1)
    return left.length === 0 ? "done" : undefined
  }
}

const isReadyOrOver = (service: Service): boolean =>
  service.wasEverReady || !isActive(service) || (isNext(service) && isUnclaimed(service))
