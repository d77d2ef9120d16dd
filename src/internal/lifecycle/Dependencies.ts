/**
 * Which service depends on which: a graph of names. A service that is not in the graph depends on no service, and no
 * service depends on it.
 */
import { InvalidOption } from "../../GovernorError.ts"
import { listed } from "../input/listed.ts"

const none: ReadonlySet<string> = new Set()

export class Dependencies {
  readonly #of = new Map<string, ReadonlyArray<string>>()
  readonly #dependents = new Map<string, Set<string>>()
  /** For each service that is bound to others, these. */
  readonly #bound = new Map<string, ReadonlySet<string>>()
  /**
   * The services that were added later than a service that depends on them, and were never started. Only such a service
   * can close a cycle through services that are up. Until it is started, its own dependencies do not count, so that the
   * dependencies that count have no cycle.
   */
  readonly #late = new Set<string>()

  get isEmpty(): boolean {
    return this.#of.size === 0
  }

  /** `dependsOn` has all dependencies, `bindsTo` those of them that the service is bound to. */
  add(name: string, dependsOn: ReadonlyArray<string>, bindsTo?: ReadonlyArray<string>): void {
    this.#of.set(name, dependsOn)
    if (bindsTo !== undefined) this.#bound.set(name, new Set(bindsTo))
    if (this.#dependents.has(name)) this.#late.add(name)
    for (const dependency of dependsOn) {
      const dependents = this.#dependents.get(dependency)
      if (dependents === undefined) this.#dependents.set(dependency, new Set([name]))
      else dependents.add(name)
    }
  }

  remove(name: string): void {
    for (const dependency of this.#named(name)) {
      const dependents = this.#dependents.get(dependency)
      if (dependents?.delete(name) && dependents.size === 0) this.#dependents.delete(dependency)
    }
    this.#of.delete(name)
    this.#bound.delete(name)
    this.#late.delete(name)
  }

  /** The dependencies of the service that count. */
  of(name: string): Iterable<string> {
    return this.#late.has(name) ? none : this.#named(name)
  }

  /** All services that name this service as a dependency. */
  dependentsOf(name: string): ReadonlySet<string> {
    return this.#dependents.get(name) ?? none
  }

  /** Whether the service is bound to this dependency. */
  isBound(name: string, dependency: string): boolean {
    return this.#bound.get(name)?.has(dependency) === true
  }

  has(name: string): boolean {
    return this.#of.has(name) || this.#dependents.has(name)
  }

  /** All services that depend on this service, directly or through others, by dependencies that count. */
  above(name: string): ReadonlySet<string> {
    const found = new Set<string>()
    const add = (dependent: string) => this.#late.has(dependent) ? undefined : found.add(dependent)
    this.dependentsOf(name).forEach(add)
    for (const dependent of found) this.dependentsOf(dependent).forEach(add)
    return found
  }

  /**
   * These services, which are about to be started, and all their dependencies down to those that are up, dependencies
   * first. From now on all their dependencies count. Throws `InvalidOption` for an unknown dependency, for one that a cluster
   * places, and for a cycle.
   */
  below<S>(
    names: Iterable<string>,
    services: ReadonlyMap<string, S>,
    isUp: (service: S) => boolean,
    isPlaced: (service: S) => boolean
  ): ReadonlySet<string> {
    const named = (name: string) => this.#named(name)
    const below = this.#walk(names, named, cycle, (name, dependency) => {
      const service = services.get(dependency)
      if (service === undefined) {
        throw unknown(name, this.#field(name, dependency), dependency, services.keys())
      }
      if (isPlaced(service)) throw placed(name, this.#field(name, dependency), dependency)
      return !isUp(service)
    })
    if (this.#late.size > 0 && Array.from(below).some((name) => this.#late.has(name))) {
      this.#walk(below, (name) => below.has(name) ? named(name) : this.of(name), cycle)
      below.forEach((name) => this.#late.delete(name))
    }
    return below
  }

  /** These services and their dependencies among `known`, dependencies first. Where there is a cycle, some order. */
  inOrder(names: Iterable<string>, known: { has(name: string): boolean }): ReadonlySet<string> {
    return this.#walk(names, (name) => this.of(name), () => {}, (_, dependency) => known.has(dependency))
  }

  #field(name: string, dependency: string): string {
    return this.isBound(name, dependency) ? "bindsTo" : "dependsOn"
  }

  /** The dependencies that the service names, whether they count or not. */
  #named(name: string): Iterable<string> {
    return this.#of.get(name) ?? none
  }

  /**
   * Walks down from each of these services, depth first, and returns all that it met, dependencies first. Calls
   * `onCycle` for each cycle, and does not follow the dependency that closes it. It is a loop, because a chain may be
   * longer than a stack.
   */
  #walk(
    names: Iterable<string>,
    of: (name: string) => Iterable<string>,
    onCycle: (cycle: () => ReadonlyArray<string>) => void,
    follows: (name: string, dependency: string) => boolean = () => true
  ): ReadonlySet<string> {
    const done = new Set<string>()
    /** The services from the start of the walk down to the present one. */
    const path: Array<string> = []
    /** For each service on the path, the dependencies that are left to visit. */
    const left = new Map<string, Iterator<string>>()
    const enter = (name: string) => {
      left.set(name, of(name)[Symbol.iterator]())
      path.push(name)
    }
    for (const start of names) {
      if (!done.has(start)) enter(start)
      for (let name = path.at(-1); name !== undefined; name = path.at(-1)) {
        const { done: isLast, value: dependency } = left.get(name)!.next()
        if (isLast) {
          left.delete(name)
          done.add(path.pop()!)
        } else if (left.has(dependency)) onCycle(() => [...path.slice(path.indexOf(dependency)), dependency])
        else if (follows(name, dependency) && !done.has(dependency)) enter(dependency)
      }
    }
    return done
  }
}

const cycle = (path: () => ReadonlyArray<string>): never => {
  const names = path()
  throw new InvalidOption({
    service: names[0],
    field: "dependsOn",
    expected: "dependencies without a circle",
    actual: names.map((name) => `"${name}"`).join(" → ")
  })
}

const placed = (service: string, field: string, dependency: string) =>
  new InvalidOption({
    service,
    field,
    expected: "services that run in each process: one that a cluster places may be in another process",
    actual: `"${dependency}"`
  })

const unknown = (service: string, field: string, dependency: string, services: Iterable<string>) => {
  const known = Array.from(services).filter((name) => name !== service)
  const others = known.length === 0 ? "none" : listed(known)
  return new InvalidOption({
    service,
    field,
    expected: `the names of other services of this governor (known: ${others})`,
    actual: `"${dependency}"`
  })
}
