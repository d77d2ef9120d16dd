/**
 * The lines of the services of one governor, one after another: what a line says depends on the lines before.
 */
import type * as Cause from "effect/Cause"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { type Detail, type Line, line, notRestarted } from "./log.ts"
import { thrownBy } from "./thrown.ts"

/** A line that is not written yet. The event that follows may change it. */
export interface Draft {
  readonly event: ServiceEvent
  line: Line
}

/** The levels that are written. */
type Levels = ReadonlySet<Line["level"] | undefined>

/** From how many milliseconds on somebody may wait for a service that was restarted at once. */
const slow = 1000

/** So many crashes in a row are a loop, if none of the runs lasted so many milliseconds. */
const loop = { crashes: 3, millis: 60_000 }

/** What the lines of a service depend on, beside its status. */
interface Recent {
  /** The service restarts without a delay, and is not ready yet. */
  isAtOnce: boolean
  /** How often the service has crashed in a row. */
  crashes: number
  /** What the lines have told of the errors of a run, where the run can end with these errors later. */
  told: { readonly run: number; readonly errors: Set<unknown> } | undefined
}

export class Lines {
  /** The latest draft, until it is written. */
  #latest: Draft | undefined
  /** The services that have crashed or restarted. */
  readonly #recent = new Map<string, Recent>()

  /**
   * The line of an event; undefined if nobody reads one, or if the line before says the same now. `known` is what the
   * engine knows beside the event. A run whose time to become ready was not measured was ready after its first
   * synchronous stretch.
   */
  draft(
    event: ServiceEvent,
    levels: Levels,
    before: ServiceStatus | undefined,
    known: Detail | undefined
  ): Draft | undefined {
    const recent = this.#recent.get(event.service)
    if (event._tag === "ServiceReady") return this.#ready(event, levels, recent, before, known)
    this.#remember(event, recent, before, known)
    const told = recent?.told?.run === event.run ? recent.told.errors : undefined
    const next = line(event, known === undefined ? { before, told } : { ...known, before, told })
    if (next === undefined || !levels.has(next.level)) return undefined
    if (isToldOnce(event, next) && event.cause !== undefined) this.tells(event, event.cause)
    return this.#joins(event, next) ? undefined : this.#keep(event, next)
  }

  /**
   * The line of a restart without a delay says all that there is to say, unless the run is slow to become ready. In a
   * loop of crashes, that a run has passed its first synchronous stretch says nothing.
   */
  #ready(
    event: ServiceEvent,
    levels: Levels,
    recent: Recent | undefined,
    before: ServiceStatus | undefined,
    known: Detail | undefined
  ): Draft | undefined {
    const { isAgain = false, took = event.time - (before?.since ?? event.time) } = known ?? {}
    const isBrief = recent?.isAtOnce === true && took < slow
    const isInLoop = known === undefined && recent !== undefined && recent.crashes >= loop.crashes
    if (recent !== undefined) recent.isAtOnce = false
    const level = isBrief || isInLoop ? "Debug" : "Info"
    return levels.has(level) ? this.#keep(event, { ...line(event, { took, isAgain })!, level }) : undefined
  }

  #keep(event: ServiceEvent, line: Line): Draft {
    return this.#latest = { event, line }
  }

  /** The draft is written: no event changes it any more. */
  written(draft: Draft): void {
    if (this.#latest === draft) this.#latest = undefined
  }

  /**
   * Whether the line before takes this event in. A run that ends, and a restart without a delay, are one line. A run that
   * completes was ready, at the latest now.
   */
  #joins(event: ServiceEvent, next: Line): boolean {
    const { run, service } = event
    const latest = this.#latest
    if (latest === undefined || latest.event.service !== service || latest.event.run !== run) return false
    const { event: { _tag }, line } = latest
    switch (event._tag) {
      case "ServiceCompleted":
        if (_tag === "ServiceReady") latest.line = { ...line, level: "Debug" }
        return false
      case "RestartScheduled":
        if (event.delay > 0 || (_tag !== "ServiceCompleted" && _tag !== "ServiceCrashed")) return false
        latest.line = { ...line, message: `${line.message}, ${next.message}` }
        return true
      case "ServiceStopped":
        if (_tag !== "ServiceCompleted") return false
        latest.line = { ...line, message: `${line.message}, and ${notRestarted}` }
        return true
      default:
        return false
    }
  }

  #remember(
    event: ServiceEvent,
    recent: Recent | undefined,
    before: ServiceStatus | undefined,
    known: Detail | undefined
  ): void {
    switch (event._tag) {
      case "RestartScheduled":
        if (event.delay === 0 && known?.isHeld !== true) (recent ?? this.#of(event.service)).isAtOnce = true
        return
      case "ServiceCrashed": {
        const of = recent ?? this.#of(event.service)
        const hasLasted = event.time - (before?.since ?? event.time) >= loop.millis
        of.crashes = hasLasted ? 1 : of.crashes + 1
        return
      }
      case "ServiceCompleted":
      case "ServiceStopping":
        if (recent === undefined) return
        recent.isAtOnce = false
        recent.crashes = 0
        return
      case "ServiceRemoved":
        this.#recent.delete(event.service)
    }
  }

  /** The lines have told that the run failed with these errors, with which it can end later. */
  tells({ run, service }: { readonly run: number; readonly service: string }, cause: Cause.Cause<unknown>): void {
    const of = this.#of(service)
    const errors = of.told?.run === run ? of.told.errors : new Set()
    for (const reason of cause.reasons) if (reason._tag !== "Interrupt") errors.add(thrownBy(reason))
    of.told = { run, errors }
  }

  #of(service: string): Recent {
    let recent = this.#recent.get(service)
    if (recent === undefined) this.#recent.set(service, recent = { isAtOnce: false, crashes: 0, told: undefined })
    return recent
  }
}

/** Whether the line tells errors with which the run can end later. */
const isToldOnce = (
  event: ServiceEvent,
  { level }: Line
): event is Extract<ServiceEvent, { readonly _tag: "ServiceUnready" | "ServiceAbandoned" | "LateFailure" }> =>
  event._tag === "ServiceAbandoned" || event._tag === "LateFailure" ||
  (event._tag === "ServiceUnready" && level !== "Debug") // the line at Debug has no cause
