/**
 * The configuration of a service between `add` and its start.
 */
import type * as Duration from "effect/Duration"
import { DuplicateService, InvalidOption } from "../GovernorError.ts"
import { type Configure, configured } from "../internal/bridge/configured.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import * as RestartPolicy from "../RestartPolicy.ts"
import { type Checked, checkValues, optionKeys, type ServiceInput } from "../Service.ts"
import { Nested } from "./Nested.ts"
import { isSingleton, type Parts, partsOf, wholeOf } from "./parts.ts"
import type { Probe } from "./Probe.ts"
import * as Restart from "./restart.ts"
import type { ServiceHandle } from "./ServiceHandle.ts"

/**
 * How one service is supervised.
 *
 * **Details**
 *
 * - `name`: the name of the service. Default: the name of its constructor or function, with a number if that name is
 *   taken
 * - `restart`: the delay, `{ after, ...options }`, or `false` for never. Default: the policy of the governor. A service
 *   with `readiness: "completed"` takes that policy after a failure only
 * - `dependsOn`: names of services. Each of them must be ready before a run of this service begins, and is stopped
 *   after this service. They can be added later than this service
 * - `bindsTo`: as `dependsOn`, and more: when one of these services is not ready any more, this service stops, whatever
 *   the strategy of the governor, and begins again when all are ready. That is no restart, and counts nowhere. If one of
 *   them is `Failed`, this service fails with `DependencyFailed`. A service that has completed counts as ready. From
 *   systemd (`BindsTo` with `PartOf`)
 * - `readiness`: when the service is ready. `"automatic"` (default): once the first synchronous stretch of the run has
 *   passed without failing. `"manual"`: when the run calls `ready()`, or completes. `"completed"`: when a run has
 *   completed, for example a migration. A `Probe`: when its check succeeds; after some failures the service is not
 *   ready any more (`ServiceUnready`), until the check succeeds again. The first check is made right after the first
 *   synchronous stretch of the run. What the run says with `unready()` holds until it calls `ready()`; otherwise
 *   `ready()` does nothing then
 * - `liveness`: a `Probe`, whose checks begin when the run was ready for the first time, the first of them after one
 *   period. After some failures in a row the run is hung: it is asked to end and counts as crashed, with `ProbeFailed`.
 *   A check that comes late, because the process had no time, proves nothing. Default: no probe
 * - `startTimeout`: how long a run may take to become ready. After that time the run is asked to end and counts as
 *   crashed. Default: no limit
 * - `heartbeatTimeout`: how long a run may go without calling `heartbeat()`, from its beginning on. After that time the
 *   run is hung: it is asked to end and counts as crashed. If the check itself comes late, because the process had no
 *   time, the run has the same time again. Default: no limit. From systemd
 * - `stopTimeout`: how long a stop may take before the run is abandoned. The same limit applies to the end of a hung
 *   run. Default: the limit of the governor, or else no limit; a hung run then has its `heartbeatTimeout`, or else the
 *   time that its `liveness` probe takes to fail, or else its `startTimeout`
 * - `significant`: if true, the governor shuts down when this service is over for good, completed or failed;
 *   `"failure"`: only if the service failed. Default: false
 * - `health`: whether the process is ready only if this service is, as `/readyz` of `effect-governor/http` says it:
 *   `"required"` (default) or `"optional"`. No other rule asks for it. From Kubernetes and Spring Boot
 * - `removeWhenOver`: if true, the service is removed when it has completed or failed for good, unless other services
 *   depend on it. It is then in no status and no report, and its failure does not make a report bad, unless the service
 *   is `significant`. For services that come and go. A stop by hand does not remove it. Default: false
 * - `singleton`: if true, the service runs in one process only, if there are several: in a cluster
 *   (`effect-governor/cluster/promise`) each process has the service, one of them runs it, and the others stand by
 *   (`Standby`). No other service can depend on it there, because it may be in another process. In one process it is a
 *   service like any other. Default: false. From Erlang/OTP (distributed applications) and Akka (cluster singletons)
 * - `partitions`: into how many parts the service is divided. Each part has runs of its own, which know its number as
 *   `api.part`, from 0. The parts are named by their numbers, in a governor inside of this service: `"ingest/0"`,
 *   `"ingest/1"` …. In a cluster each part runs in one process only, and the parts are spread over the processes: evenly if
 *   `partitions` is a multiple of 12. `name`, `dependsOn`, `bindsTo` and `health` are of the whole,
 *   `significant` of both, all others of each part. Default: the service is not divided
 *
 * An abandoned run may still go on. Until it settles, the service is not started again. When it settles while the
 * service is still wanted up and no shutdown has begun, the service has crashed at that moment, and its restart policy
 * decides. After a stop or a removal nothing begins by itself, but `start()` by hand works again.
 *
 * **Example** (A service that says when it is ready)
 *
 * ```ts
 * import { Governor, type ServiceOptions } from "effect-governor/promise"
 *
 * const options: ServiceOptions = { readiness: "manual", restart: false, stopTimeout: "5 seconds" }
 *
 * const governor = new Governor({ restart: "1 second" })
 * governor.add("cache", async ({ log, ready, sleep }) => {
 *   await sleep("10 millis")
 *   log("filled")
 *   ready()
 *   await sleep("Infinity")
 * }, options)
 * governor.start()
 * await governor.whenReady() // filled
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceOptions {
  readonly name?: string | undefined
  readonly restart?: Restart.RestartInput | undefined
  readonly dependsOn?: ReadonlyArray<string> | undefined
  readonly bindsTo?: ReadonlyArray<string> | undefined
  readonly readiness?: "automatic" | "manual" | "completed" | Probe | undefined
  readonly liveness?: Probe | undefined
  readonly startTimeout?: Duration.Input | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly significant?: boolean | "failure" | undefined
  readonly health?: "required" | "optional" | undefined
  readonly removeWhenOver?: boolean | undefined
  readonly singleton?: boolean | undefined
  readonly partitions?: number | undefined
}

/**
 * The configuration of a service that was added. Its methods can be chained until the service is started, or read by
 * `status` or `get`.
 *
 * **Example** (Two services of one class)
 *
 * ```ts
 * import { Governor, type ServiceAPI } from "effect-governor/promise"
 *
 * class Reader {
 *   run({ log }: ServiceAPI) {
 *     log("read all there was")
 *   }
 * }
 *
 * const governor = new Governor().restart("1 second")
 * governor.add(new Reader()).name("reader of mails").noRestart()
 * governor.add(new Reader()).name("reader of news").restart("5 seconds", { when: "failure" })
 * governor.start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceConfig {
  /** Names the service, for the log and for `get`. */
  name(name: string): ServiceConfig
  /** Restarts the service when its run ends, and replaces the policy of the governor. The delay may be zero. */
  restart(after: Duration.Input, options?: Restart.RestartOptions): ServiceConfig
  /** Never restarts the service, and replaces the policy of the governor. */
  noRestart(): ServiceConfig
  /**
   * Starts the service and its dependencies, and gives its handle. After the start, nothing can be configured. Throws
   * `InvalidOption` if a dependency is missing.
   */
  start(): ServiceHandle
}

