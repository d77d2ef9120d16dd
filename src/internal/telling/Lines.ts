/**
 * The lines of the services of one governor, one after another: what a line says depends on the lines before.
 */
import type * as Cause from "effect/Cause"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"
import { type Line, line, notRestarted, restartingAtOnce } from "./log.ts"
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

export class Lines {
  /** The latest draft, until it is written. */
  #latest: Draft | undefined
  /** The services that restart without a delay, until they are ready. */
  readonly #atOnce = new Set<string>()
  /** What the lines of a service have told of the errors of its run, where the run can end with these errors later. */
  readonly #told = new Map<string, { readonly run: number; readonly errors: Set<unknown> }>()

  /**
   * The line of an event; undefined if nobody reads one, or if the line before says the same now. `took` is the time that
   * the run took to become ready, where that was measured; else the run was ready after its first synchronous stretch.
   */
  draft(
    event: ServiceEvent,
    levels: Levels,
    before: ServiceStatus | undefined,
    took: number | undefined
  ): Draft | undefined {
    if (event._tag === "ServiceReady") {
      return this.#ready(event, levels, took ?? event.time - (before?.since ?? event.time))
    }
    this.#restarts(event)
    const told = this.#told.get(event.service)
    const next = line(event, { before, told: told?.run === event.run ? told.errors : undefined })
    if (next === undefined || !levels.has(next.level)) return undefined
    if ("cause" in event && event.cause !== undefined) this.#tells(event, event.cause)
    return this.#joins(event) ? undefined : this.#keep(event, next)
  }

  /** The line of a restart without a delay says all that there is to say, unless the run is slow to become ready. */
  #ready(event: ServiceEvent, levels: Levels, took: number): Draft | undefined {
    const isBrief = this.#atOnce.delete(event.service) && took < slow
    const level = isBrief ? "Debug" : "Info"
    return levels.has(level) ? this.#keep(event, { ...line(event, { took })!, level }) : undefined
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
  #joins(event: ServiceEvent): boolean {
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
        latest.line = { ...line, message: `${line.message}, ${restartingAtOnce}` }
        return true
      case "ServiceStopped":
        if (_tag !== "ServiceCompleted") return false
        latest.line = { ...line, message: `${line.message}, and ${notRestarted}` }
        return true
      default:
        return false
    }
  }

  #restarts(event: ServiceEvent): void {
    if (event._tag === "RestartScheduled" && event.delay === 0) this.#atOnce.add(event.service)
    else if (event._tag === "ServiceStopping" || event._tag === "ServiceRemoved") this.#atOnce.delete(event.service)
    if (event._tag === "ServiceRemoved") this.#told.delete(event.service)
  }

  #tells({ _tag, run, service }: ServiceEvent, cause: Cause.Cause<unknown>): void {
    if (_tag !== "ServiceUnready" && _tag !== "ServiceAbandoned" && _tag !== "LateFailure") return
    const before = this.#told.get(service)
    const errors = before?.run === run ? before.errors : new Set()
    for (const reason of cause.reasons) if (reason._tag !== "Interrupt") errors.add(thrownBy(reason))
    this.#told.set(service, { run, errors })
  }
}
