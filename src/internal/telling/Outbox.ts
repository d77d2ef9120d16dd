/**
 * The way of events out of a governor: to the log and to those who subscribe.
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

const tags = Object.keys(levels) as ReadonlyArray<GovernorEvent["_tag"]>

/** Hears of each event. A rejected promise that it returns is logged. */
export type Listener = (event: GovernorEvent) => unknown

/** Hears of each new status; at last of `undefined`, when no status will follow. */
export type Watcher = (status: ServiceStatus | undefined) => void

export class Outbox {
  /** The beginning of the paths of its services. */
  readonly #within: string
  /** The run that the governor is in, if it is in one: its own lines are lines of that run. */
  readonly #own: Entry["of"]
  /** The levels of the lines that are written. */
  readonly #levels: ReadonlySet<Line["level"] | undefined>
  /** The tags of the events that may have such a line. */
  readonly #tags: ReadonlySet<GovernorEvent["_tag"]>
  readonly #write: (entry: Entry) => void
  readonly #now: () => number
  readonly #listeners = new Subscribers<GovernorEvent>()
  readonly #watchers = new Subscribers<ServiceStatus | undefined>()
  #queue: Array<() => void> = []
  #flushing = false
  /** Whether `ShutdownCompleted` was put: streams that begin later are empty. */
  isClosed = false

  constructor(context: Context.Context<never>, within: string) {
    this.#within = within
    const { nest, run } = Context.get(context, ServiceRun)
    this.#own = nest && { service: nest.path, run }
    this.#now = () => Context.get(context, Clock.Clock).currentTimeMillisUnsafe()
    this.#write = Context.get(context, Writer) ?? toLoggers(context)
    const minimum = Context.get(context, MinimumLogLevel)
    const all = ["Debug", "Info", "Warn", "Error"] as const
    this.#levels = new Set(all.filter((level) => LogLevel.isGreaterThanOrEqualTo(level, minimum)))
    this.#tags = new Set(tags.filter((tag) => this.#levels.has(levels[tag])))
  }

  /** Keeps an event until the next flush, if somebody may hear of it: a subscriber, or whoever subscribes before it is told. */
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

  /** Does the task once all that was put before is out. */
  after(task: () => void): void {
    this.#queue.push(task)
  }

  /** Lets everything out, in order. What is put meanwhile goes out after it. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    for (const task of this.#queue) this.#try(task)
    if (this.#queue.length > 0) this.#queue = []
    this.#flushing = false
  }

  /** A defect of this package must not silence the governor for ever. */
  #try(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.log({ level: "Error", message: "an event could not be told", cause: Cause.die(error) })
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
    const whose = of === undefined ? this.#own : { service: this.#within + of.service, run: of.run }
    this.#write({ level, message, cause, of: whose, time })
  }

  #log(line: Line | undefined, event: GovernorEvent): void {
    if (line !== undefined) this.log(line, "service" in event ? event : undefined, event.time)
  }

  #tell(event: GovernorEvent, listener: Listener): void {
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

/** Gives lines to Effect's loggers. Nothing is made for a line if there is no logger. */
const toLoggers = (context: Context.Context<never>): (entry: Entry) => void => {
  // A logger throws if it prints an error whose getters throw. To find such an error beforehand, every error would have to be
  // formatted, which takes several times as long as all else of a crash. So loggers get the cause as it is, and a line that
  // fails is written again without it. From then on causes are checked first: the loggers that did not fail have written that
  // line twice.
  let looksFirst = false
  return (entry) => {
    if (Context.get(context, CurrentLoggers).size === 0) return
    const given = looksFirst ? printable(entry) : entry
    if (isWritten(context, given)) return
    const substitute = printable(given)
    if (substitute === given) return // the logger fails for a reason of its own
    looksFirst = true
    isWritten(context, substitute)
  }
}

/** The loggers run in the fiber of the line, which has ended when `runFork` returns. It has failed if a logger threw. */
const isWritten = (context: Context.Context<never>, { cause, level, message, of }: Entry): boolean => {
  const args = cause === undefined ? [message] : [message, cause]
  const line = Effect.logWithLevel(level as Line["level"])(...args)
  const fiber = Effect.runForkWith(context)(of === undefined ? line : Effect.annotateLogs(line, of))
  return fiber.pollUnsafe()?._tag !== "Failure"
}

/** The line itself if its cause can be printed, or one with a substitute. */
const printable = (entry: Entry): Entry => {
  if (entry.cause === undefined) return entry
  try {
    Cause.pretty(entry.cause)
    return entry
  } catch {
    return { ...entry, cause: Cause.die(new Error("something was thrown that cannot be printed")) }
  }
}
