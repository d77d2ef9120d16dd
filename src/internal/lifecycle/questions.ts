/**
 * What may happen to a service. Pure: only the records are read.
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type { Fiber } from "effect/Fiber"
import { ServiceRun } from "../../ServiceRun.ts"
import { type GovernorState, isOpen } from "./GovernorState.ts"
import { Queue } from "./Queue.ts"
import type { Aim, RunState, ServiceState } from "./ServiceState.ts"

/** Whether the service shall run. */
export const shallRun = ({ aim }: { readonly aim: Aim }): boolean => {
  switch (aim) {
    case "Start":
    case "Restart":
    case "Policy":
    case "Group":
    case "Bound":
      return true
    case "Down":
    case "Over":
    case "Gone":
    case "Removed":
      return false
  }
}

/** Whether a shutdown has to wait for the service: the service runs, or shall run. */
export const isActive = (service: ServiceState): boolean =>
  service.run !== undefined || (shallRun(service) && service.rare?.lost === undefined)

/** Whether the delay before the next run is not over. */
export const isDelayed = ({ wait }: ServiceState): boolean => wait !== undefined && !(wait instanceof Queue)

/** Whether the service waits for its next run, and not for a delay. */
export const isNext = (service: ServiceState): boolean =>
  service.run === undefined && shallRun(service) && !isDelayed(service) && service.rare?.lost === undefined

/** Whether the next run may begin. */
export const mayBegin = (service: ServiceState): boolean =>
  mayEnter(service) && (service.rare?.lease === undefined || service.rare.lease.epoch !== undefined)

/** Whether nothing but a lease keeps the next run from beginning. */
const mayEnter = (service: ServiceState): boolean => {
  const { governor, rare } = service
  return isNext(service) && isOpen(governor) && !governor.isHeldBack &&
    (rare === undefined || (rare.holds === 0 && rare.unready === 0 && !rare.isClosing))
}

// --- services that a cluster places ---

/** Whether a cluster places the service, and this governor does not have the claim. */
export const isUnclaimed = ({ rare }: ServiceState): boolean => rare?.lease?.isClaimed === false

/** Whether the service shall run where it is claimed next: nobody has stopped it, though it may be over by itself. */
export const shallReturn = (service: ServiceState): boolean => shallRun(service) || service.aim === "Over"

/** Whether the next run may enter the gate. */
export const mayPass = (service: ServiceState): boolean => !isUnclaimed(service) && mayEnter(service)

/** Whether the next run waits for the claim, or is in the gate. What it depends on is of no interest before the claim. */
export const isOnStandby = (service: ServiceState): boolean => {
  const { governor, rare } = service
  return rare?.lease !== undefined && rare.lease.epoch === undefined && rare.holds === 0 && rare.blocks === 0 &&
    !rare.isClosing && isNext(service) && isOpen(governor) && (isUnclaimed(service) || rare.unready === 0)
}

// --- what a service waits for ---

/** Whether the service waits for a dependency that will never be ready. */
export const isInVain = (service: ServiceState): boolean =>
  service.rare !== undefined && service.rare.failed > 0 && isNext(service) && isOpen(service.governor) &&
  !isUnclaimed(service)

/** Whether the next run waits for dependencies, and for nothing else. */
export const isWaiting = (service: ServiceState): boolean => {
  const { governor, rare } = service
  return rare !== undefined && rare.unready > 0 && rare.failed === 0 && rare.holds === 0 && rare.blocks === 0 &&
    !rare.isClosing && isNext(service) && isOpen(governor) && !isUnclaimed(service)
}

/** Whether the service runs, and is bound to a service that is not ready. */
export const isAdrift = (service: ServiceState): boolean => {
  const { governor, rare } = service
  return rare !== undefined && rare.unbound > 0 && isUp(service) && isOpen(governor)
}

// --- runs ---

/** Whether the run has settled, or was abandoned. */
export const isGone = (run: RunState): boolean => run.of.run !== run

/** Whether a command, or the governor, has asked the run to end. */
export const wasAsked = (run: RunState): boolean => !isGone(run) && run.of.status._tag === "Stopping"

/** Whether a run is there that was not asked to end. The run may hang. */
export const isUp = ({ run, status }: ServiceState): boolean => run !== undefined && status._tag !== "Stopping"

/** Whether the run was asked to end, hangs, or ends by itself. */
export const isEnding = (run: RunState): boolean =>
  wasAsked(run) || (run.rare !== undefined && (run.rare.hung !== undefined || run.rare.endsItself))

/** Whether the run is to do what its service has as `onStop`: the run was asked to end, and does not end by itself. */
export const hasToStop = (run: RunState): boolean =>
  run.of.spec.options.onStop !== undefined && isEnding(run) &&
  (run.rare === undefined || (!run.rare.endsItself && run.rare.exit === undefined && run.rare.onStop === undefined))

/** Whether a run is there that ends by itself, and takes its time. */
export const endsByItself = ({ run }: ServiceState): boolean => run?.rare?.endsItself === true

/** Whether a run is there that does its work: it was not asked to end, does not hang and has not crashed. */
export const isLive = (service: ServiceState): boolean => {
  const rare = service.run?.rare
  return isUp(service) && (rare === undefined || (rare.hung === undefined && rare.crash === undefined))
}

/** Whether the fiber belongs to a run of this service or governor, or inside of one: it would wait for itself. */
export const isFiberOf = ({ context }: Fiber<unknown, unknown>, other: ServiceState | GovernorState): boolean =>
  Context.get(context, ServiceRun).nest?.isWithin(other) === true

/** Whether the service was never started, or was asked to end before its first run. */
export const isPending = ({ aim, status }: ServiceState): boolean => aim === "Down" && status._tag === "Pending"

/** Whether the service was ever started, if only to wait. */
export const wasStarted = (service: ServiceState): boolean =>
  !isPending(service) || service.rare?.waitedFor !== undefined

/** How long a run may still take to end, in milliseconds; `now` is monotonic. */
export const timeLeft = (run: RunState, now: number): number => {
  if (isGone(run)) return 0
  const own = run.rare?.limit?.until ?? Infinity
  const all = wasAsked(run) ? run.of.governor.shutdown.until : Infinity
  return Math.min(own, all) - now
}

/**
 * What a run failed with, or why the latest run hung; undefined once a run is ready after that, or after a start by
 * hand.
 */
export const failureOf = ({ rare, readyRun, status }: ServiceState): Cause.Cause<unknown> | undefined => {
  if (rare?.hung !== undefined) return rare.hung
  const { lastFailure } = status
  return lastFailure !== undefined && lastFailure.run >= readyRun && lastFailure.run > -readyRun
    ? lastFailure.cause
    : undefined
}
