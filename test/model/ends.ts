/** Rules 2, 4, 13, 19 and 24: how runs become ready, hang, and end by themselves; and who fails in vain. */
import { isInVain } from "./dependencies.ts"
import { lineUpAll } from "./groups.ts"
import { timeToEnd } from "./hangs.ts"
import { resetIfReadyLong } from "./policy.ts"
import { beginLiveness } from "./probes.ts"
import { isUp } from "./reading.ts"
import { crash, restartOrNot, settleLate, takeOthersDown } from "./restarts.ts"
import { endAsAsked, giveUpAfter, obeys, over } from "./stops.ts"
import { after, type End, given, type Run, type Service, tell, type World } from "./world.ts"

// --- ready, or hung ---

/** The run says so: of one that has to complete that is of no interest. */
export const sayReady = (world: World, service: Service): void => {
  const { options: { probe, readiness }, run } = service
  if (run === undefined || readiness === "completed" || !isUp(service) || run.isHung || run.ended !== undefined) return
  if (probe === "readiness") return sayReadyToo(world, service, run)
  run.saidUnready = false
  becomeReady(world, service, run)
}

/** Where a probe says whether the run is ready, it counts only if the run has said that it is not. */
const sayReadyToo = (world: World, service: Service, run: Run): void => {
  if (!run.saidUnready) return
  run.saidUnready = false
  if (run.isWell) becomeReady(world, service, run)
  else pause(world, service, run, run.lastCheck)
}

/** Not once it was asked to end, or has ended by itself. */
export const becomeReady = (world: World, service: Service, run: Run): void => {
  if (isUp(service) && !run.isHung && run.ended === undefined) beReady(world, service, run)
}

const beReady = (world: World, service: Service, run: Run): void => {
  if (run.readyAt !== undefined) return
  const isFirst = !run.wasReady
  run.readyAt = service.readyAt = world.now
  run.wasReady = true
  run.reason = undefined
  service.wasReady = service.wasEverReady = true
  service.hasFailed = false
  if (isFirst) beginLiveness(world, service, run, () => timedOut(world, service, run))
  tell(world, service, "ServiceReady")
}

/** The run says that it is not, and why: always the same here. It goes on. */
export const sayUnready = (world: World, service: Service): void => {
  const { options: { readiness }, run } = service
  if (run === undefined || readiness === "completed" || !isUp(service) || run.isHung || run.ended !== undefined) return
  run.saidUnready = true
  pause(world, service, run, "busy")
}

/** It goes on. What is known is not told again. */
export const pause = (
  world: World,
  service: Service,
  run: Run,
  reason: string | undefined,
  cause: boolean = false
): void => {
  if (run.readyAt === undefined && run.reason === reason) return
  beUnready(world, service, run)
  run.startingSince = world.now
  run.reason = reason
  tell(world, service, "ServiceUnready", { reason, cause })
}

/** Rule 24: it is not ready any more, and asked to end. */
export const timedOut = (world: World, service: Service, run: Run): void => {
  const wasReady = run.readyAt !== undefined
  beUnready(world, service, run)
  run.isHung = service.hasFailed = true
  if (wasReady) tell(world, service, "ServiceUnready", { cause: true })
  world.asked = [...world.asked, { service, run }]
}

/** The run that was asked to end first, or hangs, is interrupted now; tells whether there is one. */
export const endFirstAsked = (world: World): boolean => {
  const [first, ...others] = world.asked
  if (first === undefined) return false
  const { run, service } = first
  world.asked = others
  if (service.run !== run) return true
  if (run.ended === undefined && obeys(world, service, run)) endNow(world, service, run, "complete")
  else limit(world, service, run)
  return true
}

const beUnready = (world: World, service: Service, run: Run): void => {
  resetIfReadyLong(service, run, world.now)
  if (run.readyAt === undefined) return
  run.readyAt = service.readyAt = undefined
  run.startingSince = world.now
}

// --- the end ---

/** The run ends so, or its finalizer does if that is told when: not while the run awaits what it removes. */
export const end = (world: World, service: Service, how: End): void => {
  const run = service.run ?? service.abandoned
  if (run === undefined || run.removal !== undefined) return
  if (run.ended === undefined || service.options.closing === "hangs") endNow(world, service, run, how)
}

