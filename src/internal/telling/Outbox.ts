/**
 * Delivers the events of a governor to the log, to listeners and to watchers of the statuses.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { GovernorEvent, ServiceEvent } from "../../GovernorEvent.ts"
import { ServiceRun } from "../../ServiceRun.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { type Draft, Lines } from "./Lines.ts"
import { type Detail, type Entry, hung, type Line, line } from "./log.ts"
import { Subscribers } from "./Subscribers.ts"
import { isObject } from "./thrown.ts"
import { Branch } from "./Tree.ts"
import { Voice } from "./Voice.ts"

/** Called with each event. If it returns a promise that rejects, the error is logged. */
export type Listener = (event: GovernorEvent) => unknown

/** Called with each new status, and with `undefined` when no more status can come. */
export type Watcher = (status: ServiceStatus | undefined) => void

/** What can be listened to: a governor, or a tree. */
export interface Source {
  /** Whether `ShutdownCompleted` was put. A stream that begins after that is empty. */
  readonly isClosed: boolean
  readonly listen: (listener: Listener) => () => void
  readonly watch: (watcher: Watcher) => () => void
}

type Run = NonNullable<Entry["of"]>

/** The events that bring an error. The events that follow from them have that error too. */
const reported = ["ServiceCrashed", "ServiceInterrupted", "ServiceAbandoned", "LateFailure"] as const

type Reported = Extract<ServiceEvent, { readonly _tag: typeof reported[number] }>

const isReported = (event: ServiceEvent): event is Reported => reported.some((tag) => tag === event._tag)

export class Outbox implements Source {
  /** The prefix of the paths of the services: empty, or the path of the run around the governor and a slash. */
  readonly #within: string
  /** The run around the governor, if there is one. The governor's own lines are lines of that run. */
  readonly #outerRun: Entry["of"]
  /** Where the governor's own lines go. */
  readonly voice: Voice
  /** Those who listen to this governor and the governors inside it, and to the governors around it. */
  readonly branch: Branch
  readonly #lines = new Lines()
  readonly #now: () => number
  readonly #listeners = new Subscribers<GovernorEvent>()
  readonly #watchers = new Subscribers<ServiceStatus | undefined>()
  #queue: Array<() => void> = []
  #flushing = false
  /** Whether `ShutdownCompleted` was put. A stream that begins after that is empty. */
  isClosed = false

  constructor(context: Context.Context<never>, within: string) {
    this.#within = within
    this.branch = new Branch(within)
    const { nest, run } = Context.get(context, ServiceRun)
    this.#outerRun = nest && { service: nest.path, run }
    this.#now = () => Context.get(context, Clock.Clock).currentTimeMillisUnsafe()
    this.voice = new Voice(context)
  }

  /**
   * Keeps an event until the next flush, unless nobody can hear it. While the queue is not empty, a task in the queue
   * may still add a listener, so the event is kept.
   */
  put(event: GovernorEvent, status?: ServiceStatus): void {
    if (this.branch.tree.subscribers > 0) this.branch.put(event, status)
    const queue = this.#queue
    if (queue.length > 0 || this.#listeners.size > 0) queue.push(() => this.#listeners.tell(event))
    if (status !== undefined && (queue.length > 0 || this.#watchers.size > 0)) {
      queue.push(() => this.#watchers.tell(status))
    }
    if (event._tag !== "ShutdownCompleted") return
    this.isClosed = true
    queue.push(() => this.#watchers.tell(undefined))
  }

  /** Keeps the line of an event of the governor until the next flush, unless nobody reads it. */
  note(event: GovernorEvent): void {
    if (!this.voice.tags.has(event._tag)) return
    const written = line(event)
    if (written !== undefined) this.#queue.push(() => this.#write(written, this.voice, undefined, event))
  }

  /**
   * Keeps the line of an event of a service until the next flush, unless nobody reads it. `before` is the status before
   * the event, `known` what the line says beside the event.
   */
  noteOf(event: ServiceEvent, voice: Voice, before: ServiceStatus | undefined, known: Detail | undefined): void {
    if (voice.isSilent) return
    if (voice.hasReporters && isReported(event)) this.#report(event, voice)
    if (!voice.tags.has(event._tag)) return
    const draft = this.#lines.draft(event, voice.levels, before, known)
    if (draft !== undefined) this.#queue.push(() => this.#writeDraft(draft, voice))
  }

  /** Keeps the line that a run hangs, unless nobody reads it. */
  noteHung(of: Run, cause: Cause.Cause<unknown>, voice: Voice): void {
    if (!voice.levels.has("Warn")) return
    const written = hung(cause)
    this.#lines.tells(of, cause)
    this.#queue.push(() => this.logOf(written, voice, of))
  }

  /** Runs the task once everything that was put before it is delivered. */
  after(task: () => void): void {
    this.#queue.push(task)
  }

  /** Delivers everything in order, including what is put meanwhile. */
  flush(): void {
    const { delivery } = this.branch.tree
    if (this.#flushing || (this.#queue.length === 0 && delivery.isEmpty)) return
    this.#flushing = true
    delivery.flush()
    for (const task of this.#queue) this.#try(task)
    if (this.#queue.length > 0) this.#queue = []
    delivery.flush()
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

  /** This governor and the governors inside it. */
  get tree(): Source {
    const isClosed = () => this.isClosed
    return {
      get isClosed() {
        return isClosed()
      },
      listen: (listener) => this.branch.add((event) => this.#tell(event, listener)),
      watch: (watcher) =>
        this.branch.add((event, status) =>
          this.#try(() => {
            if (status !== undefined && "service" in event) watcher(withPath(status, event.service))
            if (isEnd(event)) watcher(undefined)
          })
        )
    }
  }

  /** Writes a line of the governor. */
  log(line: Line): void {
    this.#write(line, this.voice)
  }

  /** Writes a line about a service that no event carries. */
  logOf(line: Line, voice: Voice, of: Run): void {
    this.#write(line, voice, this.#pathOf(of))
  }

  #writeDraft(draft: Draft, voice: Voice): void {
    this.#lines.written(draft)
    this.#write(draft.line, voice, this.#pathOf(draft.event), draft.event)
  }

  #write({ cause, level, message }: Line, voice: Voice, of = this.#outerRun, event?: GovernorEvent): void {
    if (!voice.levels.has(level)) return
    const entry: Entry = { about: event?._tag, level, message, cause, of, time: event?.time ?? this.#now() }
    this.branch.tree.lines?.(entry)
    voice.write(entry)
  }

  #pathOf({ run, service }: Run): Run {
    return { service: this.#within + service, run }
  }

  #report(event: Reported, voice: Voice): void {
    this.#queue.push(() => {
      try {
        if (event.cause !== undefined) voice.report(event.cause, this.#pathOf(event))
      } catch (error) {
        this.log({ level: "Error", message: "an error reporter failed", cause: Cause.die(error) })
      }
    })
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

/** A status of a service of a governor inside has the path of the service as its name. */
export const withPath = (status: ServiceStatus, name: string): ServiceStatus =>
  status.name === name ? status : { ...status, name }

/** Whether this is the last event of the governor itself. A late failure may still follow. */
export const isEnd = (event: GovernorEvent): boolean =>
  event._tag === "ShutdownCompleted" && event.governor === undefined
