/** Rules 9, 10, 12, 13, 22 and 25: how a service is stopped, and all are; what becomes of a run that does not end in time. */
import { isInUse } from "./dependencies.ts"
import { resetIfReadyLong } from "./policy.ts"
import { isUp, namesOf, report } from "./reading.ts"
import {
  after,
  type Answer,
  type End,
  given,
  judgeAfter,
  noteFailure,
  type Run,
  type Service,
  type StopReason,
  tell,
  type World
} from "./world.ts"

// --- commands by hand ---

/**
 * The caller is answered when the run that is there has settled, or was abandoned. Rule 10: in a shutdown everybody is answered
 * at once, those too that wait since before, and the order of the shutdown stays.
 */
export const endByHand = (world: World, service: Service, how: "stop" | "remove"): Answer => {
  if (world.phase !== "open") return "done"
  if (how === "remove" && isInUse(world, service)) return "ServiceInUse"
  leave(world, service, how, how === "stop" ? "down" : "gone")
  const { run } = service
  return () => {
    if (world.phase !== "open") return "done"
    if (run !== undefined && service.run === run) return undefined
    return how === "stop" ? "done" : doneUnlessAbandoned(service)
  }
}

export const doneUnlessAbandoned = ({ abandoned }: Service): string => abandoned === undefined ? "done" : "RunAbandoned"

/** Ends whatever is going on. What was said before of its future does not count any more. */
export const leave = (world: World, service: Service, reason: StopReason, wanted: Service["wanted"]): void => {
  if (service.isRemoved) return
  service.failedInVain = service.isOfGroup = false
  if (service.abandoned !== undefined) {
    if (wanted !== "up") service.wanted = "down" // nothing begins when its run has settled
    return
  }
  const wasWanted = service.wanted === "up"
  service.wanted = service.isClosing && service.wanted === "gone" ? "gone" : wanted
  if (wanted === "up") service.isOver = false
  const { run } = service
  if (run !== undefined) return run.askedAt === undefined ? askToEnd(world, service, run, reason) : undefined
  service.delay = undefined
  if (wasWanted) service.hasWaited = true
  if (isOnItsWay(service, reason)) {
    stopping(world, service, reason)
    if (wanted !== "up") rest(world, service, "Stopped", false)
  }
  if (wanted === "gone") remove(world, service)
}

/** Its next run was. One that stands by goes on to. */
const isOnItsWay = ({ rest: { _tag } }: Service, reason: StopReason): boolean =>
  ["Waiting", "Backoff", "Stopping"].includes(_tag) || (_tag === "Standby" && reason !== "lease")

/**
 * The cluster takes it away: it ends, and stands by, also if it was over by itself. Its caller is answered when nothing of it is
 * there any more, whether it was given up or not.
 */
export const lose = (world: World, service: Service): Answer => {
  const { lease, run } = service
  lease!.isClaimed = lease!.hasPassed = false
  if (world.phase === "open" && !service.isRemoved && !service.isClosing) giveAway(world, service)
  return () => (run !== undefined && service.run === run) || service.abandoned !== undefined ? undefined : "done"
}

const giveAway = (world: World, service: Service): void => {
  if (service.wanted === "gone" || (service.wanted === "down" && !service.isOver)) return
  if (service.abandoned === undefined && service.isOver) return standBy(service)
  service.nextBy = "start"
  leave(world, service, "lease", "up")
}

/** It begins anew when it is claimed again. */
export const standBy = (service: Service): void => {
  if (service.wanted !== "up" && !service.isOver) return
  service.wanted = "up"
  service.nextBy = "start"
  service.isOver = service.failedInVain = service.isOfGroup = false
}

/** Rule 19: it goes down until what it is bound to is ready again. */
export const detach = (world: World, service: Service): void => {
  service.failedInVain = service.isOfGroup = false
  service.nextBy = "dependency"
  askToEnd(world, service, service.run!, "dependency")
}

