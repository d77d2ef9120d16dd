/**
 * A governor and all governors inside it, as those see it who listen to all of them: one count of events, and one queue of
 * them.
 */
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"

/** Called with each event of a tree, and with the new status of the service, if the event has changed that. Must not throw. */
export type TreeListener = (event: GovernorEvent, status: ServiceStatus | undefined) => void

interface Subscriber {
  readonly hear: TreeListener
  /** The latest event when it subscribed: it hears what comes after that. */
  readonly since: number
}

interface Told {
  readonly to: Branch
  readonly event: GovernorEvent
  readonly status: ServiceStatus | undefined
}

/** What has been told, and was not heard yet. */
class Delivery {
  #queue: Array<Told> = []
  #flushing = false

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  put(told: Told): void {
    this.#queue.push(told)
  }

  /** Delivers everything in order, including what is put meanwhile. */
  flush(): void {
    if (this.#flushing || this.#queue.length === 0) return
    this.#flushing = true
    for (const { event, status, to } of this.#queue) to.tell(event, status)
    this.#queue = []
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
}

/** The place of one governor in its tree. At first the governor is a tree of its own. */
export class Branch {
  /** What the paths of the services of the governor begin with. */
  readonly #within: string
  tree: Tree = { sequence: 0, subscribers: 0, delivery: new Delivery() }
  #around: Branch | undefined
  #subscribers: Set<Subscriber> | undefined

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
    const tree: Tree = { sequence: old.sequence, subscribers: 0, delivery: old.delivery }
    first.#around = undefined
    for (const branch of branches) {
      tree.subscribers += branch.#subscribers?.size ?? 0
      branch.tree = tree
    }
    old.subscribers -= tree.subscribers
  }

  /** Subscribes to this governor and those inside it, until the returned function is called. */
  add(hear: TreeListener): () => void {
    const subscriber = { hear, since: this.tree.sequence }
    const subscribers = this.#subscribers ??= new Set()
    subscribers.add(subscriber)
    this.tree.subscribers++
    return () => {
      if (subscribers.delete(subscriber)) this.tree.subscribers--
    }
  }

  /** Keeps an event of this governor until the next flush, for the subscribers here and around, if the tree has any. */
  put(event: GovernorEvent, status: ServiceStatus | undefined): void {
    const { delivery } = this.tree
    if (this.#isHeard) delivery.put({ to: this, event, status })
    for (let to = this.#around; to !== undefined; to = to.#around) {
      if (to.#isHeard) delivery.put({ to, event: inside(this.#within.slice(to.#within.length), event), status })
    }
  }

  get #isHeard(): boolean {
    return this.#subscribers !== undefined && this.#subscribers.size > 0
  }

  tell(event: GovernorEvent, status: ServiceStatus | undefined): void {
    for (const { hear, since } of this.#subscribers!) if (since < event.sequence) hear(event, status)
  }
}

/** An event of a governor inside, for those who listen around it. */
const inside = (within: string, event: GovernorEvent): GovernorEvent =>
  "service" in event ? { ...event, service: within + event.service } : { ...event, governor: within.slice(0, -1) }
