/** A governor as the soak handles it, whichever door it stands behind. */
import type { ServiceStatus as CoreStatus, ShutdownReport as CoreReport } from "../../src/index.ts"
import type { ServiceStatus, ShutdownReport } from "../../src/promise/index.ts"
import type { Options } from "./conduct.ts"
import type { Heard } from "./Ledger.ts"
import type { Scene } from "./Scene.ts"

export const deeds = ["start", "stop", "restart", "remove"] as const
type Deed = typeof deeds[number]

export interface Subject {
  /** Adds a service, and starts it if all were started before. */
  readonly add: (name: string, options: Options) => void
  /** The same with a governor in it, which has services by these names. */
  readonly addNested: (name: string, names: ReadonlyArray<string>, make: () => Scene) => void
  readonly start: () => void
  /** `timeout`: how long the caller waits, in milliseconds. */
  readonly command: (name: string, deed: Deed, timeout?: number) => Promise<unknown>
  /** Waits until the service is ready or over. That never fails, except for a service that is not there. */
  readonly awaits: (name: string, what: "ready" | "over") => Promise<unknown>
  readonly statuses: () => ReadonlyArray<CoreStatus.ServiceStatus | ServiceStatus>
  readonly listen: (listener: (event: Heard) => void) => () => void
  /** Reads its events for a while, slowly, and says what it missed; not every door has streams. */
  readonly read: (millis: number) => Promise<void>
  readonly shutdown: () => Promise<CoreReport.ShutdownReport | ShutdownReport>
}
