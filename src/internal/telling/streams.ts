/**
 * Events and status changes as subscriptions and streams with bounded buffers. A stream ends with the shutdown. A
 * stream that begins after the shutdown is empty.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { isEnd, type Source } from "./Outbox.ts"

/** How many events a slow subscriber may be behind before the oldest are dropped. */
const capacity = 1024

type Subscribe<A> = Effect.Effect<PubSub.Subscription<A>, never, Scope.Scope>

export const events = (source: Source): Stream.Stream<GovernorEvent> =>
  unlessClosed(source, subscription(source)).pipe(Stream.takeUntil(isEnd))

export const changes = (source: Source): Stream.Stream<ServiceStatus> => {
  const subscribe: Subscribe<ServiceStatus | undefined> = subscribed((pubsub) =>
    source.watch((status) => publish(pubsub, status))
  )
  return unlessClosed(source, subscribe).pipe(
    Stream.takeWhile((status): status is ServiceStatus => status !== undefined)
  )
}

/** A subscription that gets every event from the moment it exists. */
export const subscription = (source: Source): Subscribe<GovernorEvent> =>
  Clock.clockWith((clock) =>
    subscribed((pubsub) => {
      const buffer = new Buffer(pubsub, clock)
      return source.listen((event) => buffer.put(event))
    })
  )

const subscribed = <A>(listen: (to: PubSub.PubSub<A>) => () => void): Subscribe<A> =>
  Effect.gen(function*() {
    const pubsub = yield* PubSub.sliding<A>(capacity)
    const subscription = yield* PubSub.subscribe(pubsub)
    yield* Effect.acquireRelease(Effect.sync(() => listen(pubsub)), (unlisten) => Effect.sync(unlisten))
    return subscription
  })

const publish = <A>(to: PubSub.PubSub<A>, value: A): void => {
  Effect.runFork(PubSub.publish(to, value))
}

const unlessClosed = <A>(source: Source, subscribe: Subscribe<A>): Stream.Stream<A> =>
  Stream.suspend(() => source.isClosed ? Stream.empty : Stream.unwrap(Effect.map(subscribe, Stream.fromSubscription)))

/**
 * The buffer of one subscription. If it is full, it drops the oldest events and counts them in `EventsDropped` notices.
 * The sequence of a notice is that of the latest dropped event: who has a snapshot which is as new has missed nothing.
 */
class Buffer {
  readonly #pubsub: PubSub.PubSub<GovernorEvent>
  readonly #clock: Clock.Clock
  /** How many events and notices were published. This is also the number of the latest one. */
  #published = 0
  /** How many events were dropped that no notice has counted yet. */
  #dropped = 0
  /** Whether `ShutdownCompleted` was put, which is the last event of a stream. */
  #isOver = false
  /** The counts of the notices, by the numbers of the notices. */
  readonly #notices = new Map<number, number>()
  /** The sequence of what is in the buffer, at the number of each modulo the capacity. */
  readonly #sequences: Array<number> = []
  /** The latest event that was dropped. */
  #latestDropped = 0

  constructor(pubsub: PubSub.PubSub<GovernorEvent>, clock: Clock.Clock) {
    this.#pubsub = pubsub
    this.#clock = clock
  }

  /**
   * Puts an event. A due notice comes before the event as soon as there is room for both, and always before the last
   * event.
   */
  put(event: GovernorEvent): void {
    const size = PubSub.sizeUnsafe(this.#pubsub)
    const notify = this.#dropped > 0 && (capacity - size >= 2 || isEnd(event))
    // Counts what this call pushes out of the buffer: an event as one, a notice as the events that it counted.
    const oldest = this.#published - size + 1
    const pushedOut = size + (notify ? 2 : 1) - capacity
    if (this.#isOver && pushedOut > 0) {
      this.#dropped++ // a late failure pushes nothing out, because a stream would not get the notice of it
      return
    }
    this.#isOver ||= isEnd(event)
    for (let i = oldest; i < oldest + pushedOut; i++) {
      this.#dropped += this.#notices.get(i) ?? 1
      this.#latestDropped = Math.max(this.#latestDropped, this.#sequences[i % capacity]!)
    }
    for (const number of this.#notices.keys()) if (number < oldest) this.#notices.delete(number)
    if (notify) {
      this.#notices.set(this.#published + 1, this.#dropped)
      const time = this.#clock.currentTimeMillisUnsafe()
      this.#publish({ _tag: "EventsDropped", count: this.#dropped, time, sequence: this.#latestDropped })
      this.#dropped = 0
    }
    this.#publish(event)
  }

  #publish(event: GovernorEvent): void {
    this.#published++
    this.#sequences[this.#published % capacity] = event.sequence
    publish(this.#pubsub, event)
  }
}
