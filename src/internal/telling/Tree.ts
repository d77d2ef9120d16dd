/**
 * A governor and all governors inside it, as those see it who listen to all of them: one count of events, and one queue of
 * them.
 */
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { Entry } from "./log.ts"

/** Called with each event of a tree, and with the new status of the service, if the event has changed that. Must not throw. */
export type TreeListener = (event: GovernorEvent, status: ServiceStatus | undefined) => void

interface Subscriber {
  /** Undefined once it hears nothing more. */
  hear: TreeListener | undefined
}

/** For those who had subscribed when it was told. */
interface Told {
  readonly to: ReadonlyArray<Subscriber>
  readonly event: GovernorEvent
  readonly status: ServiceStatus | undefined
}

const nobody: ReadonlyArray<Subscriber> = []

/** How many places are kept for what is told next. */
const places = 64

/** What has been told, and was not heard yet. The places are used again, because a new list for each flush takes time. */
class Delivery {
  #queue: Array<Told | undefined> = []
  #length = 0
  #flushing = false

  get isEmpty(): boolean {
    return this.#length === 0
  }

  put(to: ReadonlyArray<Subscriber>, event: GovernorEvent, status: ServiceStatus | undefined): void {
    this.#queue[this.#length++] = { to, event, status }
  }

  /** Delivers everything in order, including what is put meanwhile. */
  flush(): void {
    if (this.#flushing || this.isEmpty) return
    this.#flushing = true
    for (let i = 0; i < this.#length; i++) {
      const { event, status, to } = this.#queue[i]!
      this.#queue[i] = undefined
      for (const subscriber of to) subscriber.hear?.(event, status)
    }
    this.#length = 0
    if (this.#queue.length > places) this.#queue = []
    this.#flushing = false
  }
}

/** What the governors of a tree have in common. Plain fields: each event reads them. */
interface Tree {
  /** The number of the latest event. */
  sequence: number
  /** How many subscribers its branches have. */
  subscribers: number
  /** The events of all its governors, in one order. */
  readonly delivery: Delivery
  /** Called with each line of the log, if somebody keeps them. Must not throw. */
  lines: ((entry: Entry) => void) | undefined
}

/** The place of one governor in its tree. At first the governor is a tree of its own. */
export class Branch {
  /** What the paths of the services of the governor begin with. */
  readonly #within: string
  tree: Tree = { sequence: 0, subscribers: 0, delivery: new Delivery(), lines: undefined }
  #around: Branch | undefined
  /** Another list with each change: who is in the list hears what is told now. */
  #subscribers = nobody
  /** The service that was told of last, and its path: a service often has several events in a row. */
  #name = ""
  #path = ""

  constructor(within: string) {
    this.#within = within
  }

  /** The governor, which nothing was asked of yet, is inside of another one. */
  join(around: Branch): void {
    this.#around = around
    this.tree = around.tree
  }

  /**
   * These governors are no longer inside of another one: the first, and those inside it. Their own subscribers hear of them as
   * before.
   */
  static leave(branches: ReadonlyArray<Branch>): void {
    const first = branches[0]!
    const old = first.tree
    const tree: Tree = { sequence: old.sequence, subscribers: 0, delivery: old.delivery, lines: undefined }
    first.#around = undefined
    for (const branch of branches) {
      tree.subscribers += branch.#subscribers.length
      branch.tree = tree
    }
    old.subscribers -= tree.subscribers
  }

  /** Subscribes to this governor and those inside it, until the returned function is called. */
  add(hear: TreeListener): () => void {
    const subscriber: Subscriber = { hear }
    this.#subscribers = [...this.#subscribers, subscriber]
    this.tree.subscribers++
    return () => {
      if (subscriber.hear === undefined) return
      subscriber.hear = undefined
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
      this.tree.subscribers--
    }
  }

  /** Keeps an event of this governor until the next flush, for the subscribers here and around, if the tree has any. */
  put(event: GovernorEvent, status: ServiceStatus | undefined): void {
    const { delivery } = this.tree
    if (this.#subscribers.length > 0) delivery.put(this.#subscribers, event, status)
    for (let to = this.#around; to !== undefined; to = to.#around) {
      if (to.#subscribers.length > 0) delivery.put(to.#subscribers, this.#seenFrom(to, event), status)
    }
  }

  #seenFrom(around: Branch, event: GovernorEvent): GovernorEvent {
    if (!("service" in event)) return { ...event, governor: this.#within.slice(around.#within.length, -1) }
    return withService(event, this.#pathOf(event.service).slice(around.#within.length))
  }

  #pathOf(name: string): string {
    if (name === this.#name) return this.#path
    this.#name = name
    return this.#path = this.#within + name
  }
}

/**
 * The event of this service. Literals for what a restart tells, because a spread of events of many shapes takes as long as all
 * the rest.
 */
const withService = (event: Extract<GovernorEvent, { service: string }>, service: string): GovernorEvent => {
  const { run, sequence, time } = event
  switch (event._tag) {
    case "ServiceStarting":
      return event.restartsByHand === undefined
        ? { _tag: "ServiceStarting", service, run, time, sequence, restarts: event.restarts }
        : { ...event, service }
    case "ServiceReady":
    case "ServiceCompleted":
      return { _tag: event._tag, service, run, time, sequence }
    case "RestartScheduled":
      return event.cause === undefined
        ? { _tag: "RestartScheduled", service, run, time, sequence, delay: event.delay }
        : { ...event, service }
    default:
      return { ...event, service }
  }
}
