/**
 * Probes: checks that are made again and again while a service runs.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { toEffect } from "./internal/bridge/check.ts"
import * as Option from "./internal/input/GovernorOption.ts"

/**
 * When the check of a probe is made, and how many results in a row count.
 *
 * **Details**
 *
 * - `every`: the time from the beginning of one check to the beginning of the next
 * - `startEvery`: the same until the service is ready for the first time in a run, as Docker's `start_interval`. It is never
 *   longer than `every`. Default: `every`. A `liveness` probe does not use it
 * - `timeout`: how long a check may take. A check that takes longer has failed, and is interrupted. No other check
 *   begins before it has ended; each period until then counts as a failed check. Default: 1 second
 * - `failures`: how many checks have to fail in a row. Default: 3
 * - `successes`: how many checks have to succeed in a row. Default: 1. A `liveness` probe does not use it
 *
 * The defaults are those of Kubernetes.
 *
 * **Example** (A probe that tolerates a short outage)
 *
 * ```ts
 * import type { Probe } from "effect-governor"
 *
 * const patient: Probe.Timing = { every: "5 seconds", timeout: "2 seconds", failures: 6 }
 * console.log(patient)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Timing {
  readonly every: Duration.Input
  readonly startEvery?: Duration.Input | undefined
  readonly timeout?: Duration.Input | undefined
  readonly failures?: number | undefined
  readonly successes?: number | undefined
}

/**
 * A check that is made again and again while a service runs.
 *
 * **When to use**
 *
 * As the option `readiness` or `liveness` of a service. `effect-governor/node` has ready-made probes of ports and of
 * URLs.
 *
 * **Details**
 *
 * A check fails if it fails, dies, succeeds with `false`, or takes longer than the `timeout`. It has a scope of its own,
 * and its `ServiceRun` is that of the run. `Timing` describes the other fields.
 *
 * A check never holds up a stop: when the run ends, or is asked to, the check is interrupted, and nobody waits for it.
 *
 * **Example** (A queue that is full is not ready)
 *
 * ```ts
 * import { Governor, type Probe, Service } from "effect-governor"
 * import * as Effect from "effect/Effect"
 *
 * const queue: Array<string> = []
 * const hasSpace: Probe.Probe = { check: Effect.sync(() => queue.length < 1000), every: "1 second" }
 *
 * const worker = Service.make("worker", Effect.never, { readiness: hasSpace })
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* governor.add(worker)
 *   yield* governor.start
 *   yield* governor.awaitReady
 *   return (yield* governor.status).map((status) => status._tag)
 * })
 *
 * console.log(await Effect.runPromise(Effect.scoped(program))) // [ 'Running' ]
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Probe<out R = never> extends Timing {
  readonly check: Effect.Effect<unknown, unknown, R>
}

/**
 * A probe in plain TypeScript.
 *
 * **Details**
 *
 * A check fails if it throws, rejects, returns or resolves with `false`, or takes longer than the `timeout`. Its `signal`
 * is aborted when its result does not count any more: after the `timeout`, and when the run ends or is asked to. Pass
 * the signal to every function that takes one.
 *
 * **Example** (Asking a server whether it is well)
 *
 * ```ts
 * import { type Probe, Service } from "effect-governor"
 *
 * const isWell: Probe.PromiseProbe = {
 *   check: async ({ signal }) => (await fetch("http://127.0.0.1:3000/health", { signal })).ok,
 *   every: "10 seconds"
 * }
 *
 * const server = Service.fromPromise("server", ({ sleep }) => sleep("Infinity"), { liveness: isWell })
 * console.log(server.name) // server
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface PromiseProbe extends Timing {
  readonly check: (probe: { readonly signal: AbortSignal }) => unknown
}

/**
 * A probe after the checks. Durations are in milliseconds.
 *
 * @internal
 */
export interface Checked {
  readonly check: Effect.Effect<unknown, unknown>
  readonly every: number
  readonly startEvery: number
  readonly timeout: number
  readonly failures: number
  readonly successes: number
}

/**
 * Checks a raw probe. Throws `InvalidOption`.
 *
 * @internal
 */
export const check = (field: "readiness" | "liveness", input: Probe | PromiseProbe, service?: string): Checked => {
  const { check, every, failures, startEvery, successes, timeout } = Option.known(field, input, keys, service)
  const times = (of: "failures" | "successes", input: number) => Option.count(`${field}.${of}`, input, 1, service)
  const period = Option.periodMillis(`${field}.every`, every, service)
  return {
    check: toCheck(`${field}.check`, check, service),
    every: period,
    startEvery: startEvery === undefined
      ? period
      : Math.min(period, Option.periodMillis(`${field}.startEvery`, startEvery, service)),
    timeout: timeout === undefined ? 1000 : Option.limitMillis(`${field}.timeout`, timeout, service),
    failures: times("failures", failures ?? 3),
    successes: times("successes", successes ?? 1)
  }
}

const keys = ["check", "every", "startEvery", "timeout", "failures", "successes"]

const toCheck = (field: string, check: (Probe | PromiseProbe)["check"], service: string | undefined) => {
  if (typeof check === "function" && !Effect.isEffect(check)) return toEffect(check)
  return Effect.scoped(Option.effect(field, check as Probe["check"], service, "a function or an Effect"))
}
