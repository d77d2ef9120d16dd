/**
 * What is kept of a governor for those who ask later: the latest events and log lines. All `operations` of one governor
 * share it.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Sight } from "../internal/sight.ts"
import { type Moment, momentOf } from "../operations/Moment.ts"
import { Packed } from "./Packed.ts"
import { Ring } from "./Ring.ts"
import { Streams } from "./Streams.ts"

/** A line of the log, as it is heard. */
export type Hear = Parameters<Parameters<Sight["hearLines"]>[0]>[0]

export class Kept {
  /** Tells this governor from one of an earlier process, which has counted its events from 1 too. */
  readonly epoch: string = crypto.randomUUID().slice(0, 8)
  /** They become plain objects when somebody asks. */
  readonly events: Ring<GovernorEvent>
  /** How all was before the oldest event that is kept. */
  readonly before: Moment
  readonly lines: Ring<Hear>
  readonly streams: Streams
  /**
   * What the lines of the metrics begin with. Names and labels never change, and to escape them takes five times as long as all
   * the rest.
   */
  readonly beginnings = new WeakMap<object, string>()

  constructor(sight: Sight, size: number) {
    this.events = new Ring(size, (size) => new Packed(size))
    this.before = momentOf(sight.snapshot())
    this.lines = new Ring(size)
    this.streams = new Streams(this.epoch, this.events, sight)
    sight.listen((event) => {
      const gone = this.events.put(event)
      if (gone !== undefined) this.before.hear(gone)
      this.streams.hear(event)
    })
    sight.hearLines((line) => {
      if (!isTold(line)) this.lines.put(line)
    })
  }

  grow(size: number): void {
    this.events.grow(size)
    this.lines.grow(size)
  }
}

/**
 * Whether an event says the same, and nothing is wrong. In a storm of restarts such lines would leave no room for those that the
 * services themselves have written.
 */
const isTold = ({ about, level }: Hear): boolean => about !== undefined && (level === "Info" || level === "Debug")
