/**
 * A governor over a stretch of time: how it was at the beginning, and what has happened since. Any moment between can be seen
 * again, because the statuses follow from the events. The page and `top` follow a governor with it, and an incident file is one.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { Plain, PlainLine } from "../internal/bridge/plain.ts"
import type { Thrown } from "../internal/bridge/thrown.ts"
import { type Fold, fold, type ServiceStatus, type Snapshot } from "../ServiceStatus.ts"
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

/** A line of an incident file, which are in this order: the head, statuses, specs, events, lines of the log. */
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
  readonly #base: Map<string, Status> = new Map()
  #events: Array<Event> = []
  #lines: Array<Line> = []
  readonly specs: Map<string, ServiceSpec> = new Map()
  /** How all is after the latest event. Made when it is asked for first, and then it follows. */
  #now: { readonly fold: Fold; closing: View["closing"] | undefined } | undefined

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

  get lines(): ReadonlyArray<Line> {
    return this.#lines
  }

  /** The number of the latest event. */
  get latest(): number {
    return this.#events.at(-1)?.sequence ?? this.#head.sequence
  }

  /** Takes the next line of a file, or what was heard of the governor since. An event that it has already changes nothing. */
  take(entry: Exclude<Entry, { readonly incident: Head }>): void {
    if ("status" in entry) this.#base.set(entry.status.name, entry.status)
    else if ("spec" in entry) this.specs.set(entry.spec.name, entry.spec)
    else if ("event" in entry) this.#hear(entry.event)
    else if (entry.line.id > (this.#lines.at(-1)?.id ?? 0)) this.#lines = limited(this.#lines, entry.line, this.#keep)
  }

  #hear(event: Event): void {
    if (event.sequence <= this.latest) return
    this.#events.push(event)
    if (this.#now !== undefined) {
      this.#now.fold.hear(asCore(event))
      this.#now.closing = closingAfter(this.#now.closing, event)
    }
    if (this.#events.length > 2 * this.#keep) this.#forget(this.#events.length - this.#keep)
  }

  /** What is forgotten is in the statuses at the beginning. */
  #forget(count: number): void {
    const before = this.#foldTo(count)
    const sequence = this.#events[count - 1]!.sequence
    const { closing: _, ...head } = this.#head
    this.#head = { ...head, sequence, ...(before.closing && { closing: before.closing }) }
    this.#base.clear()
    for (const status of before.fold.statuses()) this.#base.set(status.name, asPlain(status))
    this.#events = this.#events.slice(count)
  }

  /** The fold of the oldest events, as many as are asked for. */
  #foldTo(count: number): { readonly fold: Fold; closing: View["closing"] | undefined } {
    const { closing, sequence } = this.#head
    const made = { fold: fold({ sequence, services: Array.from(this.#base.values()) } as unknown as Snapshot), closing }
    for (let i = 0; i < count; i++) {
      const event = this.#events[i]!
      made.fold.hear(asCore(event))
      made.closing = closingAfter(made.closing, event)
    }
    return made
  }

  /** How all is after the latest event, at this time by the clock of the governor. */
  view(now: number): View {
    this.#now ??= this.#foldTo(this.#events.length)
    return this.#viewOf(this.#now, this.#events, this.latest, now)
  }

  /** How all was after the event of this number, or at the beginning. */
  viewAt(sequence: number): View {
    const count = this.#events.findLastIndex((event) => event.sequence <= sequence) + 1
    const events = this.#events.slice(0, count)
    const last = events.at(-1)
    const now = last?.time ?? this.#events[0]?.time ?? this.#head.now
    return this.#viewOf(this.#foldTo(count), events, last?.sequence ?? this.#head.sequence, now)
  }

  #viewOf(
    { closing, fold }: { readonly fold: Fold; readonly closing: View["closing"] | undefined },
    events: ReadonlyArray<Event>,
    sequence: number,
    now: number
  ): View {
    const { drainDelay, governor, shutdownTimeout } = this.#head
    const statuses = fold.statuses()
    return {
      governor,
      sequence,
      now,
      services: new Map(statuses.map((status) => [status.name, asPlain(status)])),
      specs: this.specs,
      events,
      ...(closing !== undefined && { closing }),
      ...(shutdownTimeout !== undefined && { shutdownTimeout }),
      ...(drainDelay !== undefined && { drainDelay })
    }
  }

  /** As an incident file has it. */
  *entries(): Generator<Entry> {
    yield { incident: this.#head }
    for (const status of this.#base.values()) yield { status }
    for (const spec of this.specs.values()) yield { spec }
    for (const event of this.#events) yield { event }
    for (const line of this.#lines) yield { line }
  }
}

/** The shutdown of the governor itself that is under way after the event. */
const closingAfter = (closing: View["closing"] | undefined, event: Event): View["closing"] | undefined => {
  switch (event._tag) {
    case "ShutdownStarted": {
      if (event.governor !== undefined) return closing
      const { drainsUntil, reason, time: since, until } = event
      return {
        reason,
        since,
        ...(until !== undefined && { until }),
        ...(drainsUntil !== undefined && { drainsUntil })
      }
    }
    case "ShutdownCompleted":
      return event.governor === undefined ? undefined : closing
    case "ServiceStopping": {
      // The first stop of the shutdown ends the drain.
      if (closing?.drainsUntil === undefined || event.reason !== "shutdown") return closing
      const { drainsUntil: _, ...rest } = closing
      return rest
    }
    default:
      return closing
  }
}

const limited = <A>(all: Array<A>, one: A, most: number): Array<A> => {
  all.push(one)
  return all.length > 2 * most ? all.slice(-most) : all
}

// The fold reads no cause, so it is the same for plain events and for those of the core.

const asCore = (event: Event): GovernorEvent => event as unknown as GovernorEvent
const asPlain = (status: ServiceStatus): Status => status as unknown as Status
