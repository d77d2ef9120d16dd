/**
 * How a shutdown went.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"

/**
 * Who asked for the shutdown, and why.
 *
 * **Details**
 *
 * - `Requested`: `shutdown` was called, with this `message` if there was one
 * - `Signal`: the process received `signal`
 * - `Uncaught`: an uncaught error reached the process
 * - `Expelled`: the process may not be in its cluster, or could not join it
 * - `Aborted`: the option `signal` of the governor was aborted
 * - `ScopeClosed`: the scope of the governor was closed
 * - `Significant`: a significant service is over for good, with a `cause` if it failed
 * - `AllOver`: no shutdown was asked for, and every started service is over
 *
 * **Example** (Giving a reason, and reading it)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   const { reason } = yield* governor.shutdownWith("maintenance")
 *   return reason
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // { _tag: 'Requested', message: 'maintenance' }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ShutdownReason =
  | { readonly _tag: "Requested"; readonly message?: string }
  | { readonly _tag: "Signal"; readonly signal: string }
  | { readonly _tag: "Uncaught"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "Expelled"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "Aborted"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "ScopeClosed" }
  | { readonly _tag: "Significant"; readonly service: string; readonly cause?: Cause.Cause<unknown> }
  | { readonly _tag: "AllOver" }

/**
 * How one service ended.
 *
 * **Details**
 *
 * - `name`: the name of the service, or the path of a service in a nested governor: `"ingest/reader"`
 * - `duration`: how long the stop of the service took, in milliseconds; 0 if the service ended by itself
 * - `cause`: why the service is `Failed` or was abandoned, or the error of its run while it stopped. If the service was
 *   asked to end when no run had been ready since its latest crash, and ended well, the cause is that crash
 *
 * **Example** (Naming the services that did not end well)
 *
 * ```ts
 * import { Governor, type ShutdownReport } from "effect-governor"
 * import * as Cause from "effect/Cause"
 * import * as Effect from "effect/Effect"
 *
 * const complaint = ({ cause, name, outcome }: ShutdownReport.ServiceReport) =>
 *   cause === undefined ? [] : [`${name}, ${outcome}: ${Cause.pretty(cause)}`]
 *
 * const report = await Effect.runPromise(Governor.launch(Governor.service("feed", Effect.fail("no connection"))))
 * console.log(report.services.flatMap(complaint))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceReport {
  readonly name: string
  readonly outcome: "Stopped" | "Failed" | "Abandoned"
  readonly duration: number
  readonly cause?: Cause.Cause<unknown>
}

/**
 * The outcome of a shutdown.
 *
 * **Details**
 *
 * - `ok`: false if any service is `Failed`, was abandoned, or failed while it stopped. A crash before a service was asked
 *   to end counts only if the service is `Failed`, or if the finalizers of that run still worked when it was asked
 * - `reason`: who asked for the shutdown, and why
 * - `duration`: how long the whole shutdown took, in milliseconds
 * - `services`: every service that was started at some time and not removed, in the order in which they were added. A
 *   nested governor is followed by the services of its latest run
 *
 * **Example** (Setting the exit code by the report)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const report = await Effect.runPromise(Governor.launch(Governor.service("hello", Effect.logInfo("hello"))))
 *
 * console.log(report.reason._tag, report.services) // AllOver [ { name: 'hello', outcome: 'Stopped', duration: 0 } ]
 * if (!report.ok) process.exitCode = 1 // with `runMain` too: it asks for the exit of the program, not for its report
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ShutdownReport {
  readonly ok: boolean
  readonly reason: ShutdownReason
  readonly duration: number
  readonly services: ReadonlyArray<ServiceReport>
}

/**
 * How the services of one governor ended. `own` has the services of the governor itself. `inside` has the ends of each
 * governor inside a service, by the index of that service in `own`. The list of a whole tree is made only when it is
 * read.
 *
 * @internal
 */
export interface Ends {
  readonly ok: boolean
  readonly own: ReadonlyArray<ServiceReport>
  readonly inside: ReadonlyMap<number, Ends>
}

/**
 * Makes the ends of a governor from its services and the governors inside them. `ok` says whether its own services have
 * ended well, where a cause alone does not tell.
 *
 * @internal
 */
export const endsOf = (
  own: ReadonlyArray<ServiceReport>,
  inside: ReadonlyMap<number, Ends>,
  ok = own.every(({ cause, outcome }) => outcome === "Stopped" && cause === undefined)
): Ends => ({
  ok: ok && Array.from(inside.values()).every(({ ok }) => ok),
  own,
  inside
})

/** @internal */
export const make = (reason: ShutdownReason, duration: number, ends: Ends): ShutdownReport => ({
  ok: ends.ok,
  reason,
  duration,
  services: listOf(ends)
})

/**
 * The report of a nested governor, which is seldom read. Its list of services is made when it is first read.
 *
 * @internal
 */
export const makeInside = (reason: ShutdownReason, duration: number, ends: Ends): ShutdownReport => {
  let list: ReadonlyArray<ServiceReport> | undefined
  const report = {
    ok: ends.ok,
    reason,
    duration,
    get services() {
      return list ??= listOf(ends)
    }
  }
  // Node would print a getter as `[Getter]`.
  return Object.defineProperty(report, Symbol.for("nodejs.util.inspect.custom"), { value: () => ({ ...report }) })
}

const listOf = (ends: Ends): ReadonlyArray<ServiceReport> => {
  if (ends.inside.size === 0) return ends.own
  const list: Array<ServiceReport> = []
  collect(ends, "", list)
  return list
}

const collect = ({ inside, own }: Ends, prefix: string, into: Array<ServiceReport>): void => {
  for (const [i, report] of own.entries()) {
    into.push(prefix === "" ? report : { ...report, name: prefix + report.name })
    const below = inside.get(i)
    if (below !== undefined) collect(below, `${prefix}${report.name}/`, into)
  }
}
