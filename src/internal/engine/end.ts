/**
 * How a service ends when it is asked to: at once if it has no run, else when its run has settled or was abandoned.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type ProbeFailed, RunAbandoned, RunKilled, type RunTimedOut } from "../../GovernorError.ts"
import type { StopReason } from "../../GovernorEvent.ts"
import { isOver, type ServiceStatus } from "../../ServiceStatus.ts"
import { durationInWords } from "../input/durationInWords.ts"
import { isEnding, isGone, isNext, isUp, shallRun, wasAsked } from "../lifecycle/questions.ts"
import { missing } from "../lifecycle/readiness.ts"
import { stopMillis } from "../lifecycle/report.ts"
import {
  type Aim,
  forgetOthers,
  rareOf,
  rareOfRun,
  type RunState,
  type ServiceState
} from "../lifecycle/ServiceState.ts"
import { restartingByHand } from "../telling/log.ts"
import { limitAfter } from "./after.ts"
import { attend } from "./loop.ts"
import { failed, remove } from "./over.ts"
import { changed, fact, monotonic, record, say, sayHung, set, setLost } from "./record.ts"
import { resetIfReadyLong } from "./restart.ts"
import { watchSlowStops } from "./slow.ts"

/** What is wanted of a service after it was asked to end for this reason. */
const aimAfter: { readonly [Reason in StopReason]: Aim } = {
  stop: "Down",
  shutdown: "Down",
  restart: "Restart",
  remove: "Gone",
  strategy: "Group",
  dependency: "Bound",
  lease: "Start"
}

/**
 * Ends the run, the delay or the wait of the service. The reason says what is wanted of the service after that. `head` is the
 * service that takes this one along.
 */
export const leave = (service: ServiceState, reason: StopReason, head?: ServiceState): void => {
  if (service.aim === "Removed") return
  const aim = aimOf(service, reason)
  if (service.rare !== undefined) forgetOthers(service.rare)
  if (service.run === undefined) return leaveWithoutRun(service, reason, aim)
  if (isUp(service)) askToEnd(service.run, reason, head)
  else if (reason === "restart") sayIfRestarts(service)
  set(service, aim, service.run)
}

/** A removal is not taken back by a shutdown that comes meanwhile, nor at all if a layer closes. */
const aimOf = ({ aim, rare }: ServiceState, reason: StopReason): Aim =>
  aim === "Gone" && (reason === "shutdown" || rare?.isClosing === true) ? "Gone" : aimAfter[reason]

const leaveWithoutRun = (service: ServiceState, reason: StopReason, aim: Aim): void => {
  const isWanted = shallRun(service)
  if (!isWanted && aim === "Down") return // nothing is going on
  if (service.rare?.lost !== undefined) return set(service, "Over", undefined) // nothing begins when the abandoned run has settled
  if (isNext(service)) rareOf(service).waitedFor = missing(service)
  if (isWanted && isOnItsWay(service.status, reason)) {
    record(service, { ...fact(service, "ServiceStopping"), reason })
    if (!shallRun({ aim })) record(service, fact(service, "ServiceStopped"))
  }
  if (aim === "Gone") remove(service)
  else set(service, aim, undefined)
}

/** Whether the next run was on its way. A service on standby stays so if its claim is lost. */
const isOnItsWay = (status: ServiceStatus, reason: StopReason): boolean =>
  !isOver(status) && (status._tag !== "Standby" || reason !== "lease")

/** A run that was asked to end for good is followed by another run after all: a command has overtaken another one. */
export const sayIfRestarts = (service: ServiceState): void => {
  const { aim, status } = service
  if (aim === "Start" || aim === "Restart") return // that was said
  if (status._tag === "Stopping" && (status.reason === "stop" || status.reason === "remove")) {
    say(service, { level: "Info", message: restartingByHand })
  }
}

const askToEnd = (run: RunState, reason: StopReason, head?: ServiceState): void => {
  const service = run.of
  const wasEnding = isEnding(run)
  resetIfReadyLong(run)
  service.stopTime = monotonic(service.governor)
  if (wasEnding) startLimit(run)
  else beginEnding(run)
  record(service, { ...fact(service, "ServiceStopping"), reason }, head && { head: head.name })
  if (wasEnding) service.rare?.inside?.hurry() // the run was asked before, and may have less time now
  service.governor.toInterrupt.put(run)
}

/** The run hangs: the time is over that it had to be ready, or from one heartbeat to the next, or its probe has failed. */
export const timedOut = (run: RunState, error: RunTimedOut | ProbeFailed): void => {
  if (isGone(run) || isEnding(run)) return
  const { governor } = run.of
  rareOfRun(run).hung = error
  rareOfRun(run).endingSince = monotonic(governor)
  beginEnding(run)
  const cause = Cause.fail(error)
  rareOf(run.of).hung = cause
  becomeUnready(run, cause)
  governor.toInterrupt.put(run)
  attend(governor)
}

/** The run does not do its work any more: the service is not ready. */
export const becomeUnready = (run: RunState, cause: Cause.Cause<unknown>): void => {
  const service = run.of
  resetIfReadyLong(run)
  rareOfRun(run).readyAt = undefined
  if (service.status._tag === "Running") record(service, { ...fact(service, "ServiceUnready"), cause })
  else if (run.rare?.hung !== undefined) sayHung(service, cause) // no event: the service was not ready
  changed(service)
}

// --- the time a run has to end ---

