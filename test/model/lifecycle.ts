/** The rules of runs: how they begin, how they end, what follows from that for their service and for all. */
import { hasItsTurn, isHeld, isInVain, lineUp } from "./dependencies.ts"
import { lineUpAll, regroup } from "./groups.ts"
import { stopTimeoutOf, watch } from "./hangs.ts"
import { decide, forget, lookBack } from "./policy.ts"
import {
  after,
  answerCallers,
  isUp,
  report,
  type Run,
  type Service,
  type StopReason,
  tell,
  type World
} from "./world.ts"

type End = "crash" | "complete"

export const begin = (world: World, service: Service): void => {
  const counted = { start: 0, restart: service.restarts, policy: service.restarts + 1, group: service.restarts + 1 }
  service.restarts = counted[service.nextBy]
  service.runs++
  service.stopTook = 0
  service.wasReady = false
  const hangs = service.options.stubborn === true
  const { now } = world
  const run: Run = { startingSince: now, readyAt: undefined, beatAt: now, isHung: false, askedAt: undefined, hangs }
  service.run = run
  tell(world, service, "ServiceStarting", { restarts: service.restarts })
  watch(world, service, run, () => timedOut(world, service, run))
  answerCallers(world) // it has begun, even if it is over before all is settled
  const other = world.handles.get(service.options.stops ?? "")
  if (other !== undefined) {
    leave(world, other, "stop", "down")
    lineUpAll(world) // before those whose time comes when this one is ready
  }
  if (service.runs <= (service.options.stumbles ?? 0)) return endByItself(world, service, run, "crash")
  if (service.options.readiness === undefined) becomeReady(world, service)
}

/** A start by hand: nothing that was counts any more. */
export const beginAnew = (service: Service): void => {
  forget(service)
  service.wasReady = service.wasEverReady = false
}

/** The run says so: of one that has to complete that is of no interest. */
export const sayReady = (world: World, service: Service): void => {
  if (service.options.readiness !== "completed") becomeReady(world, service)
}

const becomeReady = (world: World, service: Service): void => {
  if (!isUp(service) || service.run!.isHung || service.run!.readyAt !== undefined) return
  service.run!.readyAt = world.now
  service.wasReady = service.wasEverReady = true
  tell(world, service, "ServiceReady")
}

/** The run ends, or what is left of an abandoned one: its failure is told, and changes nothing (rule 8). */
export const end = (world: World, service: Service, how: End): void => {
  const { abandoned, run } = service
  if (run?.askedAt !== undefined) return endAsAsked(world, service, run, how)
  if (run !== undefined) return endByItself(world, service, run, how)
  if (abandoned?.hangs === true && how === "crash") tell(world, service, "LateFailure", { cause: true })
  if (abandoned !== undefined) abandoned.hangs = false
}

export const release = (world: World, service: Service): void => {
  const { abandoned, run } = service
  if (abandoned !== undefined) abandoned.hangs = false
  if (run === undefined) return
  run.hangs = false
  if (run.askedAt !== undefined) endAsAsked(world, service, run, "complete")
  else if (run.isHung) endByItself(world, service, run, "crash")
}

/** Rule 24: it is not ready any more, and asked to end. */
const timedOut = (world: World, service: Service, run: Run): void => {
  lookBack(service, run, world.now)
  run.isHung = true
  if (run.readyAt !== undefined) {
    run.readyAt = undefined
    run.startingSince = world.now
    tell(world, service, "ServiceUnready", { cause: true })
  }
  if (!run.hangs) return endByItself(world, service, run, "crash")
  after(world, stopTimeoutOf(service)!, () => {
    if (service.run === run && run.askedAt === undefined) giveUp(world, service, run)
  })
}

/** Rules 2 and 4: it was not asked to, so its policy decides; or else the shutdown, for which its turn had not come. */
const endByItself = (world: World, service: Service, run: Run, said: End): void => {
  const how = run.isHung ? "crash" : said
  const cause = how === "crash"
  if (!cause) becomeReady(world, service) // at the latest
  tell(world, service, cause ? "ServiceCrashed" : "ServiceCompleted", { cause })
  service.run = undefined
  if (world.phase !== "open" || service.isClosing) return over(world, service, cause)
  lookBack(service, run, world.now)
  const wasHeld = isHeld(world, service)
  const verdict = decide(service, how, world.now, wasHeld)
  if (verdict === "over") return over(world, service, cause)
  if (verdict === "too many") {
    tell(world, service, "RestartLimitExceeded", { cause: true })
    return over(world, service, true)
  }
  const { delay } = verdict
  tell(world, service, "RestartScheduled", { delay, cause })
  service.nextBy = "policy"
  service.rest = { _tag: "Backoff", since: world.now, until: world.now + delay, cause }
  if (!wasHeld) regroup(world, service)
  if (delay === 0) lineUp(world, service)
  else {
    const timer = after(world, delay, () => {
      if (service.delay === timer) service.delay = undefined
    })
    service.delay = timer
  }
}

const stopping = (world: World, service: Service, reason: StopReason): void => {
  service.rest = { _tag: "Stopping", since: world.now, reason }
  tell(world, service, "ServiceStopping", { reason })
}

/** It has waited for what will never be there (rule 19). It was never ready then, whatever was before. */
const failInVain = (world: World, service: Service): void => {
  service.wasReady = service.wasEverReady = false
  over(world, service, true)
}

