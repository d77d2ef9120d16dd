/**
 * The starts and stops of services, and the shutdown, as spans. A run is not a span: a run may last for days, and its
 * span would become the parent of everything that the run does.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { TracerEnabled } from "effect/References"
import * as Tracer from "effect/Tracer"
import type { GovernorEvent } from "../../GovernorEvent.ts"

/** A listener that makes spans from events; undefined if there is no tracer that would take a span. */
export const tracing = (
  context: Context.Context<never>,
  governor: string
): ((event: GovernorEvent) => void) | undefined => {
  const tracer = Context.get(context, Tracer.Tracer)
  if (tracer === Tracer.nativeTracer || !Context.get(context, TracerEnabled)) return undefined
  const spans = new Spans(tracer, Context.get(context, Clock.Clock), governor)
  return (event) => spans.hear(event)
}

class Spans {
  readonly #tracer: Tracer.Tracer
  readonly #clock: Clock.Clock
  readonly #governor: string
  /** The open span of each service that is starting or stopping. */
  readonly #open = new Map<string, Tracer.Span>()
  #shutdown: Tracer.Span | undefined

  constructor(tracer: Tracer.Tracer, clock: Clock.Clock, governor: string) {
    this.#tracer = tracer
    this.#clock = clock
    this.#governor = governor
  }

  hear(event: GovernorEvent): void {
    switch (event._tag) {
      case "ServiceStarting": {
        const { run, service } = event
        this.#end(service, undefined) // a restart by hand in a backoff: no run had to end, so the stop is over now
        this.#open.set(service, this.#begin("governor.service.start", { service, run }))
        break
      }
      case "ServiceStopping": {
        const { reason, run, service } = event
        this.#end(service, Cause.interrupt()) // the run is stopped before it was ready
        this.#open.set(service, this.#begin("governor.service.stop", { service, run, reason }))
        break
      }
      case "ServiceReady":
        return this.#end(event.service, undefined)
      case "ServiceCrashed":
      case "ServiceInterrupted":
      case "ServiceAbandoned":
      case "ServiceStopped": // a stop in a backoff: no run had to end
        return this.#end(event.service, event.cause)
      case "ShutdownStarted":
        this.#shutdown = this.#begin("governor.shutdown", { reason: event.reason._tag })
        break
      case "ShutdownCompleted":
        this.#shutdown?.attribute("ok", event.report.ok)
        this.#shutdown?.end(this.#clock.currentTimeNanosUnsafe(), Exit.void)
        break
      default:
    }
  }

  #begin(name: string, attributes: Record<string, unknown>): Tracer.Span {
    const span = this.#tracer.span({
      name,
      parent: Option.fromUndefinedOr(this.#shutdown),
      annotations: Context.empty(),
      links: [],
      startTime: this.#clock.currentTimeNanosUnsafe(),
      kind: "internal",
      root: this.#shutdown === undefined,
      sampled: true
    })
    const all = { governor: this.#governor, ...attributes }
    for (const [key, value] of Object.entries(all)) span.attribute(key, value)
    return span
  }

  #end(service: string, cause: Cause.Cause<unknown> | undefined): void {
    const span = this.#open.get(service)
    this.#open.delete(service)
    span?.end(this.#clock.currentTimeNanosUnsafe(), cause === undefined ? Exit.void : Exit.failCause(cause))
  }
}
