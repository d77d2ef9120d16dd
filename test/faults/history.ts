/** What the events of one service may say, one after another: a table, and the fold over it. Pure. */
import type { GovernorEvent } from "../../src/index.ts"

type Tag = GovernorEvent.ServiceEvent["_tag"]

/** What is told. `Paused`: a `ServiceUnready` of a run that goes on. */
type Turn = Tag | "Paused"

/** What is known of a service by its events alone. */
export type Stage =
  | "absent"
  | "pending"
  | "waiting"
  | "unready"
  | "ready"
  | "hung"
  | "stopping"
  | "completed"
  | "crashed"
  | "stopping, crashed"
  | "interrupted"
  | "restarted too often"
  | "delayed"
  | "called off"
  | "over"
  | "over for good"
  | "given up"
  | "lost"
  | "lost inside"

/** What may come in each stage, and where it leads. `LateFailure` may come at any time. */
const legal: { readonly [S in Stage]: { readonly [T in Turn]?: Stage } } = {
  absent: { ServiceAdded: "pending" },
  pending: {
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceRemoved: "absent"
  },
  waiting: {
    ServiceWaiting: "waiting", // for others than before
    ServiceStarting: "unready",
    ServiceStopping: "called off",
    ServiceFailed: "over for good"
  },
  unready: {
    ServiceReady: "ready",
    Paused: "unready", // before it was ready, or for another reason
    ServiceCrashed: "crashed",
    ServiceStopping: "stopping",
    ServiceAbandoned: "given up" // it was never ready, and did not end in time
  },
  ready: {
    ServiceUnready: "hung",
    Paused: "unready",
    ServiceCompleted: "completed",
    ServiceCrashed: "crashed",
    ServiceStopping: "stopping",
    ServiceAbandoned: "given up" // it has returned, and its finalizers did not end in time
  },
  hung: { ServiceCrashed: "crashed", ServiceStopping: "stopping", ServiceAbandoned: "given up" },
  stopping: { ServiceInterrupted: "interrupted", ServiceAbandoned: "given up" },
  completed: {
    RestartScheduled: "delayed",
    RestartLimitExceeded: "restarted too often",
    ServiceStopped: "over for good"
  },
  // Its finalizers may still work.
  crashed: {
    RestartScheduled: "delayed",
    RestartLimitExceeded: "restarted too often",
    ServiceFailed: "over for good",
    ServiceStopping: "stopping, crashed",
    ServiceAbandoned: "given up"
  },
  "stopping, crashed": {
    ServiceStopped: "over",
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceStopping: "called off",
    ServiceAbandoned: "given up",
    ServiceRemoved: "absent"
  },
  "restarted too often": { ServiceFailed: "over for good" },
  // Restarted by hand, it may wait for a dependency, which may fail, or be stopped after all.
  interrupted: {
    ServiceStopped: "over",
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceStopping: "called off",
    ServiceRemoved: "absent"
  },
  delayed: {
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceStopping: "called off",
    ServiceFailed: "over for good"
  },
  "called off": {
    ServiceStopped: "over",
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceStopping: "called off"
  },
  over: {
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceRemoved: "absent"
  },
  // It ended by itself, and was not stopped.
  "over for good": {
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceRemoved: "absent"
  },
  "given up": { ServiceFailed: "lost" },
  // Once its run has settled it may restart.
  lost: {
    ServiceCrashed: "lost",
    RestartLimitExceeded: "lost",
    RestartScheduled: "delayed",
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceRemoved: "absent"
  },
  // The same, once the run in the governor inside has settled.
  "lost inside": {
    RestartLimitExceeded: "lost inside",
    RestartScheduled: "delayed",
    ServiceWaiting: "waiting",
    ServiceStarting: "unready",
    ServiceFailed: "over for good",
    ServiceRemoved: "absent"
  }
}

/** Whether a service may be left in this stage when all is over. */
export const isEnd = (stage: Stage): boolean => stage === "absent" || stage === "pending" || isOutcome(stage)

/**
 * Whether the report of the shutdown names a service that is in this stage in the end. One that leaves when it is over is
 * named only if it did not end by itself.
 */
export const isOutcome = (stage: Stage, removeWhenOver = false): boolean =>
  stage === "over" || stage === "lost" || stage === "lost inside" || (stage === "over for good" && !removeWhenOver)

export interface Story {
  readonly stage: Stage
  /** The number of its latest run. */
  readonly run: number
}

export const unborn: Story = { stage: "absent", run: 0 }

/** What the story needs of an event. */
interface Told {
  readonly _tag: Tag
  readonly run: number
  /** Whether the service has failed because a run in a governor inside of it was abandoned. */
  readonly isLostInside?: boolean
  /** Whether a run that is not ready goes on: it, or its readiness probe, has said so. */
  readonly isPaused?: boolean
}

/** The story so far with one more event; or, as a text, why that cannot be. */
export const tell = (story: Story, { _tag, isLostInside = false, isPaused = false, run }: Told): Story | string => {
  if (_tag === "LateFailure") {
    return run >= 1 && (run <= story.run || story.stage === "absent")
      ? story
      : `of run ${run}`
  }
  const next = legal[story.stage][isPaused ? "Paused" : _tag]
  const stage = isLostInside && next === "over for good" ? "lost inside" : next
  if (stage === undefined) return `while ${story.stage}`
  const expected = _tag === "ServiceStarting" ? story.run + 1 : _tag === "ServiceAdded" ? 0 : story.run
  return run === expected ? { stage, run } : `of run ${run}, after run ${story.run}`
}
