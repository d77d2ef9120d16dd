/**
 * All that the engine knows of one governor: a plain record.
 */
import type * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Deferred from "effect/Deferred"
import type * as Fiber from "effect/Fiber"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { Enter, Nest } from "../../ServiceRun.ts"
import type { Ends, ShutdownReason, ShutdownReport } from "../../ShutdownReport.ts"
import type { Cluster } from "../Cluster.ts"
import type { Metrics } from "../telling/metrics.ts"
import type { Outbox } from "../telling/Outbox.ts"
import type { Branch } from "../telling/Tree.ts"
import type { Dependencies } from "./Dependencies.ts"
import type { Descent } from "./Descent.ts"
import type { Queue } from "./Queue.ts"
import type { RunState, ServiceState } from "./ServiceState.ts"
import type { Strategy } from "./strategy.ts"

export interface GovernorState {
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
  readonly strategy: Strategy
  /** The run that the governor is in, if it is in one. */
  readonly nest: Nest | undefined
  /** What the paths of its services begin with. */
  readonly within: string

  // --- the services ---

  readonly services: Map<string, ServiceState>
  readonly graph: Dependencies
  /** The services that ever had a governor inside. */
  readonly nesting: Set<ServiceState>
  /** How many services are active, with those that are kept; and how many of the active ones are ending. */
  active: number
  /** How many services count as active though they are over, because somebody may start them. */
  kept: number
  ending: number
  /** How many services cannot begin, because an abandoned run may still be there. */
  lost: number

  // --- what the turn has to do ---

  /** The services whose next run may begin, as they were asked for. Restarts wait in the loop of the process. */
  readonly starts: Queue<ServiceState>
  /** The services that wait for a dependency which will never be ready. */
  readonly vain: Queue<ServiceState>
  /** The services that may have to go down, because they are bound to one that is not ready. */
  readonly adrift: Queue<ServiceState>
  /** The services that a cluster places, and that have changed. */
  readonly leases: Queue<ServiceState>
  /** The services that may wait for others than was told. */
  readonly waits: Set<ServiceState>
  /** How often the governor got into the line of the restarts to tell that, and whether the governor is in that line. */
  timesInLine: number
  isInLine: boolean
  /** Services with long lists are told of once in a turn of the event loop. */
  longLists: "None" | "NextTurn" | "ThisTurn"
  /** The runs that are to be interrupted. */
  readonly toInterrupt: Queue<RunState>
  /** The groups, the closing layers and the shutdown, in the order in which they began. */
  descents: Array<Descent>
  /** Callers whose wait is over. */
  answers: Array<() => void>
  /** Whether the loop of the process has the governor on its list. */
  isDue: boolean
  /** One turn of the governor, and the beginning of a run: fields, for the loop calls them and they call the loop. */
  readonly settle: (governor: GovernorState) => void
  readonly begin: (service: ServiceState) => void
  /** Only a service has this: what it waits for. */
  readonly wait?: never
  /** The turn of the governor in the line of the restarts. */
  readonly comes: (governor: GovernorState) => void
  /** Begins a run, where the process wants to know which run an uncaught error comes from. */
  enter: Enter | undefined

  // --- telling ---

  readonly outbox: Outbox
  /** The number of the latest event, of this governor and all in its tree. */
  readonly branch: Branch
  readonly metrics: Metrics
  readonly trace: ((event: GovernorEvent) => void) | undefined
  /** Callers that wait until no service is active. */
  idlers: Array<() => void>
  /** Called when the first service becomes active. What it returns is called when none is active any more. */
  hold: Hold | undefined
  release: ReturnType<Hold> | undefined
  /** Called when an abandoned run has settled, here or in a governor inside. */
  settledLate: (() => void) | undefined
  /** Warns of slow stops every few seconds, while there are any. */
  slowStops: Fiber.Fiber<void> | undefined
  /** Warns of services that wait for long, while there are any. */
  slowWaits: Fiber.Fiber<void> | undefined

  /** The cluster that the process is in, if it is in one. */
  cluster: Cluster | undefined
  /** No run begins, because the process is not in its cluster yet. */
  isHeldBack: boolean
  /** The process may not be in its cluster any more, so the governor has not ended well, however its services end. */
  isExpelled: boolean
  /** What those have in common who look at the governor from outside. */
  outside: unknown

  // --- the end ---

  /** Whether the latest start of all services was refused. Then that they were never started was told already. */
  isStartRefused: boolean
  readonly shutdown: Shutdown
  /** The significant service that failed first, and why. */
  significantFailure: { readonly service: string; readonly cause: Cause.Cause<unknown> } | undefined
  /** How all services ended, kept once all of them have ended well. */
  ends: Ends | undefined
}

/** Called when the first service becomes active. What it returns is called with the report when all are over. */
export type Hold = () => (report: ShutdownReport) => void

/** The end of a governor. */
export interface Shutdown {
  /** Set once. From here on no run begins. The state follows in the next step of the governor's turn. */
  request: { readonly reason: ShutdownReason; readonly timeout: number | undefined } | undefined
  state:
    | { readonly _tag: "Open" }
    /** `since` is monotonic time, in milliseconds. */
    | { readonly _tag: "Closing"; readonly reason: ShutdownReason; readonly since: number; readonly isLogged: boolean }
    | { readonly _tag: "Closed"; readonly report: ShutdownReport }
  readonly began: Deferred.Deferred<ShutdownReason>
  readonly done: Deferred.Deferred<ShutdownReport>
  /** How many callers wait for the report. */
  waiting: number
  /** How long the shutdown may take, in milliseconds: by the governor's own option, or else by its process. */
  readonly ownTimeout: number | undefined
  timeout: number
  /** When the time of the shutdown is over: monotonic. */
  until: number
  deadline: Fiber.Fiber<void> | undefined
  /** How long the services that run go on before they are asked to end, in milliseconds. */
  drainDelay: number
  /** That time, while it runs. */
  draining: { readonly until: number; timer: Fiber.Fiber<void> | undefined } | undefined
}

/** Whether no shutdown was asked for: services may be added, commanded and begin. */
export const isOpen = ({ shutdown }: GovernorState): boolean => shutdown.request === undefined

/** Asks for the shutdown, unless it was asked for before. */
export const requestShutdown = (governor: GovernorState, reason: ShutdownReason, timeout?: number): void => {
  if (isOpen(governor)) governor.shutdown.request = { reason, timeout }
}

/** How long a shutdown may take. */
export const timeoutOf = ({ shutdown }: GovernorState): number => shutdown.ownTimeout ?? shutdown.timeout
