/**
 * One turn of a governor: what follows from what has happened, until nothing is left to do.
 */
import * as Descent from "../lifecycle/Descent.ts"
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { endsByItself, isEnding, isGone, isUp } from "../lifecycle/questions.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"
import { begin, failInVain } from "./begin.ts"
import { detach } from "./binding.ts"
import { endForLayer, unblock } from "./closing.ts"
import { leave, waitForEnd } from "./end.ts"
import { endingItself } from "./ended.ts"
import { isReady, letGo } from "./group.ts"
import { standBy } from "./lease.ts"
import { beginShutdown, finishShutdown, leaveForGood, reportOfAllOver } from "./shutdown.ts"
import { tellWaits } from "./waits.ts"

export const settle = (governor: GovernorState): void => {
  do {
    // Services that are to go down, or wait in vain, do so before anything begins that might depend on them.
    while (
      closeNext(governor) || failNext(governor) || interruptNext(governor) || detachNext(governor) ||
      takeTurn(governor) || letGoNext(governor)
    );
    governor.outbox.flush()
    // One service at a time: what its first synchronous stretch brings about comes before the next service.
  } while (beginNext(governor) || standByNext(governor) || (governor.waits.size > 0 && tellWaits(governor)))
  conclude(governor)
}

/** A shutdown that was asked for begins. */
const closeNext = (governor: GovernorState): boolean => {
  const { request, state } = governor.shutdown
  if (request === undefined || state._tag !== "Open") return false
  beginShutdown(governor)
  return true
}

const failNext = ({ vain }: GovernorState): boolean => {
  const service = vain.take()
  if (service !== undefined) failInVain(service)
  return service !== undefined
}

const detachNext = ({ adrift }: GovernorState): boolean => {
  const service = adrift.take()
  if (service !== undefined) detach(service)
  return service !== undefined
}

/** A service whose turn has come in one of the descents. */
const takeTurn = ({ descents }: GovernorState): boolean => {
  for (const descent of descents) {
    const service = descent.turns.take()
    if (service === undefined) continue
    endInTurn(descent, service)
    Descent.hadTurn(descent, service)
    return true
  }
  return false
}

const endInTurn = (descent: Descent.Descent, service: ServiceState): void => {
  switch (descent._tag) {
    case "Group":
      return descent.members.has(service) && isUp(service) && !endsByItself(service)
        ? leave(service, "strategy", descent.head)
        : undefined
    case "Closing":
      return endForLayer(descent, service)
    case "Shutdown":
      return leaveForGood(service)
  }
}

/** Interrupts a run that has to end, once subscribers have heard why. */
const interruptNext = ({ outbox, toInterrupt }: GovernorState): boolean => {
  const run = toInterrupt.take()
  if (run === undefined) return false
  outbox.flush()
  if (!isGone(run)) run.end()
  if (isGone(run)) return true
  if (isEnding(run)) waitForEnd(run)
  else endingItself(run, run.failure())
  return true
}

/** A group or a closing layer that is done lets go of its services. */
const letGoNext = (governor: GovernorState): boolean => {
  const { descents } = governor
  if (descents.length === 0) return false
  const done = descents.find((descent) => descent._tag === "Group" ? isReady(descent) : Descent.isDone(descent))
  if (done === undefined) return false
  governor.descents = descents.filter((other) => other !== done)
  if (done._tag === "Group") letGo(done)
  else if (done._tag === "Closing") unblock(done)
  return true
}

const beginNext = ({ starts }: GovernorState): boolean => {
  const service = starts.take()
  if (service === undefined) return false
  if (service.wait !== starts) return true // the service has another place by now
  service.wait = undefined
  begin(service)
  return true
}

/** A service that a cluster places, and that has changed. */
const standByNext = ({ leases }: GovernorState): boolean => {
  const service = leases.take()
  if (service !== undefined) standBy(service)
  return service !== undefined
}

/** Nothing is left to do: answers the callers that wait for this. */
const conclude = (governor: GovernorState): void => {
  if (governor.ending === 0 && governor.slowStops !== undefined) {
    governor.slowStops.interruptUnsafe()
    governor.slowStops = undefined
  }
  if (governor.active === 0) nobodyIsActive(governor)
  if (governor.answers.length > 0) answer(governor)
}

const nobodyIsActive = (governor: GovernorState): void => {
  const { idlers, release, shutdown } = governor
  governor.slowWaits?.interruptUnsafe()
  finishShutdown(governor)
  governor.release = undefined
  release?.(shutdown.state._tag === "Closed" ? shutdown.state.report : reportOfAllOver(governor))
  if (idlers.length === 0) return
  governor.idlers = []
  idlers.forEach((resume) => resume())
}

const answer = (governor: GovernorState): void => {
  const { answers } = governor
  governor.answers = []
  answers.forEach((call) => call())
}
