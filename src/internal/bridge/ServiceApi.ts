/**
 * Services in plain TypeScript: the forms that a user can write, and the object that `run` receives.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * The object that `run` receives. Every member also works when it is destructured.
 *
 * **Example** (A loop that ends when it is asked to)
 *
 * ```ts
 * import { Governor, type ServiceAPI } from "effect-governor/promise"
 *
 * const tick = async ({ log, run, signal, sleep }: ServiceAPI) => {
 *   for (let i = 1; !signal.aborted; i++) {
 *     log("tick %d of run %d", i, run)
 *     await sleep("10 millis")
 *   }
 * }
 *
 * const governor = new Governor()
 * governor.add(tick)
 * governor.start()
 * setTimeout(() => governor.shutdown(), 25)
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceAPI {
  /** The name of the service. */
  readonly name: string
  /** The number of this run, from 1. */
  readonly run: number
  /**
   * Where a cluster decides where the service runs (`singleton`, `partitions`): how often it has begun in the whole
   * cluster, up to this run. A larger number is of a later run, so it can fence off the writes of an older one. Elsewhere 0.
   */
  readonly epoch: number
  /** The number of the part that this is a run of, from 0, if the service is in parts (`partitions`). */
  readonly part: number | undefined
  /**
   * A signal that is aborted when this run has to end. The reason is a `DOMException` named `AbortError`. Pass the
   * signal to every function that takes one.
   */
  readonly context: AbortSignal
  /** The same signal as `context`, under the name that the platform uses. */
  readonly signal: AbortSignal
  /**
   * Waits for the duration, or until the run has to end. Resolves with `true` if the run has to end, in a later turn of
   * the event loop: a loop that ignores the answer keeps nobody else from working.
   */
  readonly sleep: (duration: Duration.Input) => Promise<boolean>
  /**
   * Waits for the promise, or until the run has to end. Resolves and rejects as the promise does. Rejects with the
   * reason of the signal once the run has to end; a run that ends with this reason has ended as asked, and not crashed.
   */
  readonly until: <A>(promise: A) => Promise<Awaited<A>>
  /**
   * Calls `close` when `run` and `stop()` have settled, however the run ended. What was deferred last is closed first,
   * and each call is awaited, within the `stopTimeout`. If `close` fails, a run that completed has crashed, and a run
   * that was asked to end has this error in the report. If the run is over already, `close` is called at once.
   */
  readonly defer: (close: () => unknown) => void
  /**
   * Writes a log line with the name of the service, formatted as `console.log` formats. `log.debug`, `log.warn` and
   * `log.error` do the same at other levels. The console gets no lines at the level debug; a `log` function does.
   */
  readonly log: Log
  /** Says that the service does its work now. Needed only with `readiness: "manual"`, and after `unready`. */
  readonly ready: () => void
  /**
   * Says that the service does not do its work for now, and why, until `ready` is called. Its status is `Starting` with
   * this `reason`. The run goes on, and nothing counts as failed. Services that depend on this one and are not up wait.
   */
  readonly unready: (reason?: string) => void
  /** Says that the run is alive. Needed only with `heartbeatTimeout`. */
  readonly heartbeat: () => void
}

type Line = (format: unknown, ...args: ReadonlyArray<unknown>) => void

interface Log extends Line {
  readonly debug: Line
  readonly warn: Line
  readonly error: Line
}

/** Whatever a promise may resolve with. `void` is named so that a `resolve()` without a value type-checks. */
type Anything = void | {} | null | undefined

/**
 * A service that wants to know when its run has to end. `stop` is called once when a live run has to end, after the
 * signal of the run was aborted. The stop is over when `run`, `stop` and what the run has deferred have settled.
 *
 * **When to use**
 *
 * To tell a library that it has to end. Close what `run` has opened with `defer`, or in a `finally` block.
 *
 * **Gotchas**
 *
 * `stop` is not called after a crash. It may be called before `run` has set anything up: a class whose `run` opens, and
 * whose `stop` closes, leaves that open then.
 *
 * **Example** (A consumer with a method that ends it)
 *
 * ```ts
 * import { Governor, type Service, type ServiceAPI, type Stoppable } from "effect-governor/promise"
 *
 * class Consumer implements Service, Stoppable {
 *   #hasToEnd = false
 *
 *   async run({ defer, log, sleep }: ServiceAPI) {
 *     defer(() => log("disconnected"))
 *     while (!this.#hasToEnd) await sleep("10 millis")
 *   }
 *   stop() {
 *     this.#hasToEnd = true
 *   }
 * }
 *
 * const governor = new Governor()
 * governor.add({ create: () => new Consumer() }).name("consumer").start()
 * await governor.whenReady()
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Stoppable {
  stop(): void | PromiseLike<Anything>
}

/**
 * A service as an object.
 *
 * **Example** (A class as a service)
 *
 * ```ts
 * import { Governor, type Service, type ServiceAPI } from "effect-governor/promise"
 *
 * class Greeter implements Service {
 *   readonly #whom: string
 *
 *   constructor(whom: string) {
 *     this.#whom = whom
 *   }
 *   run({ log }: ServiceAPI) {
 *     log("hello %s", this.#whom)
 *   }
 * }
 *
 * const governor = new Governor()
 * governor.add("greeter", new Greeter("world")).start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Partial<Stoppable> {
  run(api: ServiceAPI): void | PromiseLike<Anything>
}

/**
 * A service in plain TypeScript: an object with `run`, that function alone, or an object with `create`, which makes a
 * fresh object, or a promise of one, for each run. Use `create` for classes with state. While the promise of `create` is
 * pending, a stop waits for it; then `run` is not called, and `stop` is, if the object has it.
 *
 * **Example** (All three forms)
 *
 * ```ts
 * import { Governor, type ServiceInput } from "effect-governor/promise"
 *
 * const services: Record<string, ServiceInput> = {
 *   "a function": ({ log }) => log("hello"),
 *   "an object": { run: ({ log }) => log("hello") },
 *   "a fresh object each run": { create: () => ({ run: ({ log }) => log("hello") }) }
 * }
 *
 * const governor = new Governor()
 * for (const [name, service] of Object.entries(services)) governor.add(name, service)
 * governor.start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceInput = Service | Service["run"] | { readonly create: () => Service | PromiseLike<Service> }
