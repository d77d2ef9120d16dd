/** Rules 4 and 21: whether, and when, a run that ended by itself is followed by another. */
import type { Delay } from "./commands.ts"
import type { End, Run, Service } from "./world.ts"

export type Verdict = "over" | "too many" | { readonly delay: number }

export const decide = (service: Service, how: End, now: number, isHeld: boolean): Verdict => {
  const { policy } = service
  if (policy === undefined || (policy._tag === "OnFailure" && how === "complete")) return "over"

  if (isHeld) return { delay: 0 } // it belongs to a group: it adds nothing

  const { delay, maxRestarts = Infinity, within = Infinity } = policy
  const recent = [...service.ends.filter((end) => now - end < within), now]
  if (recent.length > maxRestarts) return "too many"

  service.ends = recent
  const millis = delays(delay, service.step++)
  return millis === undefined ? "over" : { delay: millis }
}

/** Whether its policy lets it run again, as far as can be said before its delay is asked for. */
export const wouldRestart = ({ ends, policy }: Service, how: End, now: number): boolean => {
  if (policy === undefined || (policy._tag === "OnFailure" && how === "complete")) return false
  const { maxRestarts = Infinity, within = Infinity } = policy
  return ends.filter((end) => now - end < within).length < maxRestarts
}

/** Called as a run ends, or is asked to: if it stayed ready for `resetAfter`, all is forgotten. */
export const resetIfReadyLong = (service: Service, { readyAt }: Run, now: number): void => {
  const { resetAfter = 60_000 } = service.policy ?? {}
  if (readyAt !== undefined && now - readyAt >= resetAfter) forget(service)
}

/** The limits start from zero, and so does the schedule. */
export const forget = (service: Service): void => {
  service.ends = []
  service.step = 0
}

const delays = (delay: Delay, step: number): number | undefined => delay === "doubling" ? [100, 200, 400][step] : delay
