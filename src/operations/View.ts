/**
 * What is known of a governor and of all governors inside it at one moment, as it is sent: plain, JSON-safe objects. The
 * page, the command line, the probes and the news for systemd are views of this.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Plain } from "../internal/bridge/plain.ts"
import type { ServiceSpec } from "../ServiceSpec.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { ShutdownReason } from "../ShutdownReport.ts"

export type Status = Plain<ServiceStatus>
export type Event = Plain<GovernorEvent>
export type { ServiceSpec } from "../ServiceSpec.ts"

/** All times are epoch milliseconds, and all lengths of time are milliseconds. */
export interface View {
  /** The name of the governor. */
  readonly governor: string
  /** The number of the latest event that is in the statuses. */
  readonly sequence: number
  readonly now: number
  /** The statuses of all services, by their paths: each service is followed by those inside it. */
  readonly services: ReadonlyMap<string, Status>
  readonly specs: ReadonlyMap<string, ServiceSpec>
  /** The latest events that were kept, the oldest first. */
  readonly events: ReadonlyArray<Event>
  /** The shutdown that is under way. */
  readonly closing?: {
    readonly reason: Plain<ShutdownReason>
    readonly since: number
    /** When its time is over. */
    readonly until?: number
    /** When the stops begin, while they have not. */
    readonly drainsUntil?: number
  }
  /** How long a shutdown may take; absent: as long as it needs. */
  readonly shutdownTimeout?: number
  /** How long a shutdown waits before its stops. */
  readonly drainDelay?: number
}
