/**
 * A governor over a stretch of time: how it was at the beginning, and what has happened since. Any moment between can be seen
 * again, because the statuses follow from the events. The page and `top` follow a governor with it, and an incident file is one.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Plain, PlainLine } from "../internal/bridge/plain.ts"
import type { Thrown } from "../internal/bridge/thrown.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import { type Closing, type Moment, momentOf } from "./Moment.ts"
import type { Event, ServiceSpec, Status, View } from "./View.ts"

/** A line of the log. */
export type Line = PlainLine & { readonly id: number; readonly error?: Plain<Thrown> }

/** What a recording begins with. */
export interface Head {
  readonly apiVersion: "governor/v1"
  /** The name of the governor. */
  readonly governor: string
  /** Tells this governor from one of an earlier process. */
  readonly epoch: string
  /** The number of the latest event that is in the statuses at the beginning. */
  readonly sequence: number
  /** When the recording was written, in epoch milliseconds, by the clock of the governor. */
  readonly now: number
  readonly shutdownTimeout?: number
  readonly drainDelay?: number
  /** The shutdown that was under way at the beginning. */
  readonly closing?: View["closing"]
}

/** One line of an incident file. The lines come in this order: the head, statuses, specs, events, lines of the log. */
export type Entry =
  | { readonly incident: Head }
  | { readonly status: Status }
  | { readonly spec: ServiceSpec }
  | { readonly event: Event }
  | { readonly line: Line }

/** How many events, and how many lines, are kept. */
const usual = 20_000

export class Recording {
  #head: Head
  readonly #keep: number
  /** The statuses at the beginning. */
  #statuses: Array<Status> = []
  #events: Array<Event> = []
  #lines: Array<Line> = []
  readonly specs: Map<string, ServiceSpec> = new Map()
  /** How all is after the latest event. Made when it is asked for first, and then it follows. */
  #now: Moment | undefined

  constructor(head: Head, keep = usual) {
    this.#head = head
    this.#keep = keep
  }

  get head(): Head {
    return this.#head
  }

  /** The events that are kept, the oldest first. */
  get events(): ReadonlyArray<Event> {
    return this.#events
  }

  /** The lines of the log that are kept, the oldest first. */
  get lines(): ReadonlyArray<Line> {
    return this.#lines
  }

  /** The number of the latest event. */
  get latest(): number {
    return this.#events.at(-1)?.sequence ?? this.#head.sequence
  }

  /** Takes the next line of a file, or what was heard of the governor since. What is there already changes nothing. */
  take(entry: Exclude<Entry, { readonly incident: Head }>): void {
    if ("status" in entry) this.#statuses.push(entry.status)
    else if ("spec" in entry) this.specs.set(entry.spec.name, entry.spec)
    else if ("event" in entry) this.#hear(entry.event)
    else if (entry.line.id > (this.#lines.at(-1)?.id ?? 0)) this.#write(entry.line)
  }

  #hear(event: Event): void {
    if (event.sequence <= this.latest) return
    this.#events.push(event)
    this.#now?.hear(asCore(event))
    if (this.#events.length > 2 * this.#keep) this.#forget(this.#events.length - this.#keep)
  }

  #write(line: Line): void {
    this.#lines.push(line)
    if (this.#lines.length > 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep)
  }

  /** What is forgotten is in the statuses at the beginning. */
  #forget(count: number): void {
    const then = this.#momentAfter(count)
    const { closing: _, ...head } = this.#head
    this.#head = { ...head, sequence: then.sequence(), ...plainClosing(then.closing()) }
    this.#statuses = then.statuses().map(asPlain)
    this.#events = this.#events.slice(count)
  }

  /** How all was after the oldest events, as many as are asked for. */
  #momentAfter(count: number): Moment {
    const { closing, sequence } = this.#head
    const moment = momentOf(
      { sequence, services: this.#statuses as unknown as Array<ServiceStatus> },
      asCoreClosing(closing)
    )
    for (let i = 0; i < count; i++) moment.hear(asCore(this.#events[i]!))
    return moment
  }

  /** How all is after the latest event, at this time by the clock of the governor. */
  view(now: number): View {
    this.#now ??= this.#momentAfter(this.#events.length)
    return this.#viewOf(this.#now, this.#events, now)
  }

  /** How all was after the event of this number; at the earliest, at the beginning. */
  viewAt(sequence: number): View {
    const count = this.#events.findLastIndex((event) => event.sequence <= sequence) + 1
    const events = this.#events.slice(0, count)
    const now = (events.at(-1) ?? this.#events[0])?.time ?? this.#head.now
    return this.#viewOf(this.#momentAfter(count), events, now)
  }

  #viewOf(moment: Moment, events: ReadonlyArray<Event>, now: number): View {
    const { drainDelay, governor, shutdownTimeout } = this.#head
    return {
      governor,
      sequence: moment.sequence(),
      now,
      services: new Map(moment.statuses().map((status) => [status.name, asPlain(status)])),
      specs: this.specs,
      events,
      ...plainClosing(moment.closing()),
      ...(shutdownTimeout !== undefined && { shutdownTimeout }),
      ...(drainDelay !== undefined && { drainDelay })
    }
  }

  /** As an incident file has it that is written at this time by the clock of the governor. */
  *entries(now = this.#head.now): Generator<Entry> {
    yield { incident: { ...this.#head, now } }
    for (const status of this.#statuses) yield { status }
    for (const spec of this.specs.values()) yield { spec }
    for (const event of this.#events) yield { event }
    for (const line of this.#lines) yield { line }
  }
}

// A moment reads no cause, so it takes plain things for those of the core, and gives them back as they were.

const asCore = (event: Event): GovernorEvent => event as unknown as GovernorEvent
const asPlain = (status: ServiceStatus): Status => status as unknown as Status
const asCoreClosing = (closing: View["closing"]): Closing | undefined => closing as unknown as Closing | undefined
const plainClosing = (closing: Closing | undefined): Pick<View, "closing"> =>
  closing === undefined ? {} : { closing: closing as unknown as NonNullable<View["closing"]> }
