/**
 * Delivers the events of a governor to the log, to listeners and to watchers of the statuses.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { CurrentLoggers, MinimumLogLevel } from "effect/References"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import { ServiceRun } from "../../ServiceRun.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { type Entry, levelOf, levels, type Line, line, Writer } from "./log.ts"
import { Subscribers } from "./Subscribers.ts"
import { isObject } from "./thrown.ts"

const tags = Object.keys(levels) as ReadonlyArray<GovernorEvent["_tag"]>

/** Called with each event. If it returns a promise that rejects, the error is logged. */
export type Listener = (event: GovernorEvent) => unknown

/** Called with each new status, and with `undefined` when no more status can come. */
export type Watcher = (status: ServiceStatus | undefined) => void

export class Outbox {
  /** The prefix of the paths of the services: empty, or the path of the run around the governor and a slash. */
  readonly #within: string
  /** The run around the governor, if there is one. The governor's own lines are lines of that run. */
  readonly #outerRun: Entry["of"]
  /** The levels that are written. */
  readonly #levels: ReadonlySet<Line["level"] | undefined>
  /** The tags of the events that may have a line of a written level. */
  readonly #tags: ReadonlySet<GovernorEvent["_tag"]>
  readonly #write: (entry: Entry) => void
  readonly #now: () => number
  readonly #listeners = new Subscribers<GovernorEvent>()
  readonly #watchers = new Subscribers<ServiceStatus | undefined>()
  #queue: Array<() => void> = []
  #flushing = false
  /** Whether `ShutdownCompleted` was put. A stream that begins after that is empty. */
  isClosed = false

  constructor(context: Context.Context<never>, within: string) {
    this.#within = within
    const { nest, run } = Context.get(context, ServiceRun)
    this.#outerRun = nest && { service: nest.path, run }
    this.#now = () => Context.get(context, Clock.Clock).currentTimeMillisUnsafe()
    this.#write = Context.get(context, Writer) ?? toLoggers(context)
    const minimum = Context.get(context, MinimumLogLevel)
    const all = ["Debug", "Info", "Warn", "Error"] as const
    this.#levels = new Set(all.filter((level) => LogLevel.isGreaterThanOrEqualTo(level, minimum)))
    this.#tags = new Set(tags.filter((tag) => this.#levels.has(levels[tag])))
  }

  /**
   * Keeps an event until the next flush, unless nobody can hear it. While the queue is not empty, a task in the queue
   * may still add a listener, so the event is kept.
   */
  put(event: GovernorEvent, status?: ServiceStatus, isLogged = true): void {
    const queue = this.#queue
    if (isLogged && this.#tags.has(event._tag) && this.#levels.has(levelOf(event))) {
      queue.push(() => this.#log(line(event), event))
    }
    if (queue.length > 0 || this.#listeners.size > 0) queue.push(() => this.#listeners.tell(event))
    if (status !== undefined && (queue.length > 0 || this.#watchers.size > 0)) {
      queue.push(() => this.#watchers.tell(status))
    }
    if (event._tag !== "ShutdownCompleted") return
    this.isClosed = true
    queue.push(() => this.#watchers.tell(undefined))
  }

  /** Runs the task once everything that was put before it is delivered. */
  after(task: () => void): void {
    this.#queue.push(task)
  }

  /** Delivers everything in order, including what is put meanwhile. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    for (const task of this.#queue) this.#try(task)
    if (this.#queue.length > 0) this.#queue = []
    this.#flushing = false
  }

  /** Logs what a task throws. One event that cannot be delivered must not stop all later events. */
  #try(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.log({ level: "Error", message: "an event could not be delivered", cause: Cause.die(error) })
    }
  }

  listen(listener: Listener): () => void {
    return this.#listeners.add((event) => this.#tell(event, listener))
  }

  watch(watcher: Watcher): () => void {
    return this.#watchers.add(watcher)
  }

  /** Writes a line of the governor, or of one of its services. */
  log(line: Line, of?: { readonly service: string; readonly run: number }, time = this.#now()): void {
    if (!this.#levels.has(line.level)) return
    const { cause, level, message } = line
    const runOfLine = of === undefined ? this.#outerRun : { service: this.#within + of.service, run: of.run }
    this.#write({ level, message, cause, of: runOfLine, time })
  }

  #log(line: Line | undefined, event: GovernorEvent): void {
    if (line !== undefined) this.log(line, "service" in event ? event : undefined, event.time)
  }

  #tell(event: GovernorEvent, listener: Listener): void {
    const failed = (error: unknown) =>
      this.log({ level: "Error", message: `a listener failed on ${event._tag}`, cause: Cause.die(error) })
    try {
      const returned = listener(event)
      if (isObject(returned)) Promise.resolve(returned).catch(failed) // no `instanceof`: a promise of another realm
    } catch (error) {
      failed(error)
    }
  }
}

/** Writes lines to Effect's loggers. A line costs nothing if there is no logger. */
const toLoggers = (context: Context.Context<never>): (entry: Entry) => void => {
  // A logger throws if it prints an error whose getters throw. Finding such an error beforehand would mean formatting
  // every error, which takes several times as long as the rest of a crash. So loggers get causes unchecked. If a logger
  // throws, the line is written again with a substitute for the cause. The loggers that did not throw then have that line
  // twice, so from then on all causes are checked first. If the cause can be printed, the logger threw for another reason,
  // and may do so at every line: no cause is formatted for it until it has written a line.
  let loggers: "get causes unchecked" | "get checked causes" | "throw anyway" = "get causes unchecked"
  return (entry) => {
    if (Context.get(context, CurrentLoggers).size === 0) return
    const given = loggers === "get checked causes" ? printable(entry) : entry
    if (tryLoggers(context, given)) {
      if (loggers === "throw anyway") loggers = "get causes unchecked"
    } else if (loggers === "get causes unchecked") {
      const substitute = printable(given)
      loggers = substitute === given ? "throw anyway" : "get checked causes"
      if (substitute !== given) tryLoggers(context, substitute)
    }
  }
}

/**
 * Writes a line, and returns whether no logger threw. The loggers run in the fiber, which has ended when `runFork`
 * returns. The fiber has failed if a logger threw.
 */
const tryLoggers = (context: Context.Context<never>, { cause, level, message, of }: Entry): boolean => {
  const args = cause === undefined ? [message] : [message, cause]
  const line = Effect.logWithLevel(level as Line["level"])(...args)
  const fiber = Effect.runForkWith(context)(of === undefined ? line : Effect.annotateLogs(line, of))
  return fiber.pollUnsafe()?._tag !== "Failure"
}

/** The entry itself if its cause can be printed, or a copy with a substitute for the cause. */
const printable = (entry: Entry): Entry => {
  if (entry.cause === undefined) return entry
  try {
    Cause.pretty(entry.cause)
    return entry
  } catch {
    return { ...entry, cause: Cause.die(new Error("something was thrown that cannot be printed")) }
  }
}
