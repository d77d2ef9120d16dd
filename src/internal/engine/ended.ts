/**
 * What follows the end of a run.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { withCause } from "../../GovernorEvent.ts"
import { type GovernorState, isOpen } from "../lifecycle/GovernorState.ts"
import { classify, errorsOf, type Outcome } from "../lifecycle/outcome.ts"
import { isEnding, isGone, isUnclaimed, shallReturn, shallRun, wasAsked } from "../lifecycle/questions.ts"
import { stopMillis } from "../lifecycle/report.ts"
import { type Aim, rareOfRun, type RunState, type ServiceState } from "../lifecycle/ServiceState.ts"
import { becomeUnready, beginEnding, unwatch, waitForEnd } from "./end.ts"
import { beginAnew } from "./lease.ts"
import { attend } from "./loop.ts"
import { over, remove, removeIfOver } from "./over.ts"
import { becomeReady, fact, monotonic, now, record, say, set, setLost, tellCrash } from "./record.ts"
import { failedThrough, forget, resetIfReadyLong, restartOrNot, takeOthersDown } from "./restart.ts"

type RunExit = Exit.Exit<unknown, unknown>

/** The run has settled: its fiber has exited, its scope is closed. */
export const ended = (run: RunState, exit: RunExit): void => {
  if (isGone(run)) settledLate(run, exit)
  else {
    if (isEnding(run)) run.of.governor.ending--
    run.rare?.limit?.timer?.interruptUnsafe()
    unwatch(run)
    if (wasAsked(run)) endedAsAsked(run, exit)
    else endedByItself(run, exit)
  }
  attend(run.of.governor)
}

/**
 * The run ends by itself, and takes its time: its finalizers still work, or its fiber does not heed its interruption. A
 * crash is told at once. The run has the time of a stop.
 */
export const endingItself = (run: RunState, exit: RunExit): void => {
  const service = run.of
  if (isGone(run) || isEnding(run)) return
  const outcome = classify(exit, rareOfRun(run).isOverForGood)
  beginEnding(run)
  rareOfRun(run).endsItself = true
  rareOfRun(run).endingSince = monotonic(service.governor)
  if (outcome.cause === undefined) resetIfReadyLong(run) // once it is abandoned, nobody knows any more how long it was ready
  else {
    rareOfRun(run).crash = outcome.cause
    becomeUnready(run, outcome.cause)
    tellCrash(service, outcome.cause)
  }
  if (outcome.restart) takeOthersDown(run, exitOf(outcome))
  waitForEnd(run)
  attend(service.governor)
}

/** As `endingItself`, if other services restart with this one. Returns whether there are others. */
export const endingWithOthers = (run: RunState, exit: RunExit): boolean => {
  if (isGone(run) || isEnding(run)) return false
  const outcome = classify(exit, run.rare?.isOverForGood)
  if (!outcome.restart || !takeOthersDown(run, exitOf(outcome))) return false
  endingItself(run, exit)
  return true
}

// --- the run was not asked to end ---

const endedByItself = (run: RunState, exit: RunExit): void => {
  const { governor, rare } = run.of
  const outcome = outcomeOf(run, exit)
  const time = now(governor) // one time for all these events: to read the clock takes a tenth of a restart
  tellOutcome(run, outcome, time)
  if (outcome.restart && isOpen(governor) && rare?.isClosing !== true) {
    return restartOrNot(run.of, {
      exit: exitOf(outcome),
      outcome,
      time,
      isLate: false,
      revives: []
    })
  }
  over(run.of, outcome, time)
  if (run.of.aim !== "Removed" && isLeaving(run.of)) remove(run.of) // not if the service was significant, and a shutdown begins now
}

/** What the restart policy sees of the end of a run. */
const exitOf = ({ cause }: Outcome): RunExit => cause === undefined ? Exit.void : Exit.failCause(cause)

/** A hung run has crashed with `RunTimedOut`. What the run itself failed with comes second. */
const outcomeOf = ({ rare }: RunState, exit: RunExit): Outcome => {
  const outcome = classify(exit, rare?.isOverForGood)
  if (rare?.hung === undefined) return outcome
  const reasons = [Cause.makeFailReason<unknown>(rare.hung), ...(errorsOf(exit)?.reasons ?? [])]
  return { _tag: "Crashed", restart: outcome.restart, cause: Cause.fromReasons(reasons) }
}

const tellOutcome = (run: RunState, outcome: Outcome, time: number): void => {
  const service = run.of
  if (outcome._tag === "Completed") {
    becomeReady(run, time) // a run that completes was ready, at the latest now
    record(service, fact(service, "ServiceCompleted", time))
  } else if (run.rare?.crash === undefined) {
    tellCrash(service, outcome.cause, time)
  }
}

