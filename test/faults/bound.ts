/** Whether a service may run that is bound to another, by what was told of the other. Pure. */
import type { ServiceStatus } from "../../src/index.ts"
import { dependenciesIn, type Options } from "./conduct.ts"
import type { Stage } from "./history.ts"

/** What the books have of the other service. */
export interface Other {
  readonly stage: Stage
  readonly status: Status | undefined
  /** It is ready once it has completed. */
  readonly hasToComplete: boolean
}

type Status = Pick<ServiceStatus.ServiceStatus, "_tag" | "run"> & {
  readonly outcome?: "Completed" | "Stopped"
  readonly cause?: unknown
}

/** It is ready, or has completed and was not stopped. */
export const mayHold = ({ hasToComplete, stage, status }: Other): boolean => {
  if (status === undefined || status._tag === "Failed") return false
  if (status._tag === "Stopped") return status.outcome === "Completed"
  if (hasToComplete) return status.run > 0
  return stage === "ready" || stage === "completed" || (status._tag === "Backoff" && status.cause === undefined)
}

/** By its name, what a service depends on. */
type Below = (service: string) => Pick<Options, "bindsTo" | "dependsOn">

/**
 * Those that stay up though they have lost what they are bound to: others go down before. These are bound to them, or, where a
 * closing layer ends them in order, depend on them. `there`: those that may have a run.
 */
export const heldBy = (
  there: ReadonlyArray<string>,
  below: Below,
  isClosing: (service: string) => boolean
): ReadonlySet<string> =>
  new Set(there.flatMap((service) => {
    const { bindsTo = [], dependsOn = [] } = below(service)
    return [...bindsTo, ...dependsOn.filter(isClosing)]
  }))

/** The service, and those of these that depend on it, directly or through others. */
export const withAbove = (service: string, all: ReadonlyArray<string>, below: Below): ReadonlySet<string> => {
  const found = new Set([service])
  for (const one of found) {
    for (const other of all) if (dependenciesIn(below(other)).includes(one)) found.add(other)
  }
  return found
}
