/**
 * What a governor does, as a specification: the rules of the lifecycle over plain data. Nothing here waits: the model is told
 * what happens, and what follows from it follows at once, in `settle`, or from a timer when time is advanced.
 */
import type { Command, Deed, Options } from "./commands.ts"
import { becomeReady, begin, complete, end, leave, release, shutDown } from "./lifecycle.ts"
import { isActive, isUp, nextTimer, type Service, tell, type World } from "./world.ts"

/** Whether the command means anything: one to a service that was never there does not. */
export const isPossible = (world: World, command: Command): boolean =>
  command._tag === "add" || !("service" in command) || world.handles.has(command.service)

export const apply = (world: World, command: Command): void => {
  switch (command._tag) {
    case "add":
      call(world, add(world, command.service, command.options))
      break
    case "startAll":
      for (const service of world.services) if (service.runs === 0 && world.phase === "open") start(service)
      call(world, "done")
      break
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
    case "ready":
      return becomeReady(world, service)
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

/**
 * Applies what follows by itself, until nothing changes; then those who wait are answered. In rounds, for services begin
 * together: what one of them brings about comes after all of them have begun (rules 1 and 6).
 */
const settle = (world: World): void => {
  for (let due = beginners(world); due.length > 0; due = beginners(world)) {
    for (const service of due) if (mayBegin(world, service)) begin(world, service)
  }
  if (world.phase === "closing" && isAllOver(world)) complete(world)
  for (const caller of world.callers) if (caller.result === "waits") caller.result = caller.answer() ?? "waits"
}

/** It is wanted, nothing of it is there (rule 5), no delay lasts, and no shutdown has begun (rule 14). */
const mayBegin = (world: World, service: Service): boolean =>
  service.wanted === "up" && service.run === undefined && service.delay === undefined && world.phase === "open"

const beginners = (world: World): ReadonlyArray<Service> => world.services.filter((service) => mayBegin(world, service))

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
  const isNow = typeof answer === "string"
  world.callers.push({ result: isNow ? answer : "waits", answer: isNow ? () => answer : answer })
}

const add = (world: World, name: string, options: Options): string => {
  if (world.phase !== "open") return "GovernorClosed"
  if (world.services.some((service) => service.name === name)) return "DuplicateService"
  const service: Service = {
    name,
    options,
    wanted: "down",
    nextBy: "start",
    run: undefined,
    rest: { _tag: "Pending", since: world.now },
    delay: undefined,
    abandoned: undefined,
    isRemoved: false,
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

const start = (service: Service): void => {
  if (isUp(service) || service.abandoned !== undefined) return
  service.wanted = "up"
  service.nextBy = "start"
  service.delay = undefined
}

/** Rule 25: its caller returns when the run has begun, or when another command has taken over and is done. */
const beginByHand = (world: World, service: Service, how: "start" | "restart"): void => {
  if (service.isRemoved) return call(world, "UnknownService")
  if (world.phase !== "open") return call(world, "GovernorClosed")
  if (how === "start") start(service)
  else {
    service.nextBy = "restart"
    leave(world, service, "restart", "up")
  }
  call(world, () => service.run?.askedAt === undefined ? doneUnlessAbandoned(service) : undefined)
}

/** Its caller returns when the run that is there has settled, or was abandoned. */
const endByHand = (world: World, service: Service, how: "stop" | "remove"): void => {
  if (how === "stop") leave(world, service, "stop", "down")
  else if (world.phase === "open") leave(world, service, "remove", "gone") // else it is in the report
  const { run } = service
  call(world, () => {
    if (run !== undefined && service.run === run && run.askedAt !== undefined) return undefined
    return how === "stop" ? "done" : doneUnlessAbandoned(service)
  })
}

const doneUnlessAbandoned = ({ abandoned }: Service): string => abandoned === undefined ? "done" : "RunAbandoned"
