/**
 * Who depends on whom: a graph of names. A service that is not in it depends on none, and none depends on it.
 */
import { InvalidOption } from "../../GovernorError.ts"
import { listed } from "../telling/log.ts"

const none: ReadonlySet<string> = new Set()

export class Dependencies {
  readonly #of = new Map<string, ReadonlyArray<string>>()
  readonly #dependents = new Map<string, Set<string>>()
  /**
   * Added after some that depend on it, and never started: only these can close a cycle through what is up. Until they are
   * started nothing builds on what they depend on, so that there is no cycle in what does.
   */
  readonly #late = new Set<string>()

  get isEmpty(): boolean {
    return this.#of.size === 0
  }

  add(name: string, dependsOn: ReadonlyArray<string>): void {
    this.#of.set(name, dependsOn)
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
    this.#late.delete(name)
  }

  /** What it builds on. */
  of(name: string): Iterable<string> {
    return this.#late.has(name) ? none : this.#named(name)
  }

  dependentsOf(name: string): ReadonlySet<string> {
    return this.#dependents.get(name) ?? none
  }

  has(name: string): boolean {
    return this.#of.has(name) || this.#dependents.has(name)
  }

  /** All that build on it, and on those, and so on. */
  above(name: string): ReadonlySet<string> {
    const found = new Set<string>()
    const add = (dependent: string) => this.#late.has(dependent) ? undefined : found.add(dependent)
    this.dependentsOf(name).forEach(add)
    for (const one of found) this.dependentsOf(one).forEach(add)
    return found
  }

  /**
   * These and all they depend on, dependencies first, down to those that are up: they are about to be started. Throws
   * `InvalidOption` for a dependency that is not there, and for a cycle.
   */
  below<S>(
    names: Iterable<string>,
    services: ReadonlyMap<string, S>,
    isUp: (service: S) => boolean
  ): ReadonlySet<string> {
    const named = (name: string) => this.#named(name)
    const below = this.#walk(names, named, cycle, (name, dependency) => {
      const service = services.get(dependency)
      if (service === undefined) throw unknown(name, dependency, services.keys())
      return !isUp(service)
    })
    if (this.#late.size > 0 && Array.from(below).some((name) => this.#late.has(name))) {
      this.#walk(below, (name) => below.has(name) ? named(name) : this.of(name), cycle)
      below.forEach((name) => this.#late.delete(name))
    }
    return below
  }

  /** These and what they build on within the others, dependencies first, as far as there is such an order. */
  inOrder(names: Iterable<string>, others: { has(name: string): boolean }): ReadonlySet<string> {
    return this.#walk(names, (name) => this.of(name), () => {}, (_, dependency) => others.has(dependency))
  }

  /** What it says that it depends on. */
  #named(name: string): Iterable<string> {
    return this.#of.get(name) ?? none
  }

  #walk(
    names: Iterable<string>,
    of: (name: string) => Iterable<string>,
    found: (cycle: () => ReadonlyArray<string>) => void,
    isOnTheWay: (name: string, dependency: string) => boolean = () => true
  ): ReadonlySet<string> {
    const done = new Set<string>()
    /** The way down to where we are, and what is left to look at on each step of it. */
    const path = new Map<string, Iterator<string>>()
    const way: Array<string> = []
    const enter = (name: string) => {
      path.set(name, of(name)[Symbol.iterator]())
      way.push(name)
    }
    for (const start of names) {
      if (!done.has(start)) enter(start)
      for (let name = way.at(-1); name !== undefined; name = way.at(-1)) {
        const { done: isLast, value: dependency } = path.get(name)!.next()
        if (isLast) {
          path.delete(name)
          done.add(way.pop()!)
        } else if (path.has(dependency)) found(() => [...way.slice(way.indexOf(dependency)), dependency])
        else if (isOnTheWay(name, dependency) && !done.has(dependency)) enter(dependency)
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
    expected: "no service that depends on itself",
    actual: names.map((name) => `"${name}"`).join(" → ")
  })
}

const unknown = (service: string, dependency: string, services: Iterable<string>) => {
  const known = Array.from(services).filter((name) => name !== service)
  const there = known.length === 0 ? "there is no other" : `there are ${listed(known)}`
  return new InvalidOption({
    service,
    field: "dependsOn",
    expected: `the names of services of this governor (${there})`,
    actual: `"${dependency}"`
  })
}
