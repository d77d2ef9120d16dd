/**
 * What a governor does, as a specification: the rules of the lifecycle over plain data. Nothing here waits: the model is told
 * what happens, and what follows from it follows at once, in `settle`, or from a timer when time is advanced.
 */
import { close, endNextOfClosings, goDown, goesDown, limit } from "./closing.ts"
import type { Command, Deed, Options, Policy } from "./commands.ts"
import { forThese, hasItsTurn, isInUse, isSound, mayBegin } from "./dependencies.ts"
import { lineUpAll } from "./groups.ts"
import {
  begin,
  beginAnew,
  complete,
  end,
  endInTurn,
  failInTurn,
  leave,
  release,
  sayReady,
  shutDown
} from "./lifecycle.ts"
import { answerCallers, isActive, isNext, isUp, nextTimer, type Service, tell, type World } from "./world.ts"

/** Whether the command means anything: one to a service that was never there does not. */
export const isPossible = (world: World, command: Command): boolean =>
  command._tag === "add" || !("service" in command) || world.handles.has(command.service)

export const apply = (world: World, command: Command): void => {
  switch (command._tag) {
    case "add":
      call(world, add(world, command.service, command.options))
      break
    case "startAll":
      call(world, startAll(world))
      break
    case "awaitReady": {
      let left = world.services
      call(world, () => {
        while (left.length > 0 && (left[0]!.wasEverReady || !isActive(left[0]!))) left = left.slice(1)
        return left.length === 0 ? "done" : undefined
      })
      break
    }
    case "shutdown":
      if (world.phase === "open") shutDown(world, "Requested")
      call(world, () => world.phase === "closed" ? "done" : undefined)
      break
    case "awaitShutdown":
      call(world, () => isAllOver(world) ? "done" : undefined)
      break
    case "advance":
      return advance(world, command.millis)
    default:
      deed(world, world.handles.get(command.service)!, command._tag)
  }
  settle(world)
}

const deed = (world: World, service: Service, deed: Deed): void => {
  switch (deed) {
    case "start":
    case "restart":
      return beginByHand(world, service, deed)
    case "stop":
    case "remove":
      return endByHand(world, service, deed)
    case "close": {
      const { run } = service
      close(world, service)
      settle(world)
      limit(world, service)
      return call(world, () => run !== undefined && service.run === run ? undefined : "done")
    }
    case "ready":
      return sayReady(world, service)
    case "beat":
      if (service.run !== undefined) service.run.beatAt = world.now
      return
    case "readyLate":
      return // nobody listens any more
    case "crash":
    case "complete":
      return end(world, service, deed)
    case "hang":
      if (service.run !== undefined) service.run.hangs = true
      return
    case "release":
      return release(world, service)
  }
}

// --- what follows ---

/** Applies what follows by itself, until nothing changes, and answers those who wait. */
const settle = (world: World): void => {
  do {
    for (const service of world.services) if (isNext(service) && service.nextBy === "start") beginAnew(service)
    failInTurn(world)
    while (toAll(world, goesDown, goDown) || endNextOfClosings(world) || toAll(world, hasItsTurn, endInTurn));
    lineUpAll(world)
  } while (beginFirst(world))
  if (world.phase === "closing" && isAllOver(world)) complete(world)
  answerCallers(world)
}

/** One at a time, and what it brings about comes after all that could begin before: so these begin together (rules 1 and 6). */
const beginFirst = (world: World): boolean => {
  const service = world.line.shift()
  if (service === undefined) return false
  if (mayBegin(world, service)) begin(world, service)
  return true
}

/** Does it to all of which this is true now and still when they are reached; tells whether there are any. */
const toAll = (
  world: World,
  isDue: (world: World, service: Service) => boolean,
  act: (world: World, service: Service) => void
): boolean => {
  const due = world.services.filter((service) => isDue(world, service))
  for (const service of due) {
    if (isDue(world, service)) act(world, service)
    failInTurn(world)
  }
  return due.length > 0
}

const isAllOver = (world: World): boolean => !world.services.some(isActive)

const advance = (world: World, millis: number): void => {
  const end = world.now + millis
  for (let timer = nextTimer(world, end); timer !== undefined; timer = nextTimer(world, end)) {
    world.timers = world.timers.filter((other) => other !== timer)
    world.now = timer.at
    timer.fire()
    settle(world)
  }
  world.now = end
}

// --- commands by hand ---

/** Who is answered once the condition holds, or at once. */
const call = (world: World, answer: string | (() => string | undefined)): void => {
  const ask = typeof answer === "string" ? () => answer : answer
  world.callers.push({ result: ask() ?? "waits", answer: ask })
}

const add = (world: World, name: string, options: Options): string => {
  if (world.phase !== "open") return "GovernorClosed"
  if (world.services.some((service) => service.name === name)) return "DuplicateService"
  const service: Service = {
    name,
    options,
    policy: policyOf(world, options),
    wanted: "down",
    nextBy: "start",
    run: undefined,
    rest: { _tag: "Pending", since: world.now },
    delay: undefined,
    abandoned: undefined,
    isOver: false,
    wasReady: false,
    wasEverReady: false,
    isRemoved: false,
    isClosing: false,
    wasStarted: false,
    runs: 0,
    restarts: 0,
    ends: [],
    step: 0,
    stopTook: 0
  }
  world.services = [...world.services, service]
  world.handles.set(name, service)
  tell(world, service, "ServiceAdded")
  return "done"
}

/** What has to be completed is not run again and again because all others are. */
const policyOf = ({ policy }: World, { readiness, restart }: Options): Policy | undefined => {
  if (restart !== "inherited") return restart
  return policy?._tag === "Always" && readiness === "completed" ? { ...policy, _tag: "OnFailure" } : policy
}

const startAll = (world: World): string => {
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
  service.isOver = false
  lineUpAll(world)
  failInTurn(world)
}

/**
 * Rule 25: its caller returns when the run has begun, or when another command has taken over and is done; after `start` also when
 * it waits for its dependencies.
 */
const beginByHand = (world: World, service: Service, how: "start" | "restart"): void => {
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
    return isUnderway && (how === "start" || !isNext(service)) ? doneUnlessAbandoned(service) : undefined
  })
}

/** Its caller returns when the run that is there has settled, or was abandoned. */
const endByHand = (world: World, service: Service, how: "stop" | "remove"): void => {
  if (how === "remove" && isInUse(world, service)) return call(world, "ServiceInUse")
  if (how === "stop") leave(world, service, "stop", "down")
  else if (world.phase === "open") leave(world, service, "remove", "gone") // else it is in the report
  const { run } = service
  call(world, () => {
    if (run !== undefined && service.run === run) return undefined
    return how === "stop" ? "done" : doneUnlessAbandoned(service)
  })
}

const doneUnlessAbandoned = ({ abandoned }: Service): string => abandoned === undefined ? "done" : "RunAbandoned"
