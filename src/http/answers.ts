/**
 * What each answer says. `schemas.ts` has a schema of each: a field that is added here is added there.
 */
import type { ClusterStatus } from "../ClusterStatus.ts"
import type { PlainLine } from "../internal/bridge/plain.ts"
import type { Thrown } from "../internal/bridge/thrown.ts"
import type { Graph as Drawn } from "../operations/graph.ts"
import type { Plan as Planned } from "../operations/plan.ts"
import type { ServiceSpec, Status } from "../operations/View.ts"
import type { Problem, Why as Reasons } from "../operations/why.ts"

/** What the body of each answer begins with. All times are epoch milliseconds, and all lengths of time are milliseconds. */
export interface Heading {
  readonly apiVersion: "governor/v1"
  /** The name of the governor. */
  readonly governor: string
  /** Tells this governor from one of an earlier process. */
  readonly epoch: string
  /** The number of the latest event that is in the answer. */
  readonly sequence: number
  readonly now: number
}

/** A page of the services. */
export interface Services extends Heading {
  /** How many services there are on all pages. */
  readonly total: number
  /** The cursor of the next page, if there is one. */
  readonly next?: string
  readonly services: ReadonlyArray<Status>
}

/** The services of the cluster, on whichever node they run. `node` is the address of this one, if there is a cluster. */
export interface Cluster extends Heading {
  readonly node?: string
  readonly services: ReadonlyArray<ClusterStatus>
}

/** One service, and how it is supervised. */
export interface Service extends Heading {
  readonly service: Status
  readonly spec: ServiceSpec
}

/** Why one service is not up. */
export interface Why extends Heading {
  readonly why: Reasons
}

/** What is wrong in all. */
export interface Problems extends Heading {
  readonly news: string
  readonly problems: ReadonlyArray<Problem>
}

/** What a command would do. */
export interface Plan extends Heading {
  readonly plan: Planned
}

/** The services, and who depends on whom. */
export interface Graph extends Heading, Drawn {}

/** The times that the files of process managers follow from. What has no limit, or is not set, is absent. */
export interface Budget extends Heading {
  readonly longestStart?: number | undefined
  readonly longestStop?: number | undefined
  readonly shutdownTimeout?: number | undefined
  readonly drainDelay?: number | undefined
  readonly heartbeatTimeout?: number | undefined
}

/** A line of the log, with its number. */
export interface Line extends PlainLine {
  readonly id: number
  readonly error?: Thrown
}

/** The latest lines of the log, the oldest first. */
export interface Logs extends Heading {
  readonly lines: ReadonlyArray<Line>
}

/** How a command went. The service is absent if it is not there any more. */
export interface Commanded extends Heading {
  /** Whether the state is reached that the command asks for. */
  readonly reached: boolean
  readonly service?: Status
}

/** How the drain of a node went. */
export interface Drained extends Heading {
  /** Whether nothing of the cluster runs there any more. */
  readonly reached: boolean
  readonly node: string
}
