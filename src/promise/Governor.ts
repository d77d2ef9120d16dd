/**
 * The governor for plain TypeScript. It translates between promises and the core, which has all the rules.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { GovernorFailed, InvalidOption } from "../GovernorError.ts"
import type { GovernorEvent as CoreEvent } from "../GovernorEvent.ts"
import * as Option from "../GovernorOption.ts"
import { govern, type Governed } from "../internal/govern.ts"
import { catchSignals } from "../node/governed.ts"
import { CurrentHub, type SignalOptions } from "../node/process.ts"
import type { Checked } from "../RestartPolicy.ts"
import type { ServiceInput } from "../Service.ts"
import { abortReason, contextOf, type ServiceAPI, toEffect } from "../ServiceApi.ts"
import { ServiceRun } from "../ServiceRun.ts"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { check, contextFor, type GovernorOptions, type Inside, inside } from "./GovernorOptions.ts"
import { Nested } from "./Nested.ts"
import {
  fromEvent,
  fromReport,
  fromStatus,
  type GovernorEvent,
  onceEach,
  type ServiceStatus,
  type ShutdownReport,
  statusLists
} from "./plain.ts"
import * as Restart from "./restart.ts"
import { Config, Names, type Owner, ownName, type ServiceConfig, type ServiceOptions } from "./ServiceConfig.ts"

/**
 * A service that was handed to the governor. Commands may come from anywhere at any time: the latest wins.
 *
 * **Example** (Restarting a service by hand)
 *
 * ```ts
 * import { Governor, type ServiceHandle } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("feed", async ({ sleep }) => void await sleep("Infinity"))
 * governor.start()
 * await governor.whenReady()
 *
 * const feed: ServiceHandle = governor.get("feed")
 * await feed.restart()
 * console.log(feed.status().run) // 2
 * await feed.stop()
 * console.log(feed.status()._tag) // Stopped
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceHandle {
  readonly name: string
  /** What the service is doing. */
  status(): ServiceStatus
  /**
   * Starts the service and those of its dependencies that are not up. Resolves when the run has begun, or waits for its
   * dependencies. Rejects after a shutdown began, when a run was abandoned, or when a dependency is not there.
   */
  start(): Promise<void>
  /** Stops the service. Resolves when the run has settled or was abandoned. Services that depend on it go on. */
  stop(): Promise<void>
  /** Stops the service if it runs, and starts it. Resolves when the next run has begun. Rejects as `start` does. */
  restart(): Promise<void>
  /**
   * Stops the service and forgets it: its name is free then. Rejects when a run was abandoned, or with `ServiceInUse` when
   * other services depend on it.
   */
  remove(): Promise<void>
}

type Taken = Effect.Success<ReturnType<Governed["get"]>>

