/**
 * Events without objects. What each run tells is kept as numbers, and made again for those who ask. 2,000 objects, of which each
 * is there until 2,000 more have come, take the collector of V8 three times as long as all else that is done for them.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Places } from "./Ring.ts"

/** What the event of a place is. `whole`: kept as it is. */
const [whole, starting, ready, completed, scheduled] = [0, 1, 2, 3, 4]

export class Packed implements Places<GovernorEvent> {
  readonly #tags: Uint8Array
  readonly #services: Array<string> = []
  readonly #sequences: Float64Array
  readonly #runs: Float64Array
  readonly #times: Float64Array
  /** The restarts before a run, or the delay after one. */
  readonly #numbers: Float64Array
  /** The events that are kept as they are. */
  readonly #others: Array<GovernorEvent | undefined> = []

  constructor(size: number) {
    this.#tags = new Uint8Array(size)
    this.#sequences = new Float64Array(size)
    this.#runs = new Float64Array(size)
    this.#times = new Float64Array(size)
    this.#numbers = new Float64Array(size)
  }

  set(place: number, event: GovernorEvent): void {
    switch (event._tag) {
      case "ServiceStarting":
        return event.restartsByHand === undefined
          ? this.#pack(place, starting, event, event.restarts)
          : this.#keep(place, event)
      case "ServiceReady":
        return this.#pack(place, ready, event, 0)
      case "ServiceCompleted":
        return this.#pack(place, completed, event, 0)
      case "RestartScheduled":
        return event.cause === undefined
          ? this.#pack(place, scheduled, event, event.delay)
          : this.#keep(place, event)
      default:
        return this.#keep(place, event)
    }
  }

  #keep(place: number, event: GovernorEvent): void {
    this.#tags[place] = whole
    this.#others[place] = event
  }

  #pack(
    place: number,
    tag: number,
    { run, sequence, service, time }: Extract<GovernorEvent, { readonly service: string }>,
    number: number
  ): void {
    this.#tags[place] = tag
    this.#services[place] = service
    this.#sequences[place] = sequence
    this.#runs[place] = run
    this.#times[place] = time
    this.#numbers[place] = number
    if (this.#others[place] !== undefined) this.#others[place] = undefined
  }

  get(place: number): GovernorEvent {
    const other = this.#others[place]
    if (other !== undefined) return other
    const service = this.#services[place]!
    const [run, time, sequence] = [this.#runs[place]!, this.#times[place]!, this.#sequences[place]!]
    const number = this.#numbers[place]!
    switch (this.#tags[place]) {
      case starting:
        return { _tag: "ServiceStarting", service, run, time, sequence, restarts: number }
      case ready:
        return { _tag: "ServiceReady", service, run, time, sequence }
      case completed:
        return { _tag: "ServiceCompleted", service, run, time, sequence }
      default:
        return { _tag: "RestartScheduled", service, run, time, sequence, delay: number }
    }
  }
}
