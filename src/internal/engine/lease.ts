/**
 * Services that a cluster places. The governor runs such a service only while it has the claim, and each run passes a gate before
 * it begins: the lease is confirmed there, and the run gets its epoch.
 */
import * as Effect from "effect/Effect"
import { type GovernorState, isOpen } from "../lifecycle/GovernorState.ts"
import { isOnStandby, mayPass, shallReturn, shallRun } from "../lifecycle/questions.ts"
import { forgetOthers, type Lease, type ServiceState } from "../lifecycle/ServiceState.ts"
import { leave } from "./end.ts"
import { attend } from "./loop.ts"
import { changed, fact, record, say, set } from "./record.ts"
import { forget } from "./restart.ts"

/** The process is in its cluster: what was started meanwhile begins. */
export const letIn = (governor: GovernorState): void => {
  governor.isHeldBack = false
  for (const service of Array.from(governor.services.values())) changed(service)
}

/** The service may run here from now on. */
export const claim = (service: ServiceState): void => {
  const lease = service.rare?.lease
  if (lease === undefined) return
  lease.isClaimed = true
  changed(service)
}

/**
 * The service must not run here any more: it ends, and stands by, also if it was over by itself. As the process leaves its
 * cluster, it only ends.
 */
export const lose = (service: ServiceState): void => {
  const { governor, rare } = service
  if (rare?.lease === undefined) return
  rare.lease.isClaimed = false
  closeGate(rare.lease)
  if (!isOpen(governor) || governor.isHeldBack || rare.isClosing) return
  const isGone = service.run === undefined && rare.lost === undefined
  if (shallRun(service)) leave(service, "lease")
  if (isGone && shallReturn(service)) beginAnew(service)
}

/** The service begins anew when it is claimed again: nothing that was counts any more. */
export const beginAnew = (service: ServiceState): void => {
  forget(service)
  if (service.rare !== undefined) forgetOthers(service.rare)
  set(service, "Start", undefined)
}

/** The service has changed. Its next run stands by, or enters the gate. */
export const standBy = (service: ServiceState): void => {
  const lease = service.rare!.lease!
  if (!mayPass(service)) closeGate(lease)
  if (isOnStandby(service) && service.status._tag !== "Standby") record(service, fact(service, "ServiceStandby"))
  if (mayPass(service) && lease.passing === undefined && lease.epoch === undefined) enter(service, lease)
}

/** What has let a run through does not hold for a later one. */
const closeGate = (lease: Lease): void => {
  const { passing } = lease
  lease.passing = lease.epoch = undefined
  passing?.interruptUnsafe()
}

const enter = (service: ServiceState, lease: Lease): void => {
  const fiber = lease.passing = Effect.runForkWith(service.spec.place.context)(lease.gate)
  fiber.addObserver((exit) => {
    if (lease.passing !== fiber) return
    lease.passing = undefined
    if (exit._tag === "Success") {
      lease.epoch = exit.value
      changed(service)
    } else say(service, { level: "Error", message: "its lease could not be confirmed", cause: exit.cause })
    attend(service.governor)
  })
}
