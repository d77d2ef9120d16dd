/** How a run begins. */
import { lineUp } from "./dependencies.ts"
import { becomeReady, endNow, pause, timedOut } from "./ends.ts"
import { watch } from "./hangs.ts"
import { forget } from "./policy.ts"
import { beginReadiness, sick } from "./probes.ts"
import { leave } from "./stops.ts"
import { answerCallers, type Run, type Service, tell, type World } from "./world.ts"

/** A start by hand: nothing that was counts any more. */
export const beginAnew = (service: Service): void => {
  forget(service)
  service.wasReady = service.wasEverReady = service.hasFailed = false
}

export const begin = (world: World, service: Service): void => {
  const counted = { start: 0, policy: service.restarts + 1, group: service.restarts + 1 }
  service.restarts = { restart: service.restarts, dependency: service.restarts, ...counted }[service.nextBy]
  if (service.nextBy === "restart") service.restartsByHand++
  service.runs++
  service.startedAt = world.now
  service.readyAt = undefined
  service.stopTook = 0
  service.wasReady = service.isOfGroup = false
  if (service.lease !== undefined) service.lease.hasPassed = false
  const run = newRun(world, service)
  service.run = run
  tell(world, service, "ServiceStarting", {
    restarts: service.restarts,
    restartsByHand: service.restartsByHand
  })
  watch(world, service, run, (isMute) => {
    run.isMute = isMute
    timedOut(world, service, run)
  })
  answerCallers(world) // it has begun, even if it is over before all is settled
  const other = world.handles.get(service.options.stops ?? "")
  if (other !== undefined) {
    leave(world, other, "stop", "down")
    lineUp(world, ...world.services) // before those whose time comes when this one is ready; groups let go later
  }
  if (service.runs <= (service.options.stumbles ?? 0)) return endNow(world, service, run, "crash")
  const { probe, readiness } = service.options
  if (readiness === undefined && probe !== "readiness") becomeReady(world, service, run)
  beginReadiness(world, service, run, {
    passes: () => becomeReady(world, service, run),
    fails: () => pause(world, service, run, sick, true)
  })
}

const newRun = ({ now }: World, { options }: Service): Run => ({
  startingSince: now,
  readyAt: undefined,
  wasReady: false,
  reason: undefined,
  beatAt: now,
  isHung: false,
  isHead: false,
  saidUnready: false,
  isWell: false,
  lastCheck: undefined,
  askedAt: undefined,
  hangs: options.stubborn === true,
  isMute: false,
  isKilled: false,
  ended: undefined,
  removal: undefined
})