/**
 * Oversees services: starts them, restarts those that stop or crash, and ends them all.
 *
 * **Details**
 *
 * Synchronous methods throw what they refuse; the promises of `shutdown` and `waitForShutdown` never reject. The
 * interface is that of the Go package `governor`.
 *
 * **Gotchas**
 *
 * A run that awaits `shutdown`, or the `stop` of its own handle, waits for itself.
 *
 * **Example** (A clock that leaves cleanly)
 *
 * ```ts
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor().catchSignals().restart("1 second")
 * governor.add("clock", async ({ log, sleep }) => {
 *   do log("it is %s", new Date().toISOString())
 *   while (!(await sleep("1 second")))
 * })
 * governor.start()
 * setTimeout(() => governor.shutdown("seen enough"), 50)
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export class Governor {
  readonly #core: Governed
  readonly #context: Context.Context<never>
  readonly #closing = new AbortController()
  /** Services that were added and not handed to the core yet. */
  readonly #configs = new Set<Config>()
  readonly #names = new Names((name) => this.#core.has(name))
  #policy: Checked | undefined
  /** Whether the outcome of its shutdown decides the exit code of the process. */
  #concludes = false
  readonly #plainStatuses = statusLists()
  /** All callers get the same report, and all listeners the same event. */
  readonly #plainReport = onceEach(fromReport)
  readonly #plainEvent = onceEach((event: CoreEvent) => fromEvent(event, this.#plainReport))

  constructor(options: GovernorOptions & Inside = {}) {
    const { log, restart, signal, ...others } = check(options)
    if (restart !== undefined) this.#policy = Restart.fromInput(restart)
    this.#context = contextFor(log, options[inside])
    const scope = Scope.makeUnsafe()
    this.#core = this.#now(Scope.provide(govern(others), scope))
    Context.get(this.#context, CurrentHub).holdUp(this.#core, () => this.#concludes)
    this.#fork(this.#core.awaitShutdownStart).addObserver(() => this.#closed(scope))
    if (signal !== undefined) this.#obey(signal)
  }

  /**
   * A service that is a governor itself, to any depth. Each run makes a new governor, has it configured, and starts it once
   * the promise that `configure` may return has settled. The run is ready when the services inside are. If a significant
   * service inside fails, the run has crashed, and the policy of this service decides. When this service is stopped, the
   * governor inside shuts down within the time that the stop may take. The report of the outer governor has the services
   * inside by their paths. `log` is by default that of the outer governor, `name` that of the service. From Erlang/OTP.
   */
  static asService(configure: (governor: Governor) => unknown, options: GovernorOptions = {}): ServiceInput {
    if (typeof configure !== "function") {
      throw new InvalidOption({ field: "configure", expected: "a function", actual: Option.show(configure) })
    }
    check(options)
    return new Nested(() => {
      let governor: Governor | undefined
      return {
        run: (api) => {
          governor = new Governor({ ...options, name: options.name ?? api.name, [inside]: contextOf(api) })
          return governor.#serve(api, configure)
        },
        stop: () => governor === undefined ? undefined : governor.#end()
      }
    })
  }

  /** The run of a service that is this governor. */
  async #serve(api: ServiceAPI, configure: (governor: Governor) => unknown): Promise<void> {
    try {
      Context.get(this.#context, ServiceRun).nest?.contains(this.#core.door)
      await configure(this)
      this.start()
      void this.whenReady().then(api.ready)
      const report = await this.#promise(this.#core.awaitShutdown)
      const service = this.#core.door.significantFailure()
      if (service !== undefined) throw new GovernorFailed({ governor: this.#core.name, service, report })
    } finally {
      await this.#end()
    }
  }

  /** Shuts down, and reads no report: each level of a tree would list all services below it. */
  #end(): Promise<void> {
    return this.#promise(Effect.asVoid(this.#core.shutdown))
  }

  /**
   * Shuts down when the process receives SIGINT, SIGTERM, SIGHUP or SIGQUIT (SIGBREAK on Windows). The same signal again, a
   * second later, ends the process with 128 + its number. The exit code is 1 if not all went well, unless you set one.
   */
  catchSignals(options: SignalOptions = {}): this {
    catchSignals(this.#core, this.#context, options)
    this.#concludes = true
    return this
  }

  /** The restart policy of services without one of their own. The delay may be zero. By default services never restart. */
  restart(after: Duration.Input, options: Restart.RestartOptions = {}): this {
    this.#policy = Restart.fromArguments(after, options)
    return this
  }

  /**
   * Adds a service, which runs once it is started. The name may come first. After a shutdown began `add` does nothing but
   * warn. Throws `InvalidOption` or `DuplicateService`.
   */
  add(service: ServiceInput, options?: ServiceOptions): ServiceConfig
  add(name: string, service: ServiceInput, options?: ServiceOptions): ServiceConfig
  add(first: string | ServiceInput, second?: ServiceInput | ServiceOptions, third?: ServiceOptions): ServiceConfig {
    return typeof first === "string"
      ? this.#add(second as ServiceInput, { ...third, name: first })
      : this.#add(first, second as ServiceOptions)
  }

  /**
   * Starts all services that were added and never started, together, each once its dependencies are ready. Throws
   * `InvalidOption`, and starts nothing, if a dependency is not there or services depend on one another in a circle.
   */
  start(): void {
    this.#handOver()
    this.#begin(this.#core.start)
  }

  /** Resolves when each service started so far is ready, or over. */
  whenReady(): Promise<void> {
    return this.#promise(this.#core.awaitReady)
  }

  /** Stops all services; resolves when all have stopped. Every call gets the same report. Never rejects. */
  shutdown(reason?: string): Promise<ShutdownReport> {
    if (reason === undefined) return this.#shutdown({ _tag: "Requested" })
    return this.#shutdown({ _tag: "Requested", message: typeof reason === "string" ? reason : Option.show(reason) })
  }

  /**
   * Resolves when a shutdown is complete or every started service is over: at once if none was started. Never rejects.
   */
  waitForShutdown(): Promise<ShutdownReport> {
    return this.#promise(this.#core.awaitShutdown).then((report) => {
      if (report.services.length === 0 && this.#configs.size > 0) {
        this.#warn(`nothing to wait for: services were added (${this.#configs.size}), and none was started`)
      }
      return this.#plainReport(report)
    })
  }

  /** Aborted when the shutdown begins. */
  get context(): AbortSignal {
    return this.#closing.signal
  }

  /**
   * What each service is doing, in the order in which they were added. A status that has not changed is the same object as
   * before.
   */
  status(): ReadonlyArray<ServiceStatus> {
    this.#handOver()
    return this.#plainStatuses(this.#now(this.#core.status))
  }

  /**
   * Calls the listener for each event, at once and in order, until the returned function is called. All listeners are given
   * the same object: make a copy of it before you change it.
   */
  onEvent(listener: (event: GovernorEvent) => void): () => void {
    if (typeof listener !== "function") {
      throw new InvalidOption({ field: "listener", expected: "a function", actual: Option.show(listener) })
    }
    return this.#core.listen((event) => listener(this.#plainEvent(event)))
  }

  /** The service of this name. Throws `UnknownService`. */
  get(name: string): ServiceHandle {
    this.#handOver()
    return this.#handle(this.#now(this.#core.get(name)))
  }

  /** Shuts down: `await using governor = new Governor()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  // --- from configurations to services ---

  readonly #owner: Owner = {
    rename: (config, name) => {
      this.#names.take(name)
      if (config.wanted !== undefined) this.#names.free(config.wanted)
    },
    start: (config) => {
      if (config.state === "started") this.#handOver() // `get` or `status` handed it over, or `start` was refused for a missing dependency
      else this.#takeAll(config)
      const name = config.wanted!
      if (this.#closing.signal.aborted || !this.#core.has(name)) return
      const { start, status } = this.#now(this.#core.get(name))
      if (this.#now(status)._tag === "Pending") this.#begin(start)
    }
  }

  #add(service: ServiceInput, options: ServiceOptions = {}): ServiceConfig {
    if (!this.#closing.signal.aborted) {
      const config = new Config(this.#owner, service, options, "configurable")
      this.#configs.add(config)
      return config
    }
    const config = new Config(this.#owner, service, options, "inert")
    this.#warn(`service "${config.wanted ?? ownName(service)}" was not added: the governor is shutting down`)
    return config
  }

  #handOver(): void {
    for (const config of this.#configs) this.#take(config)
    this.#configs.clear()
    this.#names.clear()
  }

  /** Hands a service over with those of its dependencies that were added. */
  #takeAll(config: Config): void {
    const wanted = new Set(config.options.dependsOn)
    for (const name of wanted) {
      const isIt = (other: Config) => other !== config && (other.wanted ?? ownName(other.service)) === name
      const dependency = Array.from(this.#configs).find(isIt)
      if (dependency === undefined) continue
      dependency.options.dependsOn?.forEach((next) => wanted.add(next))
      this.#take(dependency)
      this.#forget(dependency)
    }
    this.#take(config)
    this.#forget(config)
  }

  #forget(config: Config): void {
    this.#configs.delete(config)
    this.#names.free(config.wanted!) // the core has the name now
  }

  #take(config: Config): void {
    if (config.state !== "configurable") return // handed over before: `start` comes again when a later service was refused
    const name = config.wanted ??= this.#names.takeLike(ownName(config.service))
    if (this.#closing.signal.aborted) {
      config.state = "inert"
      return this.#warn(`service "${name}" was not started: the governor is shutting down`)
    }
    const { options, policy, service: body } = config
    config.state = "started" // before the core tells of it: a listener may ask for the other services
    try {
      this.#core.take({ name, options, policy, effect: toEffect(body) }, this.#context, this.#policy)
    } catch (error) {
      config.state = "configurable"
      throw error
    }
  }

  #handle(handle: Taken): ServiceHandle {
    return {
      name: handle.name,
      status: () => fromStatus(this.#now(handle.status)),
      start: () => this.#promise(handle.start),
      stop: () => this.#promise(handle.stop),
      restart: () => this.#promise(handle.restart),
      remove: () => this.#promise(handle.remove)
    }
  }

  // --- the process ---

  #shutdown(reason: ShutdownReason): Promise<ShutdownReport> {
    const report = this.#promise(this.#core.shutdownWith(reason))
    return report.then(this.#plainReport)
  }

  #closed(scope: Scope.Closeable): void {
    this.#closing.abort(abortReason())
    this.#fork(Scope.close(scope, Exit.void))
  }

  #obey(signal: AbortSignal): void {
    const aborted = () => void this.#shutdown({ _tag: "Aborted", cause: Cause.die(signal.reason) })
    if (signal.aborted) return aborted()
    signal.addEventListener("abort", aborted, { once: true })
    this.#closing.signal.addEventListener("abort", () => signal.removeEventListener("abort", aborted), { once: true })
  }

  // --- running effects ---

  #warn(message: string): void {
    this.#fork(Effect.logWarning(message))
  }

  #fork<A, E>(effect: Effect.Effect<A, E>) {
    return Effect.runForkWith(this.#context)(effect)
  }

  /** Runs an effect that answers at once. Throws the error if the effect fails. */
  #now<A, E>(effect: Effect.Effect<A, E>): A {
    const exit = this.#fork(effect).pollUnsafe() as Exit.Exit<A, E>
    if (exit._tag === "Success") return exit.value
    throw Cause.squash(exit.cause)
  }

  /** Begins an effect. Throws the error if the effect fails at once, and does not wait for its end. */
  #begin<E>(effect: Effect.Effect<void, E>): void {
    const exit = this.#fork(effect).pollUnsafe()
    if (exit?._tag === "Failure") throw Cause.squash(exit.cause)
  }

  #promise<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    return Effect.runPromiseWith(this.#context)(effect)
  }
}