/** The run is ending from now on: nobody watches whether it is alive, and it has the time of a stop. */
export const beginEnding = (run: RunState): void => {
  run.of.governor.ending++
  unwatch(run)
  startLimit(run)
}

/** Nobody watches the run any more. */
export const unwatch = ({ rare }: RunState): void => {
  rare?.watchdog?.close()
  rare?.probes?.close()
}

/** The time of the run begins now, once more if it had begun before. One that was ended by force has no more time. */
export const startLimit = (run: RunState): void => {
  if (run.rare?.killed !== undefined) return
  const { governor } = run.of
  const millis = timeToEnd(run)
  run.rare?.limit?.timer?.interruptUnsafe()
  if (millis !== undefined) rareOfRun(run).limit = { until: monotonic(governor) + millis, timer: undefined }
}

/** How long the run may take to end, in milliseconds; undefined: as long as it needs. */
const timeToEnd = (run: RunState): number | undefined => {
  const { spec } = run.of
  return isMute(run) ? 0 : run.rare?.hung === undefined ? spec.stopTimeout : spec.hangTimeout
}

/** A run that gives no heartbeat does not hear that it shall end. If it can be ended by force, that is done at once. */
const isMute = ({ rare }: RunState): boolean =>
  rare?.kill !== undefined && rare.hung?._tag === "RunTimedOut" && rare.hung.timeout === "heartbeatTimeout"

/** The run has not ended at once: it is abandoned when its time is over, and slow stops are warned of. */
export const waitForEnd = (run: RunState): void => {
  const { governor, spec: { place } } = run.of
  watchSlowStops(governor)
  const limit = run.rare?.limit
  const millis = timeToEnd(run)
  if (limit === undefined || millis === undefined || millis === Infinity) return
  if (isMute(run)) return killOrAbandon(run, millis)
  limit.timer ??= limitAfter(place.context, millis, () => {
    killOrAbandon(run, millis)
    attend(governor)
  })
}

/** The time of the run is over. */
const killOrAbandon = (run: RunState, afterMillis: number): void => {
  if (isGone(run) || !isEnding(run)) return
  if (run.rare?.kill === undefined) abandon(run, afterMillis)
  else if (run.rare.killed === undefined) kill(run, run.rare.kill, afterMillis)
}

/** How long a run may take to settle that was ended by force, in milliseconds. Nothing but the system can hold it up. */
const killMillis = 5000

/** Ends the run by force. It settles soon. */
const kill = (run: RunState, byForce: () => void, afterMillis: number): void => {
  const { governor, spec: { place } } = run.of
  const rare = rareOfRun(run)
  rare.killed = new RunKilled({ service: run.of.name, run: run.run, afterMillis })
  rare.limit?.timer?.interruptUnsafe()
  rare.limit = {
    until: monotonic(governor) + killMillis,
    timer: limitAfter(place.context, killMillis, () => {
      abandon(run, afterMillis)
      attend(governor)
    })
  }
  interruptAtOnce(run)
  if (!wasAsked(run) && !isMute(run)) { // the report tells of a stop, and a mute run was told as hung
    const message = `did not end within ${durationInWords(afterMillis)}, and is killed`
    say(run.of, { level: "Warn", message })
  }
  byForce()
}

/** What the service does as it is stopped has no more time either. */
const interruptAtOnce = (run: RunState): void => {
  if (run.rare?.onStop?.isOver !== false) return
  run.rare.onStop.fiber?.interruptUnsafe()
  run.end()
}

/** The time of the run is over: the run is left to itself. No other run begins before it has settled. */
const abandon = (run: RunState, afterMillis: number): void => {
  const service = run.of
  if (isGone(run)) return
  const { hung, limit } = run.rare ?? {}
  const error = new RunAbandoned({ service: service.name, run: run.run, afterMillis })
  const errors: Array<unknown> = hung === undefined ? [error] : [error, hung]
  const cause = Cause.fromReasons([...errors.map(Cause.makeFailReason), ...run.abandon()])
  limit?.timer?.interruptUnsafe()
  unwatch(run)
  service.governor.ending--
  if (wasAsked(run)) service.stopTime = stopMillis(service, monotonic(service.governor))
  setLost(service, { error, run, exit: undefined })
  set(service, shallRun(service) ? service.aim : "Over", undefined)
  record(service, { ...fact(service, "ServiceAbandoned"), cause })
  failed(service, cause)
  rareOf(service).abandoned = service.status
  interruptAtOnce(run)
  rareOf(service).inside?.hurry() // nobody waits for the governor inside: its services whose turn had not come are asked now, or never
}

/**
 * The time of these services is over. Services whose turn had not come, because others hung, are asked to end now. They have
 * one turn of the event loop for that.
 */
export const expire = (services: ReadonlyArray<ServiceState>, reason: StopReason, afterMillis: number): void => {
  const late = services.filter(isUp).map((service) => service.run!)
  for (const { run } of services) if (run !== undefined && wasAsked(run)) killOrAbandon(run, afterMillis)
  services.forEach(({ governor }) => attend(governor))
  if (late.length === 0) return
  const { governor } = late[0]!.of
  Effect.runForkWith(governor.context)(Effect.yieldNow).addObserver(() => {
    for (const run of late) if (!isGone(run) && isUp(run.of)) leave(run.of, reason)
    attend(governor)
    for (const run of late) killOrAbandon(run, afterMillis)
    attend(governor)
  })
}
