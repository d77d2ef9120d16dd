/** Rules 12, 17, 19 and 20: who may begin, who waits in vain, who has to be started for others, and whose turn it is to end. */
import { isNext, isUnclaimed, isUp, isWanted, namesOf } from "./reading.ts"
import { type Service, tell, type World } from "./world.ts"

/** What a service is to those that depend on it. */
type Standing = "satisfied" | "coming" | "failed"

const find = (world: World, name: string): Service | undefined =>
  world.services.find((service) => service.name === name)

/** One that is not there may come, as may one that was stopped by hand, or another one instead of that whose layer closes. */
const standingOf = (world: World, name: string): Standing => {
  const service = find(world, name)
  if (service === undefined) return "coming"
  const own = ownStandingOf(service)
  return own === "satisfied" && (isBlocked(world, service) || isAdrift(world, service)) ? "coming" : own
}

/** To one that is bound to it. What has failed is no more of use then, nor what was stopped for good; what has completed is. */
const boundStandingOf = (world: World, name: string): Standing => {
  const standing = standingOf(world, name)
  const { isOver, rest } = find(world, name) ?? {}
  if (standing !== "satisfied" || isOver !== true || rest === undefined) return standing
  if (rest._tag === "Failed") return "failed"
  return rest.outcome === "Completed" ? "satisfied" : "coming"
}

/** What one of these is to the service that names it. */
const standingFor = (world: World, { options }: Service, name: string): Standing =>
  options.bindsTo?.includes(name) === true ? boundStandingOf(world, name) : standingOf(world, name)

// --- who is bound to what is not ready ---

/** It is up, though it must not be. */
const isAdrift = (world: World, service: Service): boolean =>
  isUp(service) && world.phase === "open" &&
  (service.options.bindsTo ?? []).some((name) => boundStandingOf(world, name) !== "satisfied")

/**
 * Rule 19: it goes down, unless a group or a layer that closes sees to that, or it ends already. Those that are bound to it go
 * down before.
 */
export const isToDetach = (world: World, service: Service): boolean =>
  isAdrift(world, service) && !isHeld(world, service) && !isBlocked(world, service) && !service.run!.isHung &&
  service.run!.ended === undefined &&
  !world.services.some(({ options, run }) => run !== undefined && options.bindsTo?.includes(service.name) === true)

/** A layer that closes is to end it: nothing begins on it, nor on what is over, until all that is done. */
const isBlocked = (world: World, service: Service): boolean =>
  world.closings.some(({ members }) => members.includes(service))

const ownStandingOf = (service: Service): Standing => {
  const isCompleted = service.options.readiness === "completed"
  const wasReady = isCompleted ? service.wasEverReady : service.wasReady
  if (service.isOver) return wasReady ? "satisfied" : "failed"
  const isWell = isUp(service) && !service.run!.isHung && service.run!.ended !== "crash"
  const isReady = isCompleted ? wasReady : service.run?.readyAt !== undefined
  return (isWell && isReady) || (wasReady && isBetweenRuns(service) && (isCompleted || isInDelay(service)))
    ? "satisfied"
    : "coming"
}

/** Not because of a command. */
const isBetweenRuns = (service: Service): boolean =>
  service.run === undefined && isWanted(service) && service.nextBy === "policy"

export const isHeld = (world: World, service: Service): boolean =>
  world.groups.some(({ members }) => members.includes(service))

const isInDelay = ({ delay, rest }: Service): boolean => delay !== undefined && rest.cause !== true

/** Nothing of it is there (rule 5), what it depends on is, no group holds it, and no shutdown has begun (rule 14). */
export const mayBegin = (world: World, service: Service): boolean =>
  mayBeginByItself(world, service) && service.lease?.hasPassed !== false

/** The same, but for the gate. */
export const mayBeginByItself = (world: World, service: Service): boolean =>
  isNext(service) && !isUnclaimed(service) && world.phase === "open" && !isHeld(world, service) &&
  namesOf(service).every((name) => standingFor(world, service, name) === "satisfied")

/** Those of them that may begin, behind those that could before: starts in one line, restarts in another. Or they fail in turn. */
export const lineUp = (world: World, ...services: ReadonlyArray<Service>): void => {
  for (const service of services) {
    if (isInVain(world, service)) world.inVain = [...world.inVain, service]
    if (!mayBegin(world, service) || isInLine(world, service)) continue
    const isStart = service.nextBy === "start" || service.nextBy === "restart"
    if (isStart && !service.isOfGroup) world.starts = [...world.starts, service]
    else world.restarts = [...world.restarts, service]
  }
}

const isInLine = ({ restarts, starts }: World, service: Service): boolean =>
  starts.includes(service) || restarts.includes(service)

// --- who waits ---

/**
 * Rule 26: it is told when a run has to wait for dependencies, and again when these are others. Those that are in line to restart
 * come first, and those that come in line with them, but for ten times only.
 */
