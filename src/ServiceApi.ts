/**
 * Services in plain TypeScript: the object that `run` receives, and how the promise of `run` becomes a run.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { durationMillis } from "./GovernorOption.ts"
import { ServiceRun } from "./ServiceRun.ts"

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
   * A signal that is aborted when this run has to end. The reason is a `DOMException` named `AbortError`. Pass the
   * signal to every function that takes one.
   */
  readonly context: AbortSignal
  /** The same signal as `context`, under the name that the platform uses. */
  readonly signal: AbortSignal
  /** Waits for the duration, or until the run has to end. Resolves with `true` if the run has to end. */
  readonly sleep: (duration: Duration.Input) => Promise<boolean>
  /** Writes a log line with the name of the service, formatted as `console.log` formats. */
  readonly log: (format: unknown, ...args: ReadonlyArray<unknown>) => void
  /** Says that the service does its work now. Needed only with `readiness: "manual"`. */
  readonly ready: () => void
  /** Says that the run is alive. Needed only with `heartbeatTimeout`. */
  readonly heartbeat: () => void
}

/**
 * A service that wants to know when its run has to end. `stop` is called once when a live run has to end, after the
 * signal of the run was aborted. The stop is over when both `run` and `stop` have settled.
 *
 * **Gotchas**
 *
 * `stop` is not called after a crash. So `run` should close what it opened in a `finally` block.
 *
 * **Example** (Closing the server that the run waits for)
 *
 * ```ts
 * import { Governor, type Service, type Stoppable } from "effect-governor/promise"
 * import { once } from "node:events"
 * import { createServer } from "node:http"
 *
 * class Web implements Service, Stoppable {
 *   readonly #server = createServer((_, response) => response.end("hello"))
 *
 *   async run() {
 *     await once(this.#server.listen(0), "close")
 *   }
 *   stop() {
 *     this.#server.close()
 *   }
 * }
 *
 * const governor = new Governor()
 * governor.add({ create: () => new Web() }).name("web").start()
 * await governor.whenReady()
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Stoppable {
  stop(): void | PromiseLike<void>
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
  run(api: ServiceAPI): void | PromiseLike<void>
}

/**
 * A service in plain TypeScript: an object with `run`, that function alone, or an object with `create`, which makes a
 * fresh object for each run. Use `create` for classes with state.
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
export type ServiceInput = Service | Service["run"] | { readonly create: () => Service }

/**
 * The effect that runs such a service, as a part of another effect. It ends when the promise has settled; cancelled, when
 * `stop()` has settled as well.
 *
 * @internal
 */
export const toEffect = (body: ServiceInput): Effect.Effect<void> =>
  Effect.withFiber(({ context }) => {
    const { heartbeat, name, ready, run, unsettled } = Context.get(context, ServiceRun)
    return Effect.callback<void>((resume) => {
      const promise = new PromiseRun({ context, heartbeat, name, ready, run, unsettled, ended: resume })
      promise.begin(body)
      return promise.cancelAndWait()
    })
  })

let reason: DOMException | undefined

/**
 * The reason of every abort: made once, for it means the same everywhere.
 *
 * @internal
 */
export const abortReason = (): DOMException => {
  if (reason !== undefined) return reason
  reason = new DOMException("The governor asked for the end", "AbortError")
  void reason.stack // until it is read, it keeps all that was being called: the first governor that stopped anything
  return reason
}

/** Whether an error is nothing but the echo of our abort: the reason itself, or an abort error made because of it. */
const isEcho = (thrown: unknown): boolean => {
  try {
    if (reason === undefined || !(thrown instanceof Error)) return false
    return thrown === reason || (thrown.name === "AbortError" && thrown.cause === reason)
  } catch {
    return false // a throwing getter
  }
}

/** What the promise of a run needs of that run. */
interface Host extends Pick<ServiceRun, "heartbeat" | "name" | "ready" | "run" | "unsettled"> {
  /** What its effects run in: asked for by few. */
  readonly context: Context.Context<never>
  /** How it ended, perhaps before it has wholly begun. */
  ended(exit: Exit.Exit<void>): void
}

/**
 * One run: the promise of `run`, that of `stop()` once it was called, and what is made on first use.
 *
 * @internal
 */
class PromiseRun {
  readonly host: Host
  #context: Context.Context<never> | undefined
  /** Who waits for the end besides, for an interruption. */
  #cancelled: ((exit: Exit.Exit<void>) => void) | undefined
  #instance: Service | undefined
  /** How many of the two promises have not settled; 0 when the run is over. */
  #pending = 1
  #over = false
  #errors: Array<unknown> | undefined
  /** Who hears of errors, once nobody waits for them. */
  #tell: ((error: unknown) => void) | undefined
  #controller: AbortController | undefined
  #sleepers: Set<() => void> | undefined

  constructor(host: Host) {
    this.host = host
  }

  get context(): Context.Context<never> {
    return this.#context ??= this.host.context
  }

