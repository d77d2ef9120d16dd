/**
 * The statuses, events and reports of the core as plain, JSON-safe objects: the same `_tag`s and fields, each cause as a
 * `Thrown`.
 */
import * as Cause from "effect/Cause"
import type { GovernorEvent as CoreEvent } from "../GovernorEvent.ts"
import type { ServiceStatus as CoreStatus } from "../ServiceStatus.ts"
import type { ShutdownReport as CoreReport } from "../ShutdownReport.ts"

/**
 * Something thrown, as data.
 *
 * **Details**
 *
 * `stack` has the stacks of its causes as well. The value that was thrown is there as `error`, which is not enumerable, so
 * that the object can be sent as JSON.
 *
 * **Example** (Getting back what was thrown)
 *
 * ```ts
 * import { Governor, type Thrown } from "effect-governor/promise"
 *
 * const inWords = (thrown: Thrown) => thrown.error instanceof RangeError ? "out of range" : thrown.message
 *
 * const governor = new Governor()
 * governor.add("counter", () => {
 *   throw new RangeError("too many")
 * }).start()
 * const { services } = await governor.waitForShutdown()
 * for (const { cause } of services) {
 *   if (cause) console.log(inWords(cause), Object.keys(cause)) // out of range [ 'name', 'message', 'stack' ]
 * }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly error: unknown
}

type Plain<A> = A extends Cause.Cause<unknown> ? Thrown
  : A extends object ? { readonly [K in keyof A]: Plain<A[K]> }
  : A

/**
 * What a service is doing.
 *
 * **Details**
 *
 * The core's status as a plain object. Its `_tag` is `Pending`, `Starting`, `Running`, `Backoff` (then `until` is
 * when it runs again), `Stopping`, `Stopped` or `Failed`; a `cause` is a `Thrown`. Times are epoch milliseconds.
 *
 * **Example** (Answering a health check)
 *
 * ```ts
 * import { Governor, type ServiceStatus } from "effect-governor/promise"
 *
 * const isWell = ({ _tag }: ServiceStatus) => _tag === "Running" || _tag === "Stopped"
 *
 * const governor = new Governor()
 * governor.add("idle", async ({ sleep }) => void await sleep("Infinity"))
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
 * What happened.
 *
 * **Details**
 *
 * The core's event as a plain object; a `cause` is a `Thrown`. Events of a service have its name as `service`, the
 * number of the `run`, and the `time` in epoch milliseconds.
 *
 * **Example** (Telling somebody of crashes)
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
 * How a shutdown went.
 *
 * **Details**
 *
 * The core's report as a plain object; a `cause` is a `Thrown`. `ok` is false if any service is `Failed`, was
 * abandoned, or failed while it stopped; each of `services` has its `outcome`, and the `duration` of its stop in
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

type Caused<A> = A & { readonly cause?: Cause.Cause<unknown> }

/** All fields but a cause are plain. A spread is several times as fast as a copy key by key, which loses the object's shape. */
const fromFact = <A extends object>(fact: Caused<A>): Plain<A> =>
  (fact.cause === undefined ? { ...fact } : { ...fact, cause: fromCause(fact.cause) }) as Plain<A>

export const fromStatus = (status: CoreStatus): ServiceStatus => fromFact(status)

export const fromReport = (report: CoreReport): ShutdownReport => ({
  ...report,
  reason: fromFact(report.reason),
  services: report.services.map((service) => fromFact(service))
})

export const fromEvent = (event: CoreEvent, reportOf = fromReport): GovernorEvent => {
  switch (event._tag) {
    case "ShutdownStarted":
      return { ...event, reason: fromFact(event.reason) }
    case "ShutdownCompleted":
      return { ...event, report: reportOf(event.report) }
    default:
      return fromFact(event)
  }
}

/** Converts, and gives the same result again to all who ask about the same value until another one comes. */
export const onceEach = <A, B>(convert: (value: A) => B): (value: A) => B => {
  let latest: { readonly of: A; readonly result: B } | undefined
  return (value) => {
    if (latest?.of !== value) latest = { of: value, result: convert(value) }
    return latest.result
  }
}

/** Converts lists of statuses. Only the statuses that are new since the list before take time. */
export const statusLists = (): (statuses: ReadonlyArray<CoreStatus>) => ReadonlyArray<ServiceStatus> => {
  let of: ReadonlyArray<CoreStatus> = []
  let results: ReadonlyArray<ServiceStatus> = []
  return (statuses) => {
    results = statuses.map((status, i) => status === of[i] ? results[i]! : fromStatus(status))
    of = statuses
    return results.slice() // a caller that sorts the list does not disturb the list kept here
  }
}

/** The first of several errors. The message and the stack have the others too: none may be lost. */
export const fromCause = (cause: Cause.Cause<unknown>): Thrown => {
  const all = cause.reasons.flatMap((reason) =>
    reason._tag === "Interrupt" ? [] : [thrown(reason._tag === "Fail" ? reason.error : reason.defect)]
  )
  const [first = thrown(Cause.squash(cause)), ...others] = all
  if (others.length === 0) return first
  const message = [first.message, ...others.map(({ message, name }) => `${name}: ${message}`)].join("; and ")
  return withError(first.name, message, [first, ...others].map(({ stack }) => stack).join("\nand "), first.error)
}

/** How many levels of errors inside of errors are shown. Errors may refer to one another in a circle. */
const depth = 5

/** Never throws, whatever was thrown: a frozen object, an error with getters that throw, a proxy. */
export const thrown = (error: unknown, level = 0): Thrown => {
  const isError = safely(() => error instanceof Error, false)
  const name = text(() => isError ? (error as Error).name : "Error")
  const message = text(() => isError ? (error as Error).message : shown(error))
  const own = text(() => isError ? (error as Error).stack ?? `${name}: ${message}` : `${name}: ${message}`)
  const inner = isError && level < depth ? safely(() => errorsInside(error as Error), []) : []
  const stacks = inner.map(([label, inside]) => `\n[${label}]: ${thrown(inside, level + 1).stack}`)
  return withError(name, message, own + stacks.join(""), error)
}

/** The stack of an error leaves the errors inside of it out: of a failed `fetch` it would say no more than "fetch failed". */
const errorsInside = (error: Error): Array<[string, unknown]> => [
  ...(error.cause === undefined ? [] : [["cause", error.cause] satisfies [string, unknown]]),
  ...(error instanceof AggregateError ? error.errors.map((one, i): [string, unknown] => [`error ${i + 1}`, one]) : [])
]

const withError = (name: string, message: string, stack: string, error: unknown): Thrown =>
  Object.defineProperty({ name, message, stack, error: undefined }, "error", { value: error, enumerable: false })

const shown = (error: unknown): string =>
  typeof error === "object" && error !== null ? JSON.stringify(error) : String(error)

const text = (read: () => unknown): string => safely(() => String(read()), "(cannot be printed)")

const safely = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}