/** One at a time: all that wait for one, then all that wait for those. */
export const failInTurn = (world: World): void => {
  const line = new Set<Service>()
  const lookAround = () => {
    for (const service of world.services) if (isInVain(world, service)) line.add(service)
  }
  lookAround()
  for (const service of line) {
    if (isInVain(world, service)) failInVain(world, service)
    lookAround()
  }
}

/** Over for good: if it is significant, so is all (rule 22). */
const over = (world: World, service: Service, hasFailed: boolean): void => {
  service.wanted = "down"
  service.isOver = true
  rest(world, service, hasFailed ? "Failed" : "Stopped", hasFailed)
  if (service.options.significant === true && world.phase === "open") shutDown(world, `Significant ${service.name}`)
  if (service.isClosing && service.abandoned === undefined && world.phase === "open") remove(world, service)
}

const rest = (world: World, service: Service, _tag: "Stopped" | "Failed", cause: boolean): void => {
  service.rest = { _tag, since: world.now, cause }
  tell(world, service, `Service${_tag}`, { cause })
}

// --- stops ---

/** Rule 9: the run is asked to end. Rule 13: it has as long as its service says. */
const askToEnd = (world: World, service: Service, run: Run, reason: StopReason): void => {
  run.askedAt = world.now
  lookBack(service, run, world.now)
  stopping(world, service, reason)
  if (!run.hangs) return endAsAsked(world, service, run, "complete")
  const stopTimeout = stopTimeoutOf(service)
  if (stopTimeout !== undefined) after(world, stopTimeout, () => abandon(world, service, run))
}

/** Only what it threw nevertheless is a cause. */
const endAsAsked = (world: World, service: Service, run: Run, how: End): void => {
  const cause = how === "crash"
  tell(world, service, "ServiceInterrupted", { cause })
  service.run = undefined
  service.stopTook = world.now - run.askedAt!
  if (service.isClosing && world.phase === "open") service.wanted = "gone"
  if (service.wanted !== "up" || service.nextBy === "group") rest(world, service, "Stopped", cause)
  if (service.nextBy === "group") beOverIfTemporary(service)
  if (service.wanted === "gone") remove(world, service)
}

/** Rule 20: one that was itself told never to restart does not begin again with its group either. */
const beOverIfTemporary = (service: Service): void => {
  if (service.wanted !== "up" || service.options.restart !== undefined) return
  service.wanted = "down"
  service.isOver = true
}

/** Its time is up. */
const abandon = (world: World, service: Service, run: Run): void => {
  if (service.run === run && run.askedAt !== undefined) giveUp(world, service, run)
}

/** It may still be there, so that there is never another (rule 13). */
const giveUp = (world: World, service: Service, run: Run): void => {
  tell(world, service, "ServiceAbandoned", { cause: true })
  service.run = undefined
  service.abandoned = run
  service.stopTook = world.now - (run.askedAt ?? world.now)
  over(world, service, true)
}

const remove = (world: World, service: Service): void => {
  service.isRemoved = true
  world.services = world.services.filter((other) => other !== service)
  tell(world, service, "ServiceRemoved")
}

/** Ends whatever is going on. What was said before of its future does not count any more. */
export const leave = (world: World, service: Service, reason: StopReason, wanted: Service["wanted"]): void => {
  if (service.abandoned !== undefined || service.isRemoved) return
  service.wanted = service.isClosing && service.wanted === "gone" ? "gone" : wanted
  if (wanted === "up") service.isOver = false
  const { run } = service
  if (run !== undefined) return run.askedAt === undefined ? askToEnd(world, service, run, reason) : undefined
  service.delay = undefined
  if (service.rest._tag === "Backoff" || service.rest._tag === "Stopping") { // the next run was on its way
    stopping(world, service, reason)
    if (wanted !== "up") rest(world, service, "Stopped", false)
  }
  if (wanted === "gone") remove(world, service)
}

/** Rule 20: it goes down for a while, with its group. */
export const retreat = (world: World, service: Service): void => {
  service.nextBy = "group"
  askToEnd(world, service, service.run!, "strategy")
}

// --- shutdown ---

/** Rules 10 and 13: all are asked to end, each when its turn has come, and within the time there is. Then it comes for all. */
export const shutDown = (world: World, reason: string): void => {
  world.phase = "closing"
  world.shutdown = { at: world.now, reason }
  tell(world, undefined, "ShutdownStarted", { reason })
  for (const service of world.services) {
    if (isUp(service)) continue
    leave(world, service, "shutdown", service.wanted === "gone" ? "gone" : "down") // a removal is not taken back
  }
  world.services.filter((service) => hasItsTurn(world, service)).forEach((service) => endInTurn(world, service))
  if (world.shutdownTimeout === undefined) return
  after(world, world.shutdownTimeout, () => expire(world, world.services, (service) => endInTurn(world, service)))
}

/** The time of these is over: of those who were asked to end. Then it is the turn of the others, who have a moment. */
export const expire = (world: World, services: ReadonlyArray<Service>, end: (service: Service) => void): void => {
  const runs = services.flatMap((service) => service.run === undefined ? [] : [{ service, run: service.run }])
  const late = runs.filter(({ service }) => isUp(service))
  for (const { run, service } of runs) abandon(world, service, run)
  after(world, 0, () => {
    for (const { run, service } of late) if (service.run === run) end(service)
    for (const { run, service } of late) abandon(world, service, run)
  })
}

export const endInTurn = (world: World, service: Service): void => leave(world, service, "shutdown", "down")

export const complete = (world: World): void => {
  const { at, reason } = world.shutdown!
  world.phase = "closed"
  tell(world, undefined, "ShutdownCompleted", { reason: report(world, reason, world.now - at) })
}