export const tellWaits = (world: World): void => {
  if (world.restarts.includes("waits")) return
  const news = world.services.filter((service) =>
    waits(world, service) && String(service.rest.waitingFor) !== String(missing(world, service))
  )
  if (news.length > 0 && world.restarts.length > 0 && world.timesInLine < 10) {
    world.timesInLine++
    world.restarts = [...world.restarts, "waits"]
    return
  }
  world.timesInLine = 0
  for (const service of news) {
    const { rest } = service
    const waitingFor = missing(world, service)
    service.rest = { _tag: "Waiting", since: rest._tag === "Waiting" ? rest.since : world.now, waitingFor }
    tell(world, service, "ServiceWaiting", { waitingFor })
  }
}

/** Not for a group, nor for a layer that closes. */
const waits = (world: World, service: Service): boolean =>
  isNext(service) && world.phase === "open" && !isHeld(world, service) && !isBlocked(world, service) &&
  !service.isClosing && !isInVain(world, service) && !isUnclaimed(service) && missing(world, service).length > 0

/** It waits for nothing but its claim, or for its gate. */
export const isStandby = (world: World, service: Service): boolean =>
  service.lease?.hasPassed === false && isNext(service) && world.phase === "open" && !isHeld(world, service) &&
  !isBlocked(world, service) && !service.isClosing && (isUnclaimed(service) || mayBeginByItself(world, service))

const missing = (world: World, service: Service): ReadonlyArray<string> =>
  namesOf(service).filter((name) => standingFor(world, service, name) !== "satisfied")

// --- who waits in vain ---

/** It waits for what will never be there. */
export const isInVain = (world: World, service: Service): boolean =>
  isNext(service) && world.phase === "open" && !isUnclaimed(service) && failedBelow(world, service).length > 0

/** What it depends on, directly, and will never be there. */
const failedBelow = (world: World, service: Service): ReadonlyArray<Service> =>
  namesOf(service).flatMap((name) => standingFor(world, service, name) === "failed" ? [find(world, name)!] : [])

/** Whether it has waited in vain, directly or not, for nothing but this one, whose run was abandoned and may settle. */
export const isFailedThrough = (world: World, service: Service, root: Service): boolean => {
  const roots = service.failedInVain ? rootsOf(world, service) : []
  return roots.length > 0 && roots.every((one) => one === root)
}

/** Those whose own end let it fail. */
const rootsOf = (world: World, service: Service): ReadonlyArray<Service> => {
  const below = service.failedInVain ? failedBelow(world, service) : []
  return below.length === 0 ? [service] : below.flatMap((one) => rootsOf(world, one))
}

// --- what is started for others ---

/** What is not up of all below these, dependencies first: nobody looks below what is up. */
export const forThese = (world: World, services: ReadonlyArray<Service>): ReadonlyArray<Service> => {
  const seen = new Set<Service>()
  const all: Array<Service> = []
  const visit = (service: Service) => {
    if (seen.has(service)) return
    seen.add(service)
    for (const name of namesOf(service)) {
      const dependency = find(world, name)
      if (dependency !== undefined && !isThere(dependency)) visit(dependency)
    }
    all.push(service)
  }
  services.forEach(visit)
  return all.filter((service) => !services.includes(service))
}

const isThere = (service: Service): boolean =>
  ownStandingOf(service) === "satisfied" && !(service.isOver && service.rest._tag === "Failed")

/** Whether all below these is there, and none that is started by now depends on itself. */
export const isSound = (world: World, services: ReadonlyArray<Service>): boolean => {
  const due = [...services, ...forThese(world, services)]
  if (due.some((service) => namesOf(service).some((name) => isNotHere(find(world, name))))) return false
  return !hasCircle(world.services.filter((service) => service.wasStarted || due.includes(service)))
}

/** Nothing can depend on what is not there, or may be elsewhere. */
const isNotHere = (service: Service | undefined): boolean => service === undefined || service.lease !== undefined

/** Those that none of the others needs can be taken away again and again. */
const hasCircle = (services: ReadonlyArray<Service>): boolean => {
  let left = services
  for (let before = Infinity; left.length < before;) {
    before = left.length
    left = left.filter(({ name }) => left.some((other) => namesOf(other).includes(name)))
  }
  return left.length > 0
}

// --- what stays for others ---

/** Another that is there builds on it, whatever that does. */
export const isInUse = (world: World, service: Service): boolean =>
  world.phase === "open" && !service.isRemoved &&
  world.services.some((other) => other !== service && namesOf(other).includes(service.name))

/** In a shutdown: nothing runs any more that builds on it, directly or not. */
export const hasItsTurn = (world: World, service: Service): boolean =>
  world.phase === "closing" && !world.isDraining && isUp(service) &&
  above(world, service).every(({ run }) => run === undefined)

/** What was never started builds on nothing, so that nothing builds on itself. */
export const buildsOn = (service: Service): ReadonlyArray<string> => service.wasStarted ? namesOf(service) : []

/** All that build on it, directly or not. */
export const above = (world: World, service: Service): ReadonlyArray<Service> => {
  const found = new Set<Service>()
  const look = (name: string) => {
    for (const other of world.services) {
      if (found.has(other) || !buildsOn(other).includes(name)) continue
      found.add(other)
      look(other.name)
    }
  }
  look(service.name)
  return [...found]
}
