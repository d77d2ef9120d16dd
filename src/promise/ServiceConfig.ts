/**
 * A service between `add` and its start: what can still be said about it.
 */
import type * as Duration from "effect/Duration"
import { DuplicateService, InvalidOption } from "../GovernorError.ts"
import * as Option from "../GovernorOption.ts"
import * as RestartPolicy from "../RestartPolicy.ts"
import { type Checked, checkValues, optionKeys, type ServiceInput } from "../Service.ts"
import { Nested } from "./Nested.ts"
import * as Restart from "./restart.ts"

/**
 * How one service is supervised.
 *
 * **Details**
 *
 * - `name`: default: the name of its constructor or function, with a number if that is taken
 * - `restart`: the delay, `{ after, ...options }`, or `false` for never. Default: the governor's; of one whose readiness is
 *   `"completed"`, after a failure
 * - `dependsOn`: the names of the services that must be ready whenever a run of this one begins, and which are stopped
 *   after it. They need not be added yet
 * - `readiness`: `"automatic"` (default), ready once the run's first synchronous stretch has passed without failing;
 *   `"manual"`, when the run calls `ready()`, or completes; `"completed"`, when a run has completed, as that of a
 *   migration
 * - `startTimeout`: how long a run may take to be ready; one that is not has crashed. Default: no limit
 * - `heartbeatTimeout`: how long a run may go without calling `heartbeat()`, from its beginning on; one that does is hung, is
 *   asked to end, and has crashed. A check that comes late, for the process had no time, grants as long again. Default: no
 *   limit. From systemd
 * - `stopTimeout`: how long a stop may take before the run is abandoned. Default: the governor's, or as long as
 *   `heartbeatTimeout` or `startTimeout`, or no limit
 * - `significant`: when it is over for good, completed or failed, the governor shuts down. Default: false
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
  readonly readiness?: "automatic" | "manual" | "completed" | undefined
  readonly startTimeout?: Duration.Input | undefined
  readonly heartbeatTimeout?: Duration.Input | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly significant?: boolean | undefined
}

/**
 * The configuration of a service that was added, chainable until it is started.
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
  /** Restarts it when it ends: overrides the governor's policy. The delay may be zero. */
  restart(after: Duration.Input, options?: Restart.RestartOptions): ServiceConfig
  /** Never restarts it: overrides the governor's policy. */
  noRestart(): ServiceConfig
  /**
   * Starts it now, and what it depends on. Nothing can be configured after that. Throws `InvalidOption` if a dependency is not
   * there.
   */
  start(): void
}

/** What a configuration needs of its governor. */
export interface Owner {
  /** Throws if the name is taken; otherwise takes it, and gives the old one back. */
  rename(config: Config, name: string): void
  start(config: Config): void
}

const keys = ["name", ...optionKeys]

type State = "configurable" | "started" | "inert"

export class Config implements ServiceConfig {
  readonly service: ServiceInput
  readonly options: Checked
  readonly #owner: Owner
  /** The name that was asked for, if any. */
  wanted: string | undefined
  policy: RestartPolicy.Checked | undefined
  /** Inert, it belongs to no one: the governor was shutting down when it was added. */
  state: State

  constructor(owner: Owner, service: ServiceInput, options: ServiceOptions, state: State) {
    this.#owner = owner
    this.service = checkService(service)
    const { name, restart } = Option.known("options", options, keys)
    const checked = checkValues(options, name)
    // Of a governor inside: once its services are.
    const isReadyLater = service instanceof Nested && options.readiness === undefined
    this.options = isReadyLater ? { ...checked, readiness: "manual" } : checked
    this.state = state
    if (restart !== undefined) this.policy = Restart.fromInput(restart, name)
    if (name !== undefined) this.name(name)
  }

  name(name: string): this {
    this.#check("name", name)
    const checked = Option.name(name)
    if (this.state === "configurable" && checked !== this.wanted) this.#owner.rename(this, checked)
    this.wanted = checked
    return this
  }

  restart(after: Duration.Input, options: Restart.RestartOptions = {}): this {
    this.#check("restart", after)
    this.policy = Restart.fromArguments(after, options, this.wanted)
    return this
  }

  noRestart(): this {
    this.#check("noRestart", undefined)
    this.policy = RestartPolicy.check(RestartPolicy.never)
    return this
  }

  start(): void {
    if (this.state !== "inert") this.#owner.start(this)
  }

  #check(field: string, actual: unknown): void {
    if (this.state !== "started") return
    const expected = "configuration before the service is started"
    throw new InvalidOption({ service: this.wanted, field, expected, actual: `${Option.show(actual)} after that` })
  }
}

const checkService = (service: unknown): ServiceInput => {
  if (typeof service === "function" && !isClass(service)) return service as ServiceInput
  if (typeof service === "object" && service !== null) {
    const { create, run } = service as { readonly create?: unknown; readonly run?: unknown }
    if (typeof run === "function" || typeof create === "function") return service as ServiceInput
  }
  throw new InvalidOption({
    field: "service",
    expected: "a function, an object with run(), or { create } that makes one",
    actual: typeof service === "function"
      ? `the class ${service.name}: use { create: () => new ${service.name}() }`
      : Option.show(service)
  })
}

/** Its prototype cannot be replaced, as that of a function can, if it has one: unless that is frozen. */
const isClass = (service: object) =>
  Object.getOwnPropertyDescriptor(service, "prototype")?.writable === false &&
  (!Object.isFrozen(service) || /^class\b/.test(Function.prototype.toString.call(service)))

/** The name a service has by itself. */
export const ownName = (service: ServiceInput): string => {
  const name: unknown = typeof service === "function" ? service.name : service.constructor?.name // a static may be anything
  return typeof name !== "string" || name.trim() === "" || name === "Object" ? "service" : name
}

/** The names of a governor's services that the core does not know yet, and how often each was given. */
export class Names {
  readonly #isKnown: (name: string) => boolean
  readonly #wanted = new Set<string>()
  /** The last number that was put behind a name. */
  readonly #numbers = new Map<string, number>()

  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown
  }

  /** Throws if it is taken. */
  take(name: string): void {
    if (this.#isTaken(name)) throw new DuplicateService({ service: name })
    this.#wanted.add(name)
  }

  /** Takes this name, or if it is taken, the same with a number. */
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

  /** By now the core knows them all. */
  clear(): void {
    this.#wanted.clear()
  }

  #isTaken(name: string): boolean {
    return this.#wanted.has(name) || this.#isKnown(name)
  }
}
