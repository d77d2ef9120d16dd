/** Rules 13, 20 and 21: what follows a run that ended by itself, and one that settles after it was abandoned. */
import { isFailedThrough, isHeld, lineUp } from "./dependencies.ts"
import { regroup } from "./groups.ts"
import { decide, resetIfReadyLong, type Verdict, wouldRestart } from "./policy.ts"
import { isUnclaimed } from "./reading.ts"
import { over, remove, removeIfOver, standBy } from "./stops.ts"
import { after, type End, noteFailure, type Run, type Service, tell, type World } from "./world.ts"

/** Its policy decides; others may restart with it. */
export const restartOrNot = (world: World, service: Service, run: Run, how: End): void => {
  const wasHeld = isHeld(world, service)
  const verdict = ask(world, service, how, run.isHead)
  if (typeof verdict === "string") return over(world, service, how === "crash" || verdict === "too many")
  schedule(world, service, verdict.delay, how === "crash")
  if (!wasHeld) regroup(world, service)
  lineUp(world, service)
}

/** Those that restart with it go down as it ends by itself, though it has yet to settle: if its policy says so as things are. */
export const takeOthersDown = (world: World, service: Service, run: Run, how: End): void => {
  resetIfReadyLong(service, run, world.now)
  if (isHeld(world, service) || !wouldRestart(service, how, world.now)) return
  regroup(world, service)
  run.isHead = isHeld(world, service)
}

const ask = (world: World, service: Service, how: End, isHead = false): Verdict => {
  const verdict = decide(service, how, world.now, isHeld(world, service) && !isHead)
  if (verdict === "too many") tell(world, service, "RestartLimitExceeded", { cause: true })
  return verdict
}

const schedule = (world: World, service: Service, delay: number, cause: boolean): void => {
  tell(world, service, "RestartScheduled", { delay, cause })
  service.nextBy = "policy"
  service.rest = { _tag: "Backoff", since: world.now, until: world.now + delay, cause }
  if (delay === 0) return
  const timer = after(world, delay, () => {
    if (service.delay === timer) service.delay = undefined
  })
  service.delay = timer
}

/**
 * Rule 13: an abandoned run settles. If its service is still wanted up, the run has crashed, which is told once, and the policy
 * decides; no others restart with it. Without a restart the service stays `Failed`, as it was told to be.
 */
export const settleLate = (world: World, service: Service, run: Run, how: End): void => {
  const others = world.services.filter((other) => isFailedThrough(world, other, service))
  service.abandoned = undefined
  if (how === "crash") tell(world, service, "LateFailure", { cause: true })
  if (world.phase !== "open") service.wanted = "down"
  if (world.phase !== "open") return
  if (service.isClosing) return remove(world, service) // its layer has closed
  if (isUnclaimed(service)) return standBy(service)
  if (service.wanted !== "up") return removeIfOver(world, service)
  if (run.ended !== "crash") crash(world, service)
  const verdict = ask(world, service, "crash")
  if (typeof verdict === "string") {
    service.wanted = "down"
    return removeIfOver(world, service)
  }
  schedule(world, service, verdict.delay, true)
  for (const one of [service, ...others]) waitAgain(one)
  lineUp(world, service)
}

export const crash = (world: World, service: Service): void => {
  service.crashes++
  noteFailure(world, service)
  tell(world, service, "ServiceCrashed", { cause: true })
}

const waitAgain = (service: Service): void => {
  service.wanted = "up"
  service.isOver = service.failedInVain = false
}
