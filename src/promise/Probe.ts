/**
 * Probes in plain TypeScript: checks that are made again and again while a service runs.
 */
import type { Options } from "../node/Probe.ts"
import { answers, connects, timing } from "../node/reach.ts"
import type { PromiseProbe } from "../Probe.ts"

/**
 * A check that is made again and again while a service runs: the option `readiness` or `liveness` of a service.
 *
 * **Details**
 *
 * - `check`: called with `{ signal }`. It fails if it throws, rejects, returns or resolves with `false`, or takes longer
 *   than the `timeout`. The `signal` is aborted when the result does not count any more: after the `timeout`, and when
 *   the run ends or is asked to. Pass the signal to every function that takes one
 * - `every`: the time from the beginning of one check to the beginning of the next
 * - `startEvery`: the same until the service is ready for the first time in a run. It is never longer than `every`.
 *   Default: `every`. A `liveness` probe does not use it
 * - `timeout`: how long a check may take. No other check begins before a check has ended; each period until then counts
 *   as a failed check. Default: 1 second
 * - `failures`: how many checks have to fail in a row. Default: 3
 * - `successes`: how many checks have to succeed in a row. Default: 1. A `liveness` probe does not use it
 *
 * The defaults are those of Kubernetes. A check never holds up a stop.
 *
 * **Gotchas**
 *
 * A check that returns `undefined` has succeeded.
 *
 * **Example** (A service that is not ready while its queue is full)
 *
 * ```ts
 * import { Governor, type Probe } from "effect-governor/promise"
 *
 * const queue: Array<string> = []
 * const hasSpace: Probe = { check: () => queue.length < 2, every: "10 millis", failures: 1 }
 *
 * const governor = new Governor()
 * governor.add("worker", ({ sleep }) => sleep("Infinity"), { readiness: hasSpace })
 * governor.onEvent((event) => {
 *   if (event._tag === "ServiceUnready") console.log(event.reason) // its readiness probe failed: the check returned false
 * })
 * governor.start()
 * await governor.whenReady()
 * queue.push("a letter", "a parcel")
 * setTimeout(() => governor.shutdown(), 50)
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Probe = PromiseProbe

/**
 * Ready-made probes. Unless their `ProbeOptions` say otherwise, they check every 10 seconds, and a `readiness` probe every 250
 * milliseconds until the service is ready.
 *
 * **Details**
 *
 * - `Probe.tcp(port, options?)`: whether a port accepts a connection, which is closed at once. `host` is by default
 *   127.0.0.1
 * - `Probe.http(url, options?)`: whether a URL answers with a status from 200 to 399, as in Kubernetes. Redirects are
 *   followed on the same host. The body is not read, and the connection is closed
 *
 * Both throw `InvalidOption`.
 *
 * **Gotchas**
 *
 * The certificate of an `https:` server has to be valid for its host.
 *
 * **Example** (Ready when the server listens, restarted when it answers no more)
 *
 * ```ts
 * import { Governor, Probe } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("server", ({ sleep }) => sleep("Infinity"), {
 *   readiness: Probe.tcp(3000),
 *   liveness: Probe.http("http://127.0.0.1:3000/health", { every: "5 seconds", timeout: "2 seconds" })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const Probe = {
  /** Whether a port accepts a connection. The connection is closed at once. */
  tcp: (port: number, options: Options & { readonly host?: string | undefined } = {}): Probe => {
    const { host, ...others } = options
    const check = connects(port, host)
    return { ...timing(others), check: ({ signal }) => check(signal) }
  },
  /** Whether a URL answers with a status from 200 to 399. */
  http: (url: string | URL, options: Options = {}): Probe => {
    const check = answers(url)
    return { ...timing(options), check: ({ signal }) => check(signal) }
  }
}
