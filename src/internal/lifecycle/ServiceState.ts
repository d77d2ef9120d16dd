/**
 * All that the engine knows of one service: a plain record. The functions of `engine/` change it; those of `lifecycle/` read
 * it and decide.
 */
import type * as Cause from "effect/Cause"
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { ProbeFailed, RunAbandoned, RunKilled, RunTimedOut } from "../../GovernorError.ts"
import type { Contained } from "../../ServiceRun.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { Wish } from "../Cluster.ts"
import type { Waiters } from "../telling/Waiters.ts"
import type { GovernorState } from "./GovernorState.ts"
import type { Memory } from "./Memory.ts"
import type { Queue } from "./Queue.ts"
import type { Spec } from "./spec.ts"
import type { Standing } from "./standing.ts"

/** What is wanted of a service. The latest command wins. */
export type Aim =
  /**
   * `start` was called: the service shall run. The count of restarts begins again, and the policy has forgotten
   * everything.
   */
  | "Start"
  /** `restart` was called: the service shall run. Nothing is counted. */
  | "Restart"
  /** The restart policy says that the service shall run. */
  | "Policy"
  /** The service shall run again with the one that took it down. */
  | "Group"
  /** The service shall run again when the services are ready that it is bound to. Nothing is counted. */
  | "Bound"
  /** The service was never started, or was stopped. */
  | "Down"
  /** The service ended by itself for good, or failed with a dependency. */
  | "Over"
  /** The service shall be removed once it has no run. */
  | "Gone"
  /** The service was removed. */
  | "Removed"

/** A class, for there may be 100,000 of them. It has no methods: it is a record. */
export class ServiceState {
  /** What each run does. */
  readonly effect: Effect.Effect<unknown, unknown>
  /** How the service is supervised: one object for all services that say the same. */
  readonly spec: Spec
  /** The fold of the service's events. */
  status: ServiceStatus
  aim: Aim = "Down"
  /** The run that is there: it has not settled, and was not abandoned. */
  run: RunState | undefined = undefined
  /** The delay before the next run; or the queue in which the service waits for its turn to begin. */
  wait: Delay | Queue<ServiceState> | Queue<ServiceState | GovernorState> | undefined = undefined
  /**
   * The number of the latest run that was ready since the last start by hand. If none was: the negative number of the
   * latest run whose failure does not count any more, or 0.
   */
  readyRun = 0
  /**
   * While the latest run stops: the monotonic time at which the stop began. After that: how long the stop took. In
   * milliseconds; undefined: there was no stop.
   */
  stopTime: number | undefined = undefined
  /** Fields that most services never need: made on first use. */
  rare: Rare | undefined = undefined

  constructor(name: string, effect: Effect.Effect<unknown, unknown>, spec: Spec, since: number) {
    this.effect = effect
    this.spec = spec
    this.status = { _tag: "Pending", name, run: 0, restarts: 0, crashes: 0, since }
  }

  get name(): string {
    return this.status.name
  }

  get governor(): GovernorState {
    return this.spec.governor
  }
}

/** What is known of a service that a cluster places: the governor runs it only while it has the claim. */
export interface Lease {
  /** What each run has to pass: confirms that the service may run here, and gives the epoch of the run. */
  readonly gate: Effect.Effect<number>
  /** A command by hand, which the cluster hears of at once. The result returns when the command is carried out there. */
  readonly wish: (wish: Wish) => Effect.Effect<void>
  /** The governor does not have the service any more. */
  readonly forget: () => void
  isClaimed: boolean
  /** The fiber that is in the gate. */
  passing: Fiber.Fiber<number> | undefined
  /** The epoch of the next run, once that has passed the gate. */
  epoch: number | undefined
}

