/** Whether a service may begin that is bound to another, by what was told of the other. Pure. */
import type { ServiceStatus } from "../../src/index.ts"
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
