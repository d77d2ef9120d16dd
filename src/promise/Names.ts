/**
 * The names of a governor's services: those in use, and how often each was given.
 */
import { DuplicateService } from "../GovernorError.ts"

export class Names {
  readonly #used = new Set<string>()
  /** The last number that was put behind a name. */
  readonly #numbers = new Map<string, number>()

  /** Throws if it is taken. */
  take(name: string): void {
    if (this.#used.has(name)) throw new DuplicateService({ service: name })
    this.#used.add(name)
  }

  /** Takes this name, or if it is taken, the same with a number. */
  takeLike(base: string): string {
    let name = base
    let number = this.#numbers.get(base) ?? 1
    while (this.#used.has(name)) name = `${base}-${++number}`
    this.#numbers.set(base, number)
    this.#used.add(name)
    return name
  }

  free(name: string): void {
    this.#used.delete(name)
  }
}