/** Rule 20: it goes down for a while, with its group. */
export const retreat = (world: World, service: Service): void => {
  service.nextBy = "group"
  askToEnd(world, service, service.run!, "strategy")
}

// --- how a run ends that is asked to ---

/** Rule 9: the run is asked to end, unless it is at its end already. Rule 13: it has as long as its service says. */
const askToEnd = (world: World, service: Service, run: Run, reason: StopReason): void => {
  run.askedAt = world.now
  resetIfReadyLong(service, run, world.now)
  stopping(world, service, reason)
  world.asked = [...world.asked, { service, run }]
}

/** Whether the run ends at once: it has passed its first stretch, does not hang, and does not await the removal of another. */
export const obeys = (world: World, service: Service, run: Run): boolean => {
  if (run.hangs || run.removal !== undefined) return false
  const other = world.handles.get(service.options.removesAtEnd ?? "")
  if (other === undefined) return true
  run.removal = endByHand(world, other, "remove")
  if (given(run.removal) === undefined) return false
  run.removal = undefined
  return true
}

/** Only what it threw nevertheless is a cause. One that crashed just before it was asked was told of then. */
export const endAsAsked = (world: World, service: Service, run: Run, how: End): void => {
  const cause = how === "crash" || run.ended === "crash" || run.isKilled
  if (run.ended !== "crash") {
    if (cause) noteFailure(world, service)
    tell(world, service, "ServiceInterrupted", { cause })
  }
  service.run = undefined
  service.stopTook = world.now - run.askedAt!
  if (service.isClosing && world.phase === "open") service.wanted = "gone"
  const isDown = service.wanted !== "up" || service.nextBy === "group" || service.nextBy === "dependency"
  if (isDown) rest(world, service, run.isKilled && service.wanted === "down" ? "Failed" : "Stopped", cause)
  if (service.nextBy === "group") beOverIfTemporary(world, service)
  if (service.wanted === "gone") remove(world, service)
}

/** Rule 20: one that was itself told never to restart does not begin again with its group either. */
const beOverIfTemporary = (world: World, service: Service): void => {
  if (service.wanted !== "up" || service.options.restart !== undefined) return
  service.wanted = "down"
  service.isOver = true
  removeIfOver(world, service)
}

/** With it those go that are over, and have stayed only for its sake. */
export const remove = (world: World, service: Service): void => {
  service.isRemoved = true
  world.services = world.services.filter((other) => other !== service)
  tell(world, service, "ServiceRemoved")
  for (const other of world.services) if (namesOf(service).includes(other.name)) removeIfOver(world, other)
}

/** One that was to be removed then is, once nobody needs it, and nothing of it may still be there. */
export const removeIfOver = (world: World, service: Service): void => {
  const { abandoned, isOver, isRemoved, options, wanted } = service
  const isToLeave = options.removeWhenOver === true && isOver && !isRemoved && wanted === "down" &&
    abandoned === undefined
  if (isToLeave && world.phase === "open" && !isInUse(world, service)) remove(world, service)
}

// --- runs that do not end ---

/** Rule 13: so long it has from now on; a later request to end sets the time anew. */
export const giveUpAfter = (
  world: World,
  service: Service,
  run: Run,
  millis: number | undefined,
  kill = () => endAsAsked(world, service, run, "complete")
): void => {
  const { askedAt } = run
  if (millis === undefined) return
  if (service.options.mortal === true && run.isMute) return killOrGiveUp(world, service, run, kill)
  judgeAfter(world, millis, () => {
    if (service.run === run && run.askedAt === askedAt) killOrGiveUp(world, service, run, kill)
  })
}

const killOrGiveUp = (world: World, service: Service, run: Run, kill: () => void): void => {
  if (service.options.mortal !== true) return giveUp(world, service, run)
  run.isKilled = true
  run.hangs = false
  kill()
}