/** A delay: the fiber that sleeps, or that asks the restart schedule. */
export interface Delay {
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

/** Fields that few services need. */
export interface Rare {
  memory: Memory | undefined
  waiters: Waiters<ServiceState> | undefined
  /** Only a service that a cluster places has one. */
  lease: Lease | undefined
  /** How many groups hold the service. The next run begins when none does. */
  holds: number
  /** A group has let go of the service: the next run begins in the order of the group, as a restart. */
  isOfGroup: boolean
  /** How many closing layers are to end the service. Until they are done, nothing begins that depends on it. */
  blocks: number
  /** The layer of the service closes: the service never begins again. */
  isClosing: boolean
  /** An abandoned run may still be there, so no other run may begin. */
  lost: Lost | undefined
  /** The status that the service had when a run was abandoned. While it has that status, its outcome is `Abandoned`. */
  abandoned: ServiceStatus | undefined
  /** Why the latest run hung, until it is told as a crash, a run is ready, or the service is started by hand. */
  hung: Cause.Cause<unknown> | undefined
  /** The governor inside of the latest run. */
  inside: Contained | undefined
  /** How many dependencies are not ready, and how many of these will never be. */
  unready: number
  failed: number
  /** How many services are not ready that this service is bound to. */
  unbound: number
  /** The service is to go down, because one of these is not ready any more. */
  isAdrift: boolean
  /** How many services have a run that are bound to this service. They go down before. */
  boundRuns: number
  /** The standing that the dependents of this service were told last, and the services that are bound to it. */
  standing: Standing
  boundStanding: Standing
  /** What was wanted of the service when it failed with a dependency, until it is started or stopped again. */
  failedInVain: Aim | undefined
  /** Since when the next run waits, if that was told: monotonic time, in milliseconds. */
  waitsSince: number | undefined
  /** The dependencies whose standing has changed since it was told for whom the service waits. */
  changes: Array<string>
  /** The dependencies that the next run waited for when the service was asked to end before that run. */
  waitedFor: ReadonlyArray<string> | undefined
}

/** The abandoned run; undefined if that is a run of a governor inside. */
export interface Lost {
  readonly error: RunAbandoned
  readonly run: RunState | undefined
  /** How the latest run ended, if the restart policy was not asked yet. */
  readonly exit: Exit.Exit<unknown, unknown> | undefined
}

/**
 * What the engine knows of one run. A run was asked to end if the status of its service is `Stopping`. A run is gone if its
 * service does not have it any more.
 */
export interface RunState {
  readonly of: ServiceState
  readonly run: number
  rare: RareRun | undefined
  /** Interrupts the run. A run that has not begun ends at once. */
  end(): void
  /** Why the run asked itself to end: a forked effect failed, or `stop` was called. */
  failure(): Exit.Exit<unknown, unknown>
  /** Nobody waits for the run any more. Returns what the run failed with so far. */
  abandon(): ReadonlyArray<Cause.Reason<unknown>>
}

/** The time that a run has to end. */
interface Limit {
  /** Monotonic time, in milliseconds. */
  readonly until: number
  timer: Fiber.Fiber<void> | undefined
}

/** What a run does as it is asked to end, before its fiber is interrupted. */
interface OnStop {
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  isOver: boolean
  /** How the fiber of the run ended, if it ended by itself meanwhile. */
  exit: Exit.Exit<unknown, unknown> | undefined
}

/** Fields that few runs need. */
export interface RareRun {
  limit: Limit | undefined
  /** The run hangs: the run has crashed when it settles. */
  hung: RunTimedOut | ProbeFailed | undefined
  /** The run ends by itself, and takes its time: its finalizers still work, or its fiber does not heed its interruption. */
  endsItself: boolean
  /** Since when the run is ending, if it was not asked by a command: monotonic time, in milliseconds. */
  endingSince: number | undefined
  /** How the fiber ended, while the finalizers of the run still work. */
  exit: Exit.Exit<unknown, unknown> | undefined
  /** The services that restart with this run are on their way down already. */
  isHead: boolean
  /** The crash that was told before the run has ended. */
  crash: Cause.Cause<unknown> | undefined
  /** Of a service that a cluster places: how often it has begun in the whole cluster, up to this run. */
  epoch: number
  /** The failures of forked effects. */
  forked: ReadonlyArray<Cause.Cause<unknown>> | undefined
  /** Ends the run by force, if the run can be ended so. */
  kill: (() => void) | undefined
  /** The run was ended by force, and settles now. */
  killed: RunKilled | undefined
  /** What was told of the failures of the run when it was abandoned, and since. */
  told: ReadonlySet<Cause.Reason<unknown>> | undefined
  /** The run called `stop`: its service is over for good. */
  isOverForGood: boolean
  /** When the run began, where it takes its time to become ready: monotonic time, in milliseconds. */
  beganAt: number | undefined
  /** The `onStop` of the service, once the run was asked to end. */
  onStop: OnStop | undefined
  /** Done when the run is asked to end, if a fiber of the run waits for that. */
  asked: Deferred.Deferred<void> | undefined
  /** Since when the run is ready, where the restart policy asks for that: monotonic time, in milliseconds. */
  readyAt: number | undefined
  /** The run has said that it is not ready, and has not taken that back. */
  isUnready: boolean
  probes:
    | {
      /** Whether the run is ready by its `readiness` probe. */
      readonly isWell: boolean
      /** What the latest check of that probe failed with, if it failed. */
      readonly failure: { readonly cause: unknown } | undefined
      begin(): void
      ready(): void
      close(): void
    }
    | undefined
  watchdog: { ready(): void; beat(): void; needsNoHeartbeat(): void; close(): void } | undefined
}

/** The rare part of a service, made if need be. */
export const rareOf = (service: ServiceState): Rare =>
  service.rare ??= {
    memory: undefined,
    waiters: undefined,
    lease: undefined,
    holds: 0,
    isOfGroup: false,
    blocks: 0,
    isClosing: false,
    lost: undefined,
    abandoned: undefined,
    hung: undefined,
    inside: undefined,
    unready: 0,
    failed: 0,
    unbound: 0,
    isAdrift: false,
    boundRuns: 0,
    standing: "Coming",
    boundStanding: "Coming",
    failedInVain: undefined,
    waitsSince: undefined,
    changes: [],
    waitedFor: undefined
  }

/** A command says what is wanted of the service: no more a group that has let go of it, or a dependency that has failed. */
export const forgetOthers = (rare: Rare): void => {
  rare.isOfGroup = false
  rare.failedInVain = undefined
}

/** The rare part of a run, made if need be. */
export const rareOfRun = (run: RunState): RareRun =>
  run.rare ??= {
    limit: undefined,
    hung: undefined,
    endsItself: false,
    endingSince: undefined,
    isHead: false,
    exit: undefined,
    crash: undefined,
    epoch: 0,
    forked: undefined,
    kill: undefined,
    killed: undefined,
    told: undefined,
    isOverForGood: false,
    beganAt: undefined,
    onStop: undefined,
    asked: undefined,
    readyAt: undefined,
    isUnready: false,
    probes: undefined,
    watchdog: undefined
  }