/** A service whose layer closes is removed as soon as it has no run. In a shutdown it stays for the report. */
const isLeaving = ({ governor, rare }: ServiceState): boolean => rare?.isClosing === true && isOpen(governor)

// --- the run was asked to end ---

const byHand = { isByHand: true }

const endedAsAsked = (run: RunState, exit: RunExit): void => {
  const service = run.of
  const { crash } = run.rare ?? {}
  const errors = killedOr(run, errorsOf(exit))
  const aim = isLeaving(service) ? "Gone" : service.aim
  const time = now(service.governor) // one time for both events
  service.stopTime = stopMillis(service, monotonic(service.governor))
  if (crash === undefined) record(service, withCause(fact(service, "ServiceInterrupted", time), errors))
  if (!shallRun({ aim }) || aim === "Group" || aim === "Bound") tellStopped(run, aim, errors, time)
  if (aim === "Gone") return remove(service)
  if (aim === "Group" && service.spec.isTemporary) {
    set(service, "Over", undefined)
    return removeIfOver(service)
  }
  if (aim === "Start") forget(service)
  set(service, aim, undefined)
}

/** One that was ended by force has failed, though it is down as it was asked to be. */
const tellStopped = (run: RunState, aim: Aim, errors: Cause.Cause<unknown> | undefined, time: number): void => {
  const service = run.of
  if (errors !== undefined && run.rare?.killed !== undefined && aim === "Down") {
    return record(service, { ...fact(service, "ServiceFailed", time), cause: errors })
  }
  const isByHand = aim === "Down" && isOpen(service.governor)
  record(service, withCause(fact(service, "ServiceStopped", time), errors), isByHand ? byHand : undefined)
}

/** That the run was ended by force comes before what it failed with. */
const killedOr = ({ rare }: RunState, errors: Cause.Cause<unknown> | undefined): Cause.Cause<unknown> | undefined =>
  rare?.killed === undefined
    ? errors
    : Cause.fromReasons([Cause.makeFailReason<unknown>(rare.killed), ...(errors?.reasons ?? [])])

// --- abandoned runs ---

/** Tells a failure that nobody waits for: of an abandoned run, or of an effect that outlived its run. */
export const failedLate = (run: RunState, all: Cause.Cause<unknown>): void => {
  const service = run.of
  const cause = errorsOf(Exit.failCause(all))
  if (cause === undefined) return
  if (service.aim === "Removed") { // there may be another service of that name
    say(service, { level: "Error", message: "failed late, after the service was removed", cause })
  } else record(service, { ...fact(service, "LateFailure"), run: run.run, cause })
  attend(service.governor)
}

/**
 * An abandoned run has settled: no next run can overlap it any more. If the service is still wanted up, the run has
 * crashed.
 */
const settledLate = (run: RunState, exit: RunExit): void => {
  const service = run.of
  const { crash, hung, told } = run.rare ?? {}
  if (exit._tag === "Failure") failedLate(run, Cause.fromReasons(exit.cause.reasons.filter((one) => !told?.has(one))))
  const lost = service.rare?.lost
  if (lost?.run !== run) return
  const outcome = outcomeOf(run, exit)
  const cause = hung === undefined ? errorsOf(exit) ?? Cause.fail(lost.error) : Cause.fail(hung)
  if (isWanted(service) && crash === undefined) tellCrash(service, cause)
  if (!outcome.restart) set(service, "Over", undefined) // the run has said so
  lostRunSettled(service, Exit.failCause(cause))
}

/** A run of a governor inside was abandoned, and has settled now. */
export const lostInsideSettled = (service: ServiceState): void => {
  const { lost, inside } = service.rare ?? {}
  if (inside?.lost() !== undefined) return
  if (lost === undefined) return tellSettledLate(service.governor)
  if (lost.run !== undefined) return
  lostRunSettled(service, lost.exit)
  attend(service.governor)
}

/** Tells the process, and the run that the governor is in. */
const tellSettledLate = (governor: GovernorState): void => {
  governor.settledLate?.()
  governor.nest?.found()
}

/** The abandoned run has settled. The restart policy decides, or the next run begins if one waits. */
const lostRunSettled = (service: ServiceState, exit: RunExit | undefined): void => {
  setLost(service, undefined)
  tellSettledLate(service.governor)
  if (isLeaving(service)) return remove(service)
  if (isUnclaimed(service) && isOpen(service.governor) && shallReturn(service)) return beginAnew(service)
  if (!isWanted(service) || exit === undefined) {
    set(service, service.aim, undefined)
    return service.aim === "Over" ? removeIfOver(service) : undefined
  }
  const revives = failedThrough(service)
  restartOrNot(service, { exit, outcome: classify(exit), time: now(service.governor), isLate: true, revives })
}

const isWanted = (service: ServiceState): boolean =>
  shallRun(service) && isOpen(service.governor) && service.rare?.isClosing !== true && !isUnclaimed(service)
