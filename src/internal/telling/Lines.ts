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

export class Lines {
  /** The latest draft, until it is written. */
  #latest: Draft | undefined
  /** The services that restart without a delay, until they are ready. */
  readonly #atOnce = new Set<string>()
  /** What the lines of a service have told of the errors of its run, where the run can end with these errors later. */
  readonly #told = new Map<string, { readonly run: number; readonly errors: Set<unknown> }>()

  /** The line of an event; undefined if it has none, or if the line before says the same now. */
  draft(
    event: ServiceEvent,
    levels: ReadonlySet<Line["level"] | undefined>,
    before: ServiceStatus | undefined,
    took: number | undefined
  ): Draft | undefined {
    const { run, service } = event
    const isReady = event._tag === "ServiceReady"
    const isAtOnce = isReady && this.#atOnce.delete(service)
    const told = this.#told.get(service)
    const next = line(event, { before, took, isAtOnce, told: told?.run === run ? told.errors : undefined })
    this.#restarts(event)
    if (next === undefined || !levels.has(next.level)) return undefined
    if ("cause" in event && event.cause !== undefined) this.#tells(event, event.cause)
    if (this.#joins(event)) return undefined
    return this.#latest = { event, line: next }
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