/** The run ends if it was asked to, and otherwise will when it is. */
export const release = (world: World, service: Service): void => {
  const run = service.run ?? service.abandoned
  if (run === undefined) return
  run.hangs = false
  if (service.run === undefined || !isUp(service) || run.isHung || run.ended !== undefined) {
    end(world, service, "complete")
  }
}

/** Those end that were asked to, and awaited the removal of another; tells whether there are any. */
export const endAnswered = (world: World): boolean => {
  const due = world.services.flatMap((service) => {
    const run = service.run ?? service.abandoned
    return run?.removal !== undefined && given(run.removal) !== undefined ? [{ service, run }] : []
  })
  for (const { run, service } of due) {
    run.removal = undefined
    endNow(world, service, run, "complete")
  }
  return due.length > 0
}

/** The end of the run, or else that of its finalizer. */
export const endNow = (world: World, service: Service, run: Run, how: End): void => {
  if (service.abandoned === run) return settleLate(world, service, run, how)
  if (run.askedAt !== undefined) return endAsAsked(world, service, run, how)
  if (run.ended !== undefined) return settled(world, service, run, run.ended === "crash" ? "crash" : how)
  endByItself(world, service, run, how)
}

/** Rule 2: it was not asked to. A run that hangs has crashed, whatever it says, and has no finalizers here. */
const endByItself = (world: World, service: Service, run: Run, how: End): void => {
  if (run.isHung) return settled(world, service, run, "crash")
  if (service.options.closing === undefined) return settled(world, service, run, how)
  beginClosing(world, service, run, how)
}

/** Rule 13: a crash is told at once, a completion is none until the finalizers are done. They have the time of a stop. */
const beginClosing = (world: World, service: Service, run: Run, how: End): void => {
  if (how === "crash") {
    const wasReady = run.readyAt !== undefined
    beUnready(world, service, run)
    if (wasReady) tell(world, service, "ServiceUnready", { cause: true })
    crash(world, service)
  }
  run.ended = how
  if (world.phase === "open" && !service.isClosing) takeOthersDown(world, service, run, how)
  const { closing } = service.options
  const close = () => {
    if (typeof closing !== "number") return
    after(world, closing, () => {
      if (service.run === run || service.abandoned === run) endNow(world, service, run, "complete")
    })
  }
  if (run.isHead) world.finalizers = [...world.finalizers, close]
  else close()
  limit(world, service, run)
}

/** How long it may take from now on. One that can be ended by force ends then as it would have. */
const limit = (world: World, service: Service, run: Run): void =>
  giveUpAfter(world, service, run, timeToEnd(service, run), () => endNow(world, service, run, "complete"))

/** Rules 4 and 5: nothing of it is left. Its policy decides; or else the shutdown, for which its turn had not come. */
const settled = (world: World, service: Service, run: Run, how: End): void => {
  if (how === "complete") {
    beReady(world, service, run) // at the latest
    lineUpAll(world) // those that waited for this come before its next run
    tell(world, service, "ServiceCompleted")
  } else if (run.ended !== "crash") crash(world, service)
  service.run = undefined
  if (world.phase !== "open" || service.isClosing) return over(world, service, how === "crash")
  resetIfReadyLong(service, run, world.now)
  restartOrNot(world, service, run, how)
}

// --- in vain ---

/** It has waited for what will never be there (rule 19). It was never ready then, whatever was before. */
const failInVain = (world: World, service: Service): void => {
  service.wasReady = service.wasEverReady = false
  service.failedInVain = true
  over(world, service, true)
}

/** One at a time: those that were started just now, all that wait for one, then all that wait for those. */
export const failInTurn = (world: World): void => {
  const line = new Set<Service>(world.inVain)
  world.inVain = []
  const lookAround = () => {
    for (const service of world.services) if (isInVain(world, service)) line.add(service)
  }
  lookAround()
  for (const service of line) {
    if (isInVain(world, service)) failInVain(world, service)
    lookAround()
  }
}
