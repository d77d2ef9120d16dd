/**
 * Ready-made probes: whether a port or a URL answers.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Probe } from "../Probe.ts"
import { answers, connects, timing } from "./reach.ts"

/**
 * How a ready-made probe checks.
 *
 * **Details**
 *
 * - `every`: the time from the beginning of one check to the beginning of the next. Default: 10 seconds
 * - `startEvery`: the same until the service is ready for the first time in a run. It is never longer than `every`.
 *   Default: 250 milliseconds. A `liveness` probe does not use it
 * - `timeout`: how long a check may take. Default: 1 second
 * - `failures`: how many checks have to fail in a row. Default: 3
 * - `successes`: how many checks have to succeed in a row. Default: 1
 *
 * **Example** (A probe that reacts fast)
 *
 * ```ts
 * import { Probe, type ProbeOptions } from "effect-governor/promise"
 *
 * const fast: ProbeOptions = { every: "1 second", failures: 1 }
 * const probe: Probe = Probe.http("http://127.0.0.1:3000/health", fast)
 * console.log(probe.every) // 1 second
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly every?: Duration.Input | undefined
  readonly startEvery?: Duration.Input | undefined
  readonly timeout?: Duration.Input | undefined
  readonly failures?: number | undefined
  readonly successes?: number | undefined
}

/**
 * Checks that a port accepts a connection, which is closed at once.
 *
 * **Details**
 *
 * `host` is by default 127.0.0.1.
 *
 * **Example** (Ready while the port is open)
 *
 * ```ts
 * import { Service } from "effect-governor"
 * import { Probe } from "effect-governor/node"
 * import * as Effect from "effect/Effect"
 *
 * const proxy = Service.make("proxy", Effect.never, { readiness: Probe.tcp(5432, { host: "db.internal" }) })
 * console.log(proxy.name) // proxy
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const tcp = (port: number, options: Options & { readonly host?: string | undefined } = {}): Probe => {
  const { host, ...others } = options
  return { ...timing(others), check: attempt((signal) => connects(port, host)(signal)) }
}

/**
 * Checks that a URL answers with a status from 200 to 399, as Kubernetes does.
 *
 * **Details**
 *
 * Redirects are followed on the same host. The body is not read, and the connection is closed.
 *
 * **Gotchas**
 *
 * The certificate of an `https:` server has to be valid for its host.
 *
 * **Example** (Restarted when it answers no more)
 *
 * ```ts
 * import { Service } from "effect-governor"
 * import { Probe } from "effect-governor/node"
 * import * as Effect from "effect/Effect"
 *
 * const server = Service.make("server", Effect.never, {
 *   liveness: Probe.http("http://127.0.0.1:3000/health", { every: "5 seconds", timeout: "2 seconds" })
 * })
 * console.log(server.name) // server
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const http = (url: string | URL, options: Options = {}): Probe => ({
  ...timing(options),
  check: attempt((signal) => answers(url)(signal))
})

/** The error is that of the check: a bad port or URL makes every check fail with `InvalidOption`. */
const attempt = (check: (signal: AbortSignal) => Promise<void>): Effect.Effect<void, unknown> =>
  Effect.callback((resume, signal) => {
    const answer = async () => check(signal) // which may throw at once
    answer().then(() => resume(Effect.void), (error: unknown) => resume(Effect.fail(error)))
  })
