/**
 * The services that were added, on their way to the core.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { PartNumber } from "../internal/bridge/Api.ts"
import { toEffect } from "../internal/bridge/PromiseRun.ts"
import type { Governed } from "../internal/govern.ts"
import { Placement } from "../internal/Placement.ts"
import type { Checked } from "../RestartPolicy.ts"
import type { ServiceInput } from "../Service.ts"
import { ServiceRun } from "../ServiceRun.ts"
import { policyOfWhole } from "./parts.ts"
import type { Running } from "./Running.ts"
import { Config, Names, type Owner, ownName, type ServiceOptions } from "./ServiceConfig.ts"

type Service = Parameters<Governed["take"]>[0]

/** Makes a service that consists of a governor, to which the function adds services. */
type Inside = (add: (added: Added) => void) => ServiceInput

/** Keeps the configurations of services until the core gets these services. */
export class Added {
  readonly #core: Governed
  readonly #run: Running
  /** Closes when the shutdown begins. */
  readonly #scope: Scope.Scope
  readonly #isClosed: () => boolean
  readonly #owner: Owner
  readonly #inside: Inside
  /** Services that were added and not yet handed to the core. */
  readonly #configs = new Set<Config>()
  readonly #names = new Names((name) => this.#core.has(name))
  /** The policy of services that have none of their own. */
  policy: Checked | undefined

  constructor(
    core: Governed,
    run: Running,
    scope: Scope.Scope,
    isClosed: () => boolean,
    owner: Pick<Owner, "start"> & { readonly inside: Inside }
  ) {
    this.#core = core
    this.#run = run
    this.#scope = scope
    this.#isClosed = isClosed
    const rename = (config: Config, name: string) => {
      this.#names.take(name)
      if (config.wanted !== undefined) this.#names.free(config.wanted)
    }
    this.#owner = { rename, start: owner.start }
    this.#inside = owner.inside
  }

  /** How many services the core does not have yet. */
  get size(): number {
    return this.#configs.size
  }

  add(service: ServiceInput, options: ServiceOptions): Config {
    if (!this.#isClosed()) {
      const config = new Config(this.#owner, service, options, "configurable")
      this.#configs.add(config)
      return config
    }
    const config = new Config(this.#owner, service, options, "inert")
    this.#run.warn(`service "${config.wanted ?? ownName(service)}" was not added: the governor is shutting down`)
    return config
  }

  /** One service for each part of a service that the governor is in. */
  addParts({ parts, service }: Config, policy: Checked | undefined): void {
    this.policy = policy
    for (let part = 0; part < parts!.count; part++) {
      const config = this.add(service, { ...parts!.each, name: String(part) })
      config.isSingleton = true
      config.part = part
    }
  }

  handOver(): void {
    for (const config of this.#configs) this.#take(config)
    this.#configs.clear()
    this.#names.clear()
  }

  /** Hands a service to the core, after its dependencies, if these were added. */
  takeAll(config: Config): void {
    const wanted = new Set(config.options.dependsOn)
    for (const name of wanted) {
      const hasName = (other: Config) => other !== config && (other.wanted ?? ownName(other.service)) === name
      const dependency = Array.from(this.#configs).find(hasName)
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
    this.#names.free(config.wanted!) // the core has the service now, so the core keeps its name
  }

  #take(config: Config): void {
    if (config.state !== "configurable") return // handed over already, by a call that then refused another service
    const name = config.wanted ??= this.#names.takeLike(ownName(config.service))
    if (this.#isClosed()) {
      config.state = "inert"
      return this.#run.warn(`service "${name}" was not started: the governor is shutting down`)
    }
    config.state = "started" // set before the call: a listener that hears of the service may ask for the others
    try {
      this.#give(this.#checked(config, name), config)
    } catch (error) {
      config.state = "configurable"
      throw error
    }
  }

  #checked(config: Config, name: string): Service {
    const { options, parts, policy, service } = config
    if (parts === undefined) return { name, options, policy, effect: toEffect(service), isScoped: false }
    const ofParts = policy ?? this.policy
    const effect = toEffect(this.#inside((inside) => inside.addParts(config, ofParts)))
    return { name, options, policy: policyOfWhole(policy), effect, isScoped: false }
  }

  /** A cluster gives more to the services that it places. Without one they are services like any others. */
  #give(service: Service, config: Config): void {
    const context = this.#contextOf(config)
    const place = config.isSingleton ? Context.get(context, Placement) : undefined
    if (place === undefined) return this.#core.take(service, context, this.policy)
    const { nest } = Context.get(context, ServiceRun)
    const path = nest === undefined ? service.name : `${nest.path}/${service.name}`
    const placed = place(this.#core, path, (placed) =>
      Effect.flatMap(Effect.context(), (own) => {
        this.#core.take(service, Context.omit(Scope.Scope)(own), this.policy, placed)
        return this.#core.get(service.name)
      }))
    this.#run.now(Effect.provide(Scope.provide(placed, this.#scope), context))
  }

  #contextOf({ part }: Config): Context.Context<never> {
    const { context } = this.#run
    return part === undefined ? context : Context.add(context, PartNumber, part)
  }
}
