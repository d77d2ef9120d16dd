/**
 * The governor for plain TypeScript. This class translates between promises and the core. It contains no rules.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { ClusterStatus } from "../ClusterStatus.ts"
import type { GovernorEvent as CoreEvent } from "../GovernorEvent.ts"
import { abortReason } from "../internal/bridge/abort.ts"
import { fromEvent, fromReport } from "../internal/bridge/plain.ts"
import { contextOf } from "../internal/bridge/PromiseRun.ts"
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import { doorKey, govern, type Governed } from "../internal/govern.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import { catchSignals, holdUp } from "../node/governed.ts"
import type { SignalOptions } from "../node/signals.ts"
import type { ServiceInput } from "../Service.ts"
import { ServiceRun } from "../ServiceRun.ts"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { Added } from "./Added.ts"
import { check, contextFor, type GovernorOptions, type Inside, inside, joining } from "./GovernorOptions.ts"
import { Nested } from "./Nested.ts"
import { fromReadiness, onceEach, statusLists } from "./plain.ts"
import type { GovernorEvent, Readiness, ServiceStatus, ShutdownReport, Snapshot } from "./plain.ts"
import * as Restart from "./restart.ts"
import { Running } from "./Running.ts"
import { type Config, ownName, type ServiceConfig, type ServiceOptions } from "./ServiceConfig.ts"
import { type CoreHandle, fromCore, ofNone, type ServiceHandle } from "./ServiceHandle.ts"

/**
 * The owner of services: a governor starts services, restarts the services that end or crash, and stops all of them.
 *
 * **Details**
 *
 * Synchronous methods throw an error when they refuse a call. The promises of `shutdown` and `waitForShutdown` never
 * reject. The interface is that of the Go package `governor`.
 *
 * **Gotchas**
 *
 * A run that awaits `shutdown`, or `stop`, `restart` or `remove` of its own service, waits for itself.
 *
 * **Example** (A clock that ends cleanly)
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
  readonly #run: Running
  readonly #closing = new AbortController()
  readonly #added: Added
  /** Waits until the process has left its cluster. */
  readonly #left: Effect.Effect<void>
  /** Shuts down if the `signal` of the options was aborted while nothing listened. */
  #heed: () => void = () => {}
  readonly #plainStatuses = statusLists()
  readonly #plainTreeStatuses = statusLists()
  /** All callers get the same report, and all listeners the same event. */
  readonly #plainReport = onceEach(fromReport)
  readonly #plainEvent = onceEach((event: CoreEvent) => fromEvent(event, this.#plainReport))
  readonly #plainTreeEvent = onceEach((event: CoreEvent) => fromEvent(event, this.#plainReport))

  constructor(options?: GovernorOptions)
  /** @internal */
  constructor(options?: GovernorOptions & Inside)
  constructor(options: GovernorOptions & Inside = {}) {
    const { log, restart, signal, ...others } = check(options)
    const policy = restart === undefined ? undefined : Restart.fromInput(restart)
    this.#run = new Running(contextFor(log, options))
    const scope = Scope.makeUnsafe()
    this.#core = this.#run.now(Scope.provide(govern(others), scope))
    this.#added = new Added(this.#core, this.#run, scope, () => this.#closing.signal.aborted, {
      start: (config) => this.#start(config),
      inside: (add) => Governor.#nested((governor) => add(governor.#added), {})
    })
    this.#added.policy = policy
    holdUp(this.#core, this.#run.context)
    this.#left = options[joining]?.join(this.#core, this.#run.context) ?? Effect.void
    this.#run.fork(this.#core.awaitShutdownStart).addObserver(() => this.#closed(scope))
    if (signal !== undefined) this.#obey(signal)
  }

  /**
   * A governor as a service of another governor, to any depth. Each run makes a new governor, calls `configure` with
   * it, awaits what `configure` returns, and starts the governor. The service is ready when the inner services are
   * ready. When a significant inner service fails, the run has crashed with `GovernorFailed`, and the restart policy of
   * this service decides. When this service is stopped, the inner governor shuts down within the time of that stop. The
   * report of the outer governor lists the inner services by their paths. By default `log` is the log of the outer
   * governor, and `name` is the name of the service. From Erlang/OTP.
   */
  static asService(configure: (governor: Governor) => unknown, options: GovernorOptions = {}): ServiceInput {
    Option.callable("configure", configure)
    check(options)
    return Governor.#nested(configure, options)
  }

  static #nested(configure: (governor: Governor) => unknown, options: GovernorOptions): Nested {
    return new Nested(() => {
      let governor: Governor | undefined
      return {
        run: (api) => {
          governor = new Governor({ ...options, name: options.name ?? api.name, [inside]: contextOf(api) })
          return governor.#serve(api, configure)
        },
        stop: () => governor === undefined ? undefined : governor.#end("was asked to end")
      }
    })
  }

  /** Runs this governor as one run of a service of another governor. */
  async #serve(api: ServiceAPI, configure: (governor: Governor) => unknown): Promise<void> {
    try {
      const { nest } = Context.get(this.#run.context, ServiceRun)
      nest?.contains(this.#core.door)
      await configure(this)
      this.start()
      void this.#run.promise(this.#core.awaitReady).then(api.ready)
      await this.#run.promise(this.#core.door.awaitEnd(nest?.mustComplete))
    } finally {
      await this.#end("has ended")
    }
  }

  /** Shuts down with its run, and reads no report: each level of a tree would list all services below it. */
  #end(why: string): Promise<void> {
    const message = `the run of service "${Context.get(this.#run.context, ServiceRun).name}" around the governor ${why}`
    return this.#run.promise(Effect.asVoid(this.#core.shutdownWith(message)))
  }

  /**
   * Shuts down when the process receives SIGINT, SIGTERM, SIGHUP or SIGQUIT (SIGBREAK on Windows), or one of the
   * `signals`, within 25 seconds if the governor has no `shutdownTimeout`. If a signal has come before this call, the
   * shutdown begins at once. If the same signal comes again, a second later or more (`again`), the process ends with
   * 128 + its number. What else keeps the process up after such a shutdown is named in the log one second later, and
   * left behind when the time of the shutdown is over. If the latest report is not `ok`, or a run has not settled as the
   * process leaves, the exit code is 1, unless you set one. In a governor inside of another, this only writes a line to
   * the log: the outermost governor gets the signals.
   */
  catchSignals(options: SignalOptions = {}): this {
    catchSignals(this.#core, this.#run.context, options)
    return this
  }

  /**
   * Sets the restart policy of services that have none of their own. The delay may be zero. Without it services never
   * restart.
   */
  restart(after: Duration.Input, options: Restart.RestartOptions = {}): this {
    this.#added.policy = Restart.fromArguments(after, options)
    return this
  }

  /**
   * Adds a service, which runs once it is started. The name may come first. After a shutdown has begun, it adds nothing
   * and logs a warning. Throws `InvalidOption` or `DuplicateService`.
   */
  add(service: ServiceInput, options?: ServiceOptions): ServiceConfig
  add(name: string, service: ServiceInput, options?: ServiceOptions): ServiceConfig
  add(first: string | ServiceInput, second?: ServiceInput | ServiceOptions, third?: ServiceOptions): ServiceConfig {
    return typeof first === "string"
      ? this.#add(second as ServiceInput, { ...third, name: first })
      : this.#add(first, second as ServiceOptions)
  }

  /**
   * Starts together all services that were added and never started. Each begins once its dependencies are ready. Throws
   * `InvalidOption`, and starts nothing, if a dependency is missing or services depend on one another in a circle.
   */
  start(): void {
    this.#heed()
    this.#added.handOver()
    this.#run.begin(this.#core.start)
  }

  /**
   * Resolves when each service that was started so far has been ready, or is over, or when the `timeout` is over.
   * Default: no limit. The answer says which services are ready, and why the others are not. It tells how a start went.
   * For a health check, read `status()`: `Running` is ready now. Never rejects. Throws `InvalidOption`.
   */
  whenReady(options: { readonly timeout?: Duration.Input | undefined } = {}): Promise<Readiness> {
    const { timeout = Infinity } = Option.known("options", options, ["timeout"])
    const readiness = () => fromReadiness(this.#core.readiness())
    const wait = Effect.map(this.#core.awaitReady, readiness)
    return this.#run.within(wait, Option.timeoutMillis("timeout", timeout), readiness)
  }

  /** Stops all services. Resolves when all have stopped. Every call gets the same report. Never rejects. */
  shutdown(reason?: string): Promise<ShutdownReport> {
    this.#heed()
    if (reason === undefined) return this.#shutdown({ _tag: "Requested" })
    return this.#shutdown({ _tag: "Requested", message: typeof reason === "string" ? reason : Option.show(reason) })
  }

  /**
   * Resolves when a shutdown is complete, or every started service is over. Resolves at once if none was started. Never
   * rejects.
   */
  waitForShutdown(): Promise<ShutdownReport> {
    this.#heed()
    return this.#run.promise(Effect.tap(this.#core.awaitShutdown, this.#left)).then((report) => {
      if (report.services.length === 0 && this.#added.size > 0) {
        this.#run.warn(
          `waitForShutdown() does not wait, because no service was started (added: ${this.#added.size}): call start() first`
        )
      }
      return this.#plainReport(report)
    })
  }

  /** A signal that is aborted when the shutdown begins. */
  get context(): AbortSignal {
    this.#heed()
    return this.#closing.signal
  }

  /**
   * The status of each service, in the order in which the services were added. With `{ tree: true }` each service is
   * followed by the services of the governor inside it, to any depth. Their names are paths, such as `"ingest/reader"`.
   * Between two runs they keep their last statuses. Throws `InvalidOption`.
   */
  status(options?: { readonly tree?: boolean | undefined }): ReadonlyArray<ServiceStatus> {
    return this.snapshot(options).services
  }

  /**
   * The status of each service, as `status` gives them, and the `sequence` of the latest event that is in them. Events
   * with a larger `sequence` came later. Throws `InvalidOption`.
   */
  snapshot(options?: { readonly tree?: boolean | undefined }): Snapshot {
    const isTree = Option.isTree(options)
    this.#added.handOver()
    const { sequence, services } = this.#run.now(isTree ? this.#core.treeSnapshot : this.#core.snapshot)
    return { sequence, services: isTree ? this.#plainTreeStatuses(services) : this.#plainStatuses(services) }
  }

  /**
   * The services of the cluster, on whichever node they run, as this node knows them now, sorted by their names. Empty if
   * the governor is in no cluster.
   */
  clusterStatus(): ReadonlyArray<ClusterStatus> {
    return this.#run.now(this.#core.clusterStatus)
  }

  /**
   * Lets a node of the cluster give its services to the other nodes, and take no more until its process begins anew.
   * Services that each node has go on. Without an address: the node of this governor. Resolves when the others may have
   * the services. Rejects with `UnknownNode` if no node has the address, and with
   * `InvalidOption`. A governor in no cluster has nothing to give away.
   */
  async drain(node?: string): Promise<void> {
    const checked = node === undefined ? undefined : Option.name(node, "node")
    const asked = this.#core.door.cluster()?.drain(checked) ?? Effect.succeed(Effect.void)
    await this.#run.promise(Effect.flatten(asked))
  }

  /**
   * Calls the listener for each event, at once and in order, until the returned function is called. All listeners get
   * the same plain object. A listener that is added while an event is told does not hear that event. With
   * `{ tree: true }` the listener hears the events of the governors inside too, to any depth. Then `service` is the path,
   * and an event of a governor inside has the path of the service around it as `governor`. Throws `InvalidOption`.
   */
  onEvent(listener: (event: GovernorEvent) => void, options?: { readonly tree?: boolean | undefined }): () => void {
    Option.callable("listener", listener)
    const plain = Option.isTree(options) ? this.#plainTreeEvent : this.#plainEvent
    return this.#core.listen((event) => listener(plain(event)), options)
  }

  /**
   * The handle of the service of this name, or of this path into governors inside, such as `"ingest/reader"`. The `name`
   * of such a handle is the path. When the governor inside begins its next run, it makes new services, and the handle is
   * of the new service of that path. While there is none, `start` and `restart` reject with `UnknownService`, or with
   * `GovernorClosed` if the governor of the latest run is still there. Throws `UnknownService`.
   */
  get(name: string): ServiceHandle {
    this.#added.handOver()
    return this.#handle(this.#run.now(this.#core.get(name)))
  }

  /** For the other entries of this package, which look at the core. @internal */
  get [doorKey](): Governed["door"] {
    return this.#core.door
  }

  /** Shuts down at the end of a block: `await using governor = new Governor()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  #handle(handle: CoreHandle): ServiceHandle {
    return fromCore(handle, this.#run, () => this.#heed())
  }

  #add(service: ServiceInput, options: ServiceOptions = {}): ServiceConfig {
    this.#heed()
    return this.#added.add(service, options)
  }

  #start(config: Config): ServiceHandle {
    this.#heed()
    // The core has the service already if its status was read, or if a dependency was missing at its first start.
    if (config.state === "started") this.#added.handOver()
    else if (config.state === "configurable") this.#added.takeAll(config)
    const name = config.wanted ?? ownName(config.service)
    const isClosed = this.#closing.signal.aborted
    if (config.state === "inert" || !this.#core.has(name)) return this.#handle(ofNone(name, isClosed))
    const handle = this.#run.now(this.#core.get(name))
    if (!isClosed && this.#run.now(handle.status)._tag === "Pending") this.#run.begin(handle.begin)
    return this.#handle(handle)
  }

  // --- the process ---

  #shutdown(reason: ShutdownReason): Promise<ShutdownReport> {
    return this.#run.promise(Effect.tap(this.#core.shutdownWith(reason), this.#left)).then(this.#plainReport)
  }

  #closed(scope: Scope.Closeable): void {
    this.#closing.abort(abortReason())
    this.#run.fork(Scope.close(scope, Exit.void))
  }

  /**
   * Shuts down when the signal is aborted. The signal may live longer than the governor, so nothing listens to it once
   * all services are over, until one is active again. Meanwhile `heed` looks at it before anything is done.
   */
  #obey(signal: AbortSignal): void {
    const aborted = () => void this.#shutdown({ _tag: "Aborted", cause: Cause.die(signal.reason) })
    const unlisten = () => signal.removeEventListener("abort", aborted)
    this.#heed = () => {
      if (signal.aborted && !this.#closing.signal.aborted) aborted()
    }
    this.#heed()
    signal.addEventListener("abort", aborted)
    this.#closing.signal.addEventListener("abort", unlisten)
    this.#core.door.whileActive(() => {
      if (signal.aborted) queueMicrotask(this.#heed) // nothing may be commanded while a service begins
      signal.addEventListener("abort", aborted)
      return unlisten
    })
  }
}