/** The run may still be there: until it settles its service counts as over, and has no other run. */
const giveUp = (world: World, service: Service, run: Run): void => {
  noteFailure(world, service)
  tell(world, service, "ServiceAbandoned", { cause: true })
  service.run = undefined
  service.abandoned = run
  service.stopTook = world.now - (run.askedAt ?? world.now)
  over(world, service, true)
}

/** Over for good, as far as it is known: if it is significant, so is all (rule 22). */
export const over = (world: World, service: Service, hasFailed: boolean): void => {
  const isAbandoned = service.abandoned !== undefined
  if (!isAbandoned || service.wanted !== "up") service.wanted = "down" // else it is wanted when its run has settled
  service.isOver = true
  rest(world, service, hasFailed ? "Failed" : "Stopped", hasFailed, isAbandoned)
  const { significant } = service.options
  const isTheEnd = significant === true || (significant === "failure" && hasFailed)
  if (isTheEnd && world.phase === "open") shutDown(world, `Significant ${service.name}`)
  if (service.isClosing && !isAbandoned && world.phase === "open") remove(world, service)
  else removeIfOver(world, service)
}

const stopping = (world: World, service: Service, reason: StopReason): void => {
  service.rest = { _tag: "Stopping", since: world.now, reason }
  tell(world, service, "ServiceStopping", { reason })
}

const rest = (
  world: World,
  service: Service,
  _tag: "Stopped" | "Failed",
  cause: boolean,
  isAbandoned = false
): void => {
  const outcome = service.isOver ? "Completed" : "Stopped"
  service.rest = { _tag, since: world.now, ...(_tag === "Stopped" && { outcome }), cause, isAbandoned }
  tell(world, service, `Service${_tag}`, { cause })
}

// --- the shutdown ---

/** Rules 10 and 13: all are asked to end, each when its turn has come, and within the time there is. Then it comes for all. */
export const shutDown = (world: World, reason: string): void => {
  world.phase = "closing"
  world.shutdown = { at: world.now, reason }
  tell(world, undefined, "ShutdownStarted", { reason })
  for (const service of world.services) {
    if (isUp(service)) continue
    leave(world, service, "shutdown", service.wanted === "gone" ? "gone" : "down") // a removal is not taken back
  }
  drain(world)
  if (world.shutdownTimeout === undefined) return
  judgeAfter(world, world.shutdownTimeout, () => expire(world, world.services, (service) => endInTurn(world, service)))
}

/** So that those have time to notice who send them work; but no more than half of the time there is. */
const drain = (world: World): void => {
  const { drainDelay, shutdownTimeout = Infinity } = world
  if (drainDelay === 0) return
  world.isDraining = true
  after(world, Math.min(drainDelay, shutdownTimeout / 2), () => {
    world.isDraining = false
  })
}

export const endInTurn = (world: World, service: Service): void => leave(world, service, "shutdown", "down")

/** The time of these is over: of those who were asked to end. Then it is the turn of the others, who have a moment. */
export const expire = (world: World, services: ReadonlyArray<Service>, end: (service: Service) => void): void => {
  const runs = services.flatMap((service) => service.run === undefined ? [] : [{ service, run: service.run }])
  const late = runs.filter(({ service }) => isUp(service))
  for (const { run, service } of runs) abandon(world, service, run)
  after(world, 0, () => {
    for (const { run, service } of late) if (service.run === run) end(service)
    after(world, 0, () => late.forEach(({ run, service }) => abandon(world, service, run)))
  })
}

const abandon = (world: World, service: Service, run: Run): void => {
  if (service.run !== run || run.askedAt === undefined) return
  killOrGiveUp(world, service, run, () => endAsAsked(world, service, run, "complete"))
}

export const complete = (world: World): void => {
  const { at, reason } = world.shutdown!
  world.phase = "closed"
  tell(world, undefined, "ShutdownCompleted", { reason: report(world, reason, world.now - at) })
}
