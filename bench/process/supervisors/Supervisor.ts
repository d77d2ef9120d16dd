/** What keeps processes up. */
import type { Crew } from "../Crew.ts"

/**
 * Has begun, with what it keeps up or without.
 *
 * - `start`: starts what does not run yet. The result is when it was told to, in milliseconds
 * - `end`: ends it, and all that it keeps up
 */
export interface Running {
  readonly start: () => Promise<number>
  readonly end: () => Promise<void>
}

/**
 * - `pause`: its own pause before it starts a process again, whatever it was told; undefined: it has none
 * - `missing`: makes it ready to be used, and says why it cannot be measured; undefined if it can
 * - `begin`: begins from nothing. `isAtOnce`: starts at once what it keeps up
 * - `hasCommand`: it can be told to start what does not run yet
 */
export interface Supervisor {
  readonly title: string
  readonly pause: string | undefined
  readonly hasCommand: boolean
  readonly missing: (folder: string) => Promise<string | undefined>
  readonly version: () => string
  readonly begin: (crew: Crew, isAtOnce: boolean) => Promise<Running>
}
