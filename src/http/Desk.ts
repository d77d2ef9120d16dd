/**
 * What the answers of one `operations` are made from.
 */
import type { Sight } from "../internal/sight.ts"
import { viewOf as seen } from "../internal/view.ts"
import type { View } from "../operations/View.ts"
import type { Heading } from "./answers.ts"
import type { Guard } from "./guard.ts"
import type { Kept } from "./Kept.ts"

export interface Desk {
  readonly sight: Sight
  readonly kept: Kept
  readonly guard: Guard
  /** How long something may be not ready before `/readyz` says so, in milliseconds. */
  readonly unreadyAfter: number
  /** What the probes remember. */
  readonly memory: {
    /** What was found at the event of this number. */
    latest: { readonly sequence: number; readonly wasStarted: boolean; readonly isReady: boolean } | undefined
    /** Whether the governor was ready at the latest question, or is not for longer than it may. */
    isGreen: boolean
    unreadySince: number | undefined
    hasBeenReady: boolean
  }
}

/** All that is known of the governor now. */
export const viewOf = ({ kept, sight }: Desk): View => seen(sight, kept.events.since(0))

/** What the body of each answer begins with. */
export const heading = ({ kept, sight }: Desk, sequence = sight.sequence()): Heading => ({
  apiVersion: "governor/v1",
  governor: sight.name,
  epoch: kept.epoch,
  sequence,
  now: sight.now()
})

/** The tag of what is the same as long as nothing has happened. Weak, because each answer has its own time. */
export const tagOf = ({ kept, sight }: Desk): string => `W/"${kept.epoch}-${sight.sequence()}"`
