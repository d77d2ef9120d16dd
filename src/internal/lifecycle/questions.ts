/**
 * What may happen to a service, from its state alone. Pure.
 */
import { isOpen } from "./GovernorState.ts"
import type { RunState, ServiceState } from "./ServiceState.ts"

/** Whether a shutdown has to wait for the service: it runs, or is to run. */
export const isActive = ({ aim, rare, run }: ServiceState): boolean =>
  run !== undefined || (aim === "Up" && rare?.lost === undefined)

/** Whether the service waits for its next run, and not for a delay. */
export const isNext = ({ aim, delay, rare, run }: ServiceState): boolean =>
  aim === "Up" && run === undefined && delay === undefined && rare?.lost === undefined

/** Whether the next run may begin. */
export const mayBegin = (service: ServiceState): boolean => {
  const { governor, rare } = service
  return isNext(service) && isOpen(governor) &&
    (rare === undefined || (rare.holds === 0 && rare.unready === 0 && !rare.isClosing))
}

/** Whether the service waits for a dependency that will never be ready. */
export const isInVain = (service: ServiceState): boolean =>
  service.rare !== undefined && service.rare.failed > 0 && isNext(service) && isOpen(service.governor)

/** Whether a run is there that nobody has asked to end, though it may be hung. */
export const isUp = ({ run }: ServiceState): boolean => run?.state === "Up"

/** Whether the run was asked to end, hangs, or has ended but for its finalizers. */
export const isEnding = ({ rare, state }: RunState): boolean =>
  state === "Asked" || (rare !== undefined && (rare.hung !== undefined || rare.exit !== undefined))

/** Whether a run is there that has ended but for its finalizers. */
export const hasExited = ({ run }: ServiceState): boolean => run?.rare?.exit !== undefined

/** Whether a run is there that does its work, as far as is known. */
export const isLive = ({ run }: ServiceState): boolean =>
  run?.state === "Up" && (run.rare === undefined || (run.rare.hung === undefined && run.rare.crash === undefined))

/** Whether the service was never started. */
export const isPending = ({ aim, status }: ServiceState): boolean => aim === "Down" && status._tag === "Pending"

/** How long a run may still take to end, in milliseconds; `now` is monotonic. */
export const timeLeft = (run: RunState, now: number): number => {
  if (run.state === "Over") return 0
  const own = run.limit?.until ?? Infinity
  const all = run.state === "Asked" ? run.service.governor.shutdown.until : Infinity
  return Math.min(own, all) - now
}
