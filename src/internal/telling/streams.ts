/**
 * What happens, as subscriptions and streams, with buffers that are bounded. Streams end with the shutdown, and are empty
 * after it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import type { Outbox } from "./Outbox.ts"

/** How many events a slow subscriber may be behind before the oldest are dropped. */
const capacity = 1024

type Subscribe<A> = Effect.Effect<PubSub.Subscription<A>, never, Scope.Scope>

export const events = (outbox: Outbox): Stream.Stream<GovernorEvent> =>
  unlessClosed(outbox, subscription(outbox)).pipe(Stream.takeUntil((event) => event._tag === "ShutdownCompleted"))

export const changes = (outbox: Outbox): Stream.Stream<ServiceStatus> => {
  const subscribe: Subscribe<ServiceStatus | undefined> = subscribed((pubsub) =>
    outbox.watch((status) => publish(pubsub, status))
  )
  return unlessClosed(outbox, subscribe).pipe(
    Stream.takeWhile((status): status is ServiceStatus => status !== undefined)
  )
}

/** Misses nothing from the moment it is there. */
export const subscription = (outbox: Outbox): Subscribe<GovernorEvent> =>
  Clock.clockWith((clock) =>
    subscribed((pubsub) => {
      const buffer = new Buffer(pubsub, clock)
      return outbox.listen((event) => buffer.put(event))
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

const unlessClosed = <A>(outbox: Outbox, subscribe: Subscribe<A>): Stream.Stream<A> =>
  Stream.suspend(() => outbox.isClosed ? Stream.empty : Stream.unwrap(Effect.map(subscribe, Stream.fromSubscription)))

/** Counts what is pushed out of it. */
class Buffer {
  readonly #pubsub: PubSub.PubSub<GovernorEvent>
  readonly #clock: Clock.Clock
  /** How many were published: the number of the latest. */
  #published = 0
  /** How many were pushed out, and not told of. */
  #dropped = 0
  /** The event that is the last to a stream was put. */
  #isOver = false
  /** The counts of the notices, by their number. */
  readonly #notices = new Map<number, number>()

  constructor(pubsub: PubSub.PubSub<GovernorEvent>, clock: Clock.Clock) {
    this.#pubsub = pubsub
    this.#clock = clock
  }

  /** How many were dropped is told as soon as there is room for it, and before the last event in any case. */
  put(event: GovernorEvent): void {
    const size = PubSub.sizeUnsafe(this.#pubsub)
    const notify = this.#dropped > 0 && (capacity - size >= 2 || event._tag === "ShutdownCompleted")
    // What is about to be pushed out counts: each event once, a notice for those it told of.
    const oldest = this.#published - size + 1
    const pushedOut = size + (notify ? 2 : 1) - capacity
    if (this.#isOver && pushedOut > 0) {
      this.#dropped++ // late failures push nothing out: a stream would not hear how much
      return
    }
    this.#isOver ||= event._tag === "ShutdownCompleted"
    for (let i = oldest; i < oldest + pushedOut; i++) this.#dropped += this.#notices.get(i) ?? 1
    for (const told of this.#notices.keys()) if (told < oldest) this.#notices.delete(told)
    if (notify) {
      this.#notices.set(this.#published + 1, this.#dropped)
      this.#publish({ _tag: "EventsDropped", count: this.#dropped, time: this.#clock.currentTimeMillisUnsafe() })
      this.#dropped = 0
    }
    this.#publish(event)
  }

  #publish(event: GovernorEvent): void {
    this.#published++
    publish(this.#pubsub, event)
  }
}
