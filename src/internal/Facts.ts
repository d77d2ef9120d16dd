/**
 * What has been said of one service, and the status it leads to.
 */
import type * as Cause from "effect/Cause"
import type { ServiceEvent } from "../GovernorEvent.ts"
import { type ServiceStatus, transition } from "../ServiceStatus.ts"
import type { Spec } from "./spec.ts"

/** Who hears of the facts. */
export interface Recorder {
  /** Epoch milliseconds. */
  now(): number
  /** One fact, and what it makes of the status. */
  emit(event: ServiceEvent, before: ServiceStatus | undefined, after: ServiceStatus): void
}

export class Facts<Home extends Recorder> {
  readonly spec: Spec
  readonly home: Home
  status: ServiceStatus
  /** How long the stop of its latest run took, in milliseconds; 0: there was none. */
  stopMillis = 0

  constructor(spec: Spec, home: Home) {
    this.spec = spec
    this.home = home
    const event = this.fact("ServiceAdded", 0)
    this.status = transition(unknown, event)
    home.emit(event, undefined, this.status)
  }

  get name(): string {
    return this.spec.name
  }

  protected fact<Tag extends ServiceEvent["_tag"]>(_tag: Tag, run: number, time = this.home.now()) {
    return { _tag, service: this.name, run, time }
  }

  protected record(event: ServiceEvent): void {
    const before = this.status
    this.status = transition(before, event)
    if (event._tag === "ServiceStarting") this.stopMillis = 0
    else if (before._tag === "Stopping" && isEndOfStop(event)) this.stopMillis = event.time - before.since
    this.home.emit(event, before, this.status)
  }

  // The two that have more to say, and are part of each restart: spread from `fact` they would take longer than all the rest.

  protected recordStarting(run: number, restarts: number): void {
    this.record({ _tag: "ServiceStarting", service: this.name, run, time: this.home.now(), restarts })
  }

  protected recordScheduled(delay: number, cause: Cause.Cause<unknown> | undefined, time = this.home.now()): void {
    const { run } = this.status
    this.record({ _tag: "RestartScheduled", service: this.name, run, time, delay, ...(cause && { cause }) })
  }
}

/** That of a service before it is added. */
const unknown: ServiceStatus = { _tag: "Pending", name: "", run: 0, restarts: 0, since: 0 }

/** A status may be `Stopping` for longer: the next run waits for its dependencies. */
const isEndOfStop = ({ _tag }: ServiceEvent): boolean => _tag === "ServiceInterrupted" || _tag === "ServiceAbandoned"