/**
 * The parts of a governor that a configuration needs.
 *
 * @internal
 */
export interface Owner {
  /** Takes the new name and frees the old one. Throws if the new name is taken. */
  rename(config: Config, name: string): void
  start(config: Config): ServiceHandle
}

const keys = ["name", "singleton", "partitions", ...optionKeys]

type State = "configurable" | "started" | "inert"

/** @internal */
export class Config implements ServiceConfig {
  readonly service: ServiceInput
  readonly options: Checked
  /** Undefined: the service is in one piece. */
  readonly parts: Parts | undefined
  /** Whether a cluster places the service. */
  isSingleton: boolean
  /** The number of the part that the service is, if it is one. */
  part: number | undefined
  readonly #owner: Owner
  /** The name that was asked for, if there was one. */
  wanted: string | undefined
  policy: RestartPolicy.Checked | undefined
  /** An inert configuration belongs to no governor, because the governor was shutting down at `add`. */
  state: State

  constructor(owner: Owner, service: ServiceInput, options: ServiceOptions, state: State) {
    this.#owner = owner
    const given = typeof options?.name === "string" ? options.name : undefined
    const checkedService = checkService(service, given)
    const { name, restart } = Option.known("options", options, keys, given)
    const whole = withOwn(checkedService, options)
    const checked = checkValues(whole.options, name)
    this.isSingleton = isSingleton(options, name)
    this.parts = partsOf(options, name)
    this.service = this.parts === undefined ? whole.service : checkedService
    // A nested governor says that it is ready when its services are ready.
    const isReadyLater = service instanceof Nested && options.readiness === undefined
    if (this.parts !== undefined) this.options = checkValues(wholeOf(options), name)
    else this.options = isReadyLater ? { ...checked, readiness: "manual" } : checked
    this.state = state
    if (restart !== undefined) this.policy = Restart.fromInput(restart, name)
    if (name !== undefined) this.name(name)
  }

