/**
 * Where events leave the governor: to listeners at once, to subscribers through bounded buffers, to the log.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as PubSub from "effect/PubSub"
import { MinimumLogLevel } from "effect/References"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { GovernorEvent } from "../GovernorEvent.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import { levels, type Line, line } from "./log.ts"

/** How many events a slow subscriber may be behind before the oldest are dropped. */
const capacity = 1024

const levelNames = ["Debug", "Info", "Warn", "Error"] as const

/** What it returns is of interest only if it is a promise that rejects. */
export type Listener = (event: GovernorEvent) => unknown

interface Subscriber<A> {
  readonly pubsub: PubSub.PubSub<A>
  /** How many were published: the number of the latest. */
  published: number
  /** How many were pushed out of the buffer, and not told of. */
  dropped: number
  /** The counts of the notices, by their number. */
  readonly notices: Map<number, number>
}

export class Outbox {
  readonly #context: Context.Context<never>
  readonly #now: () => number
  readonly #logged: ReadonlySet<Line["level"]>
  readonly #listeners = new Set<Listener>()
  readonly #events = new Set<Subscriber<GovernorEvent>>()
  readonly #changes = new Set<Subscriber<ServiceStatus | undefined>>()
  #queue: Array<() => void> = []
  #flushing = false
  #closed = false

  constructor(context: Context.Context<never>, now: () => number) {
    this.#context = context
    this.#now = now
    const minimum = Context.get(context, MinimumLogLevel)
    this.#logged = new Set(levelNames.filter((level) => LogLevel.isGreaterThanOrEqualTo(level, minimum)))
  }

  /** Keeps an event until the next flush, if there is anyone to hear of it. */
  put(event: GovernorEvent, status?: ServiceStatus): void {
    const level = levels[event._tag]
    if (level !== undefined && this.#logged.has(level)) this.#queue.push(() => this.#log(line(event), event))
    if (this.#listeners.size > 0) this.#queue.push(() => this.#tell(event))
    if (this.#events.size > 0) this.#queue.push(() => this.#events.forEach((to) => this.#publishEvent(to, event)))
    if (status !== undefined && this.#changes.size > 0) {
      this.#queue.push(() => this.#changes.forEach((to) => this.#publish(to, status)))
    }
    if (event._tag !== "ShutdownCompleted") return
    this.#closed = true // streams that begin now are empty
    this.#queue.push(() => this.#changes.forEach((to) => this.#publish(to, undefined)))
  }

  /** Something to do once all that was put before is out. */
  after(task: () => void): void {
    this.#queue.push(task)
  }

  /** Lets everything out, in order: what is put by those who are told waits until they all have been. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    for (const task of this.#queue) this.#try(task)
    if (this.#queue.length > 0) this.#queue = []
    this.#flushing = false
  }

  /** A defect of ours must not silence the governor for ever. */
  #try(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.log({ level: "Error", message: "an event could not be told", cause: Cause.die(error) })
    }
  }

  listen(listener: Listener): () => void {
    const own: Listener = (event) => listener(event) // the same function may listen twice
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  get subscription(): Effect.Effect<PubSub.Subscription<GovernorEvent>, never, Scope.Scope> {
    return this.#subscribe(this.#events)
  }

  /** Ends after `ShutdownCompleted`. */
  get events(): Stream.Stream<GovernorEvent> {
    return this.#unlessClosed(this.subscription).pipe(Stream.takeUntil((event) => event._tag === "ShutdownCompleted"))
  }

  /** Ends with the shutdown, as `events` does. */
  get changes(): Stream.Stream<ServiceStatus> {
    return this.#unlessClosed(this.#subscribe(this.#changes)).pipe(
      Stream.takeWhile((status): status is ServiceStatus => status !== undefined)
    )
  }

  log({ cause, level, message }: Line, annotations: Record<string, unknown> = {}): void {
    const args = cause === undefined ? [message] : [message, printable(cause)]
    const effect = Effect.annotateLogs(Effect.logWithLevel(level)(...args), annotations)
    Effect.runForkWith(this.#context)(effect)
  }

  #log(line: Line | undefined, event: GovernorEvent): void {
    if (line === undefined || !this.#logged.has(line.level)) return
    this.log(line, "service" in event ? { service: event.service, run: event.run } : {})
  }

  #tell(event: GovernorEvent): void {
    for (const listener of this.#listeners) {
      const failed = (error: unknown) =>
        this.log({ level: "Error", message: `a listener failed on ${event._tag}`, cause: Cause.die(error) })
      try {
        const returned = listener(event)
        if (returned instanceof Promise) returned.catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }

  /** How many were dropped is told as soon as there is room for it, and before the last event in any case. */
  #publishEvent(to: Subscriber<GovernorEvent>, event: GovernorEvent): void {
    const size = PubSub.sizeUnsafe(to.pubsub)
    const notify = to.dropped > 0 && (capacity - size >= 2 || event._tag === "ShutdownCompleted")
    // What is about to be pushed out counts: each event once, a notice for those it told of.
    const oldest = to.published - size + 1
    for (let i = oldest; i < oldest + size + (notify ? 2 : 1) - capacity; i++) to.dropped += to.notices.get(i) ?? 1
    for (const told of to.notices.keys()) if (told < oldest) to.notices.delete(told)
    if (notify) {
      to.notices.set(to.published + 1, to.dropped)
      this.#publish(to, { _tag: "EventsDropped", count: to.dropped, time: this.#now() })
      to.dropped = 0
    }
    this.#publish(to, event)
  }

  #publish<A>(to: Subscriber<A>, value: A): void {
    to.published++
    Effect.runFork(PubSub.publish(to.pubsub, value))
  }

  #unlessClosed<A>(subscribe: Effect.Effect<PubSub.Subscription<A>, never, Scope.Scope>): Stream.Stream<A> {
    return Stream.suspend(() =>
      this.#closed ? Stream.empty : Stream.unwrap(Effect.map(subscribe, Stream.fromSubscription))
    )
  }

  #subscribe<A>(subscribers: Set<Subscriber<A>>): Effect.Effect<PubSub.Subscription<A>, never, Scope.Scope> {
    return Effect.gen(function*() {
      const pubsub = yield* PubSub.sliding<A>(capacity)
      const subscription = yield* PubSub.subscribe(pubsub)
      const subscriber: Subscriber<A> = { pubsub, published: 0, dropped: 0, notices: new Map() }
      yield* Effect.acquireRelease(
        Effect.sync(() => subscribers.add(subscriber)),
        () => Effect.sync(() => subscribers.delete(subscriber))
      )
      return subscription
    })
  }
}

/** A logger would choke on an error whose getters throw. */
const printable = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> => {
  try {
    Cause.pretty(cause)
    return cause
  } catch {
    return Cause.die(new Error("something was thrown that cannot be printed"))
  }
}