  /** Calls `run`. */
  begin(body: ServiceInput): void {
    const api = new Api(this)
    let returned: void | PromiseLike<void>
    try { // nothing is called in between: each frame would be in the stack of every error thrown
      if (typeof body === "function") returned = body(api)
      else {
        this.#instance = "run" in body ? body : body.create()
        returned = this.#instance.run(api)
      }
    } catch (error) {
      return this.failed(error)
    }
    this.settleWith(returned)
  }

  cancel(): void {
    if (this.#over) return
    this.#pending++
    this.end()
    let returned: void | PromiseLike<void>
    try {
      returned = this.#instance?.stop?.()
    } catch (error) {
      return this.failed(error)
    }
    this.settleWith(returned)
  }

  cancelAndWait(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.#pending === 0) return resume(Effect.void)
      this.#cancelled = resume
      this.cancel()
      if (this.#pending > 0) this.host.unsettled?.(this)
      return undefined
    })
  }

  /** Nobody waits for it any more: gives what was thrown so far, and tells what is thrown from now on. */
  abandon(tell: (error: unknown) => void): ReadonlyArray<unknown> {
    const errors = this.#errors ?? []
    this.#errors = undefined
    this.#tell = tell
    return errors
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#over) this.#controller.abort(abortReason())
    }
    return this.#controller.signal
  }

  async sleep(duration: Duration.Input): Promise<boolean> {
    if (this.#over) return true
    const millis = durationMillis("sleep", duration, { service: this.host.name, infinite: true, negative: true })
    return new Promise((resolve) => {
      const sleepers = this.#sleepers ??= new Set()
      const fiber = Effect.runForkWith(this.context)(Effect.sleep(millis))
      const wake = () => fiber.interruptUnsafe()
      sleepers.add(wake)
      fiber.addObserver((exit) => {
        sleepers.delete(wake)
        resolve(exit._tag === "Failure")
      })
    })
  }

  log(format: unknown, args: ReadonlyArray<unknown>): void {
    this.fork(Effect.logInfo(formatted(format, args)))
  }

  fork(effect: Effect.Effect<void>): void {
    Effect.runForkWith(this.context)(effect)
  }

  /** The signal aborts and the sleepers wake, at a stop and when the run is over: nothing of it outlives it. */
  private end(): void {
    this.#over = true
    this.#controller?.abort(abortReason())
    this.#sleepers?.forEach((wake) => wake())
  }

  private settleWith(returned: void | PromiseLike<void>): void {
    try {
      if (isThenable(returned)) {
        Promise.resolve(returned).then(() => this.settled(), (error) => this.failed(error))
        return
      }
    } catch (error) { // a proxy
      return this.failed(error)
    }
    this.settled()
  }

  private failed(error: unknown): void {
    if (this.#over && isEcho(error)) return this.settled()
    if (this.#tell === undefined) (this.#errors ??= []).push(error)
    else this.#tell(error)
    this.settled()
  }

  private settled(): void {
    if (--this.#pending !== 0) return // below it: a promise of somebody's own calls back twice
    if (!this.#over) this.end()
    const errors = this.#errors
    const exit: Exit.Exit<void> = errors === undefined
      ? Exit.void
      : Exit.failCause(Cause.fromReasons(errors.map(Cause.makeDieReason)))
    this.host.ended(exit)
    this.#cancelled?.(exit)
  }
}

const isThenable = (value: unknown): value is PromiseLike<void> =>
  (typeof value === "object" || typeof value === "function") && value !== null && "then" in value

/** Getters, not fields: nothing is made before it is asked for, and what is taken off the object still works. */
class Api implements ServiceAPI {
  readonly #run: PromiseRun

  static contextOf(api: ServiceAPI): Context.Context<never> | undefined {
    return #run in api ? api.#run.context : undefined
  }

  constructor(run: PromiseRun) {
    this.#run = run
  }
  get name() {
    return this.#run.host.name
  }
  get run() {
    return this.#run.host.run
  }
  get context() {
    return this.#run.signal
  }
  get signal() {
    return this.#run.signal
  }
  get sleep() {
    return (duration: Duration.Input) => this.#run.sleep(duration)
  }
  get log() {
    return (format: unknown, ...args: ReadonlyArray<unknown>) => this.#run.log(format, args)
  }
  get ready() {
    return () => this.#run.fork(this.#run.host.ready)
  }
  get heartbeat() {
    return () => this.#run.fork(this.#run.host.heartbeat)
  }
}

/**
 * What the run behind it runs in; undefined for one that was made by hand, as in a test.
 *
 * @internal
 */
export const contextOf = (api: ServiceAPI): Context.Context<never> | undefined => Api.contextOf(api)

/** As `node:util` formats where there is Node, else joined: the core runs everywhere. */
const formatted = (format: unknown, args: ReadonlyArray<unknown>): string => {
  try {
    const util = globalThis.process?.getBuiltinModule?.("node:util")
    return util ? util.format(format, ...args) : [format, ...args].map(String).join(" ")
  } catch {
    return "(a value that cannot be printed)"
  }
}
