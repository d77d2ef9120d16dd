/**
 * The core's statuses, events and reports as plain, JSON-safe objects with the same `_tag`s and fields. A cause becomes
 * a `Thrown`.
 */
import type { GovernorEvent as CoreEvent } from "../GovernorEvent.ts"
import { fromFact, fromStatus, type Plain } from "../internal/bridge/plain.ts"
import type { Thrown } from "../internal/bridge/thrown.ts"
import type { Governed } from "../internal/govern.ts"
import type { ServiceStatus as CoreStatus, Snapshot as CoreSnapshot } from "../ServiceStatus.ts"
import type { ServiceReport as CoreServiceReport, ShutdownReport as CoreReport } from "../ShutdownReport.ts"

export type { Thrown } from "../internal/bridge/thrown.ts"

/**
 * The status of a service.
 *
 * **Details**
 *
 * This is the core's status as a plain object. Its `_tag` is `Pending`, `Starting`, `Running`, `Backoff` (the next run
 * begins at `until`, or later if the service waits for others then), `Stopping`, `Stopped` or `Failed`. A `cause` is a
 * `Thrown`. Times are epoch milliseconds. A run that has failed and has not ended yet is `Starting`.
 *
 * **Example** (Answering a health check)
 *
 * ```ts
 * import { Governor, type ServiceStatus } from "effect-governor/promise"
 *
 * const isWell = ({ _tag }: ServiceStatus) => _tag === "Running" || _tag === "Stopped"
 *
 * const governor = new Governor()
 * governor.add("idle", ({ sleep }) => sleep("Infinity"))
 * governor.start()
 * await governor.whenReady()
 *
 * const services = governor.status()
 * console.log(services.every(isWell) ? 200 : 503, JSON.stringify(services))
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceStatus = Plain<CoreStatus>

/**
 * An event of a governor or of a service.
 *
 * **Details**
 *
 * This is the core's event as a plain object. A `cause` is a `Thrown`. An event of a service has the name of the
 * `service`, the number of the `run`, and the `time` in epoch milliseconds. All listeners get the same object.
 *
 * When an abandoned run settles, `LateFailure` tells the error it ended with, if there is one. If the service is still
 * wanted up and no shutdown has begun, `ServiceCrashed` follows, and the restart policy decides.
 *
 * **Example** (Reporting crashes)
 *
 * ```ts
 * import { Governor, type GovernorEvent } from "effect-governor/promise"
 *
 * const alarm = (event: GovernorEvent) => {
 *   if (event._tag === "ServiceCrashed") console.log(`run ${event.run} of ${event.service}: ${event.cause.message}`)
 * }
 *
 * const governor = new Governor()
 * const unlisten = governor.onEvent(alarm)
 * governor.add("broken", () => Promise.reject(new Error("no connection"))).start()
 * await governor.waitForShutdown()
 * unlisten()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type GovernorEvent = Plain<CoreEvent>

/**
 * The statuses of services at one moment.
 *
 * **Details**
 *
 * - `sequence`: the number of the latest event that is in the statuses; 0 if there was no event yet
 * - `services`: the statuses
 *
 * Events with a larger `sequence` came later. Other events are in the statuses already, also if a listener hears of them
 * after the snapshot was taken. So a snapshot and the later events together miss nothing and tell nothing twice.
 *
 * **Example** (What a page shows first, and what it shows after that)
 *
 * ```ts
 * import { Governor, type Snapshot } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("clock", ({ sleep }) => sleep("Infinity"))
 *
 * const first: Snapshot = governor.snapshot({ tree: true })
 * governor.onEvent((event) => {
 *   if (event.sequence > first.sequence) console.log(event.sequence, event._tag)
 * }, { tree: true })
 * governor.start()
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Snapshot = Plain<CoreSnapshot>

/**
 * How a shutdown went.
 *
 * **Details**
 *
 * This is the core's report as a plain object. A `cause` is a `Thrown`. `ok` is false if any service is `Failed`, was
 * abandoned, or failed while it stopped. Each of `services` has an `outcome`, and the `duration` of its stop in
 * milliseconds.
 *
 * **Example** (Reading the report)
 *
 * ```ts
 * import { Governor, type ShutdownReport } from "effect-governor/promise"
 *
 * const complaints = ({ services }: ShutdownReport) =>
 *   services.flatMap(({ cause, name }) => cause ? [`${name}: ${cause.message}`] : [])
 *
 * const governor = new Governor()
 * governor.add("feed", async ({ sleep }) => {
 *   await sleep("Infinity")
 *   throw new Error("the last page was not written")
 * })
 * governor.start()
 * await governor.whenReady()
 * console.log(complaints(await governor.shutdown())) // [ 'feed: the last page was not written' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ShutdownReport = Plain<CoreReport>

/**
 * How one service ended.
 *
 * **Details**
 *
 * This is the core's report of a service as a plain object: its `name`, its `outcome` (`"Stopped"`, `"Failed"` or
 * `"Abandoned"`), the `duration` of its stop in milliseconds, and a `cause` if it failed. `whenOver` of a
 * `ServiceHandle` resolves with it, and `services` of a `ShutdownReport` lists it.
 *
 * **Example** (Waiting for one service)
 *
 * ```ts
 * import { Governor, type ServiceReport } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("clock", ({ sleep }) => sleep("Infinity")).start()
 * const importer = governor.add("importer", ({ log }) => log("imported")).start()
 *
 * const { outcome }: ServiceReport = await importer.whenOver()
 * console.log(outcome) // Stopped
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceReport = Plain<CoreServiceReport>

/**
 * Whether the services are ready that were started so far.
 *
 * **Details**
 *
 * `ok` is true if each of them is `ready`. `services` has one entry for each:
 *
 * - `ready`: whether a run has been ready since the last start by hand, and no run has crashed or hung since then. A
 *   service with `readiness: "completed"` stays ready once it has completed. A `Failed` service is not ready
 * - `waitingFor`: the dependencies that are not ready, if the service waits for them, or waited when it was stopped
 * - `cause`: why the service is not ready: why it has failed, the latest crash, or the time limit that was exceeded
 * - `reason`: what its run, or its readiness probe, says of why it is not ready
 *
 * **Gotchas**
 *
 * This is no health check: a service that was ready and was stopped since, or restarts with its group, is `ready`. Use
 * the statuses for that.
 *
 * **Example** (Telling why the services are not ready)
 *
 * ```ts
 * import { Governor, type Readiness } from "effect-governor/promise"
 *
 * const inWords = ({ services }: Readiness) =>
 *   services.filter(({ ready }) => !ready).map(({ cause, name, waitingFor }) =>
 *     waitingFor ? `${name} waits for ${waitingFor.join(", ")}` : `${name}: ${cause?.message ?? "not ready yet"}`
 *   )
 *
 * const governor = new Governor()
 * governor.add("database", ({ sleep }) => sleep("Infinity"), { readiness: "manual" })
 * governor.add("api", ({ sleep }) => sleep("Infinity"), { dependsOn: ["database"] })
 * governor.start()
 * const readiness = await governor.whenReady({ timeout: "10 millis" })
 * console.log(readiness.ok, inWords(readiness)) // false [ 'database: not ready yet', 'api waits for database' ]
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Readiness {
  readonly ok: boolean
  readonly services: ReadonlyArray<{
    readonly name: string
    readonly ready: boolean
    readonly waitingFor?: ReadonlyArray<string>
    readonly cause?: Thrown
    readonly reason?: string
  }>
}

/** @internal */
export const fromReadiness = (readiness: ReturnType<Governed["readiness"]>): Readiness => ({
  ok: readiness.every(({ ready }) => ready),
  services: readiness.map((service) => fromFact(service))
})

/**
 * Converts, and gives the same result again to all who ask about the same value until another one comes.
 *
 * @internal
 */
export const onceEach = <A, B>(convert: (value: A) => B): (value: A) => B => {
  let latest: { readonly of: A; readonly result: B } | undefined
  return (value) => {
    if (latest?.of !== value) latest = { of: value, result: convert(value) }
    return latest.result
  }
}

/**
 * Converts lists of statuses. Only the statuses that are new since the list before take time.
 *
 * @internal
 */
export const statusLists = (): (statuses: ReadonlyArray<CoreStatus>) => ReadonlyArray<ServiceStatus> => {
  let latest: ReadonlyArray<CoreStatus> = []
  let results: ReadonlyArray<ServiceStatus> = []
  return (statuses) => {
    results = statuses.map((status, i) => status === latest[i] ? results[i]! : fromStatus(status))
    latest = statuses
    return results.slice() // a caller that sorts the list does not disturb the list kept here
  }
}
