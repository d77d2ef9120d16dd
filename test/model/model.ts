/**
 * What a governor does, as a specification: the rules of the lifecycle over plain data. Nothing here waits: the model is told
 * what happens, and what follows from it follows at once, in `settle`, or from a timer when time is advanced.
 */
import { begin, beginAnew } from "./begins.ts"
import { add, areReady, beginByHand, startAll } from "./byHand.ts"
import { close, dueToClose, endForLayer, goesDown, limit } from "./closing.ts"
import type { Command, Deed } from "./commands.ts"
import { hasItsTurn, isToDetach, mayBegin, tellWaits } from "./dependencies.ts"
import { end, endAnswered, endFirstAsked, failInTurn, release, sayReady, sayUnready } from "./ends.ts"
import { lineUpAll } from "./groups.ts"
import { standByInTurn } from "./leases.ts"
import { isAllOver, isNext } from "./reading.ts"
import { complete, detach, endByHand, endInTurn, lose, retreat, shutDown } from "./stops.ts"
import { answerCallers, call, nextTimer, type Service, type World } from "./world.ts"

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
    case "awaitReady":
      call(world, areReady(world))
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
      return call(world, endByHand(world, service, deed))
    case "close":
      return closeLayer(world, service)
    case "ready":
      return sayReady(world, service)
    case "sick":
    case "well":
      service.isWell = deed === "well"
      return
    case "unready":
      return sayUnready(world, service)
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
    case "claim":
      if (service.lease !== undefined) service.lease.isClaimed = true
      return
    case "lose":
      return service.lease?.isClaimed === true ? call(world, lose(world, service)) : undefined
  }
}

const closeLayer = (world: World, service: Service): void => {
  const { run } = service
  close(world, service)
  settle(world)
  limit(world, service)
  call(world, () => run !== undefined && service.run === run ? undefined : "done")
}

// --- what follows ---

/** Applies what follows by itself, until nothing changes, and answers those who wait. */
const settle = (world: World): void => {
  do {
    do {
      for (const service of world.services) if (isNext(service) && service.nextBy === "start") beginAnew(service)
      endAllAsked(world)
      while (
        toAll(world, isToDetach, detach) || toAll(world, goesDown, retreat) || closeNext(world) ||
        toAll(world, hasItsTurn, endInTurn)
      );
      lineUpAll(world)
    } while (isAnyToEnd(world) || beginFirst(world))
    if (world.phase === "closing" && isAllOver(world)) complete(world)
    answerCallers(world)
    beginFinalizers(world)
  } while (endAnswered(world))
}

/** A group or a closing that has let go may leave one that waits in vain, or must not run. */
const isAnyToEnd = (world: World): boolean =>
  world.inVain.length > 0 || world.services.some((service) => isToDetach(world, service))

const beginFinalizers = (world: World): void => {
  const due = world.finalizers
  world.finalizers = []
  for (const begin of due) begin()
}

/**
 * One at a time, and what it brings about comes after all that could begin before: so these begin together (rule 1). Starts come
 * before restarts, which wait for the time that they may take (rule 6).
 */
const beginFirst = (world: World): boolean => {
  const [start, ...starts] = world.starts
  if (start !== undefined) {
    world.starts = starts
    if (mayBegin(world, start)) begin(world, start)
    return true
  }
  if (standByInTurn(world)) return true
  tellWaits(world)
  const [restart, ...restarts] = world.restarts
  world.restarts = restarts
  if (restart !== undefined && restart !== "waits" && mayBegin(world, restart)) begin(world, restart)
  return restart !== undefined
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
    endAllAsked(world)
  }
  return due.length > 0
}

const closeNext = (world: World): boolean => {
  const due = dueToClose(world)
  for (const one of due) {
    endForLayer(world, one)
    endAllAsked(world)
  }
  return due.length > 0
}

/** Whoever was asked to end is interrupted before anybody else is asked; and who waits in vain fails. */
const endAllAsked = (world: World): void => {
  do failInTurn(world)
  while (endFirstAsked(world))
}

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