  name(name: string): this {
    this.#check("name", Option.show(name))
    const checked = Option.serviceName(name)
    if (this.state === "configurable" && checked !== this.wanted) this.#owner.rename(this, checked)
    this.wanted = checked
    return this
  }

  restart(after: Duration.Input, options: Restart.RestartOptions = {}): this {
    this.#check("restart", Option.show(after))
    this.policy = Restart.fromArguments(after, options, this.wanted)
    return this
  }

  noRestart(): this {
    this.#check("noRestart", "")
    this.policy = RestartPolicy.check(RestartPolicy.never)
    return this
  }

  start(): ServiceHandle {
    return this.#owner.start(this)
  }

  /** Throws if the core has the service already. The core takes it at its start, or when `status` or `get` reads it. */
  #check(method: string, argument: string): void {
    if (this.state !== "started") return
    const expected = "a call before the service is started, or read by status() or get()"
    throw new InvalidOption({
      service: this.wanted,
      field: method,
      expected,
      actual: `the later call ${method}(${argument})`
    })
  }
}

/** The service as it is told where it is added, with the options that it brings along. */
const withOwn = (
  service: ServiceInput,
  options: ServiceOptions
): { readonly service: ServiceInput; readonly options: ServiceOptions } => {
  if (!(configured in service)) return { service, options }
  const made = (service[configured] as Configure)(service, options, options.name)
  return { service: made.service, options: { ...options, ...made.own } }
}

const checkService = (service: unknown, name: string | undefined): ServiceInput => {
  if (typeof service === "function" && !isClass(service)) return service as ServiceInput
  if (typeof service === "object" && service !== null) {
    if (hasFunction(service, "run") || hasFunction(service, "create")) return service as ServiceInput
  }
  throw new InvalidOption({
    service: name,
    field: "service",
    expected: "a function, an object with run(), or { create } that makes such an object",
    actual: typeof service === "function"
      ? `the class ${service.name}: use { create: () => new ${service.name}() }`
      : Option.show(service)
  })
}

/** Whether a member is a function. A getter that throws is none. */
const hasFunction = (service: object, name: "create" | "run"): boolean => {
  try {
    return typeof Reflect.get(service, name) === "function"
  } catch {
    return false
  }
}

/**
 * Whether a function is a class. The `prototype` of a class cannot be replaced. The `prototype` of a function can be
 * replaced, unless the function is frozen. For a frozen function the source text decides.
 */
const isClass = (service: object) =>
  Object.getOwnPropertyDescriptor(service, "prototype")?.writable === false &&
  (!Object.isFrozen(service) || /^class\b/.test(Function.prototype.toString.call(service)))

/**
 * The name that a service has without the option `name`.
 *
 * @internal
 */
export const ownName = (service: ServiceInput): string => {
  // A static member `name` may have any type.
  const name: unknown = typeof service === "function" ? service.name : service.constructor?.name
  return typeof name !== "string" || name.trim() === "" || name === "Object" ? "service" : name.replaceAll("/", "-")
}

/**
 * The names of services that the core does not have yet, and the numbers that were appended to names.
 *
 * @internal
 */
export class Names {
  readonly #isKnown: (name: string) => boolean
  readonly #wanted = new Set<string>()
  /** The last number that was appended to each name. */
  readonly #numbers = new Map<string, number>()

  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown
  }

  /** Takes a name. Throws if it is taken already. */
  take(name: string): void {
    if (this.#isTaken(name)) throw new DuplicateService({ service: name })
    this.#wanted.add(name)
  }

  /** Takes this name, or this name with a number if it is taken. */
  takeLike(base: string): string {
    let name = base
    let number = this.#numbers.get(base) ?? 1
    while (this.#isTaken(name)) name = `${base}-${++number}`
    this.#numbers.set(base, number)
    this.#wanted.add(name)
    return name
  }

  free(name: string): void {
    this.#wanted.delete(name)
  }

  /** Called when the core has all services. */
  clear(): void {
    this.#wanted.clear()
  }

  #isTaken(name: string): boolean {
    return this.#wanted.has(name) || this.#isKnown(name)
  }
}
