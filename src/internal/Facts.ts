/**
 * What has been said of one service, and the status it leads to.
 */
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
  /** How long its last stop took, in milliseconds. */
  stopMillis = 0

  constructor(spec: Spec, home: Home) {
    this.spec = spec
    this.home = home
    const event = this.fact("ServiceAdded", 0)
    this.status = transition({ _tag: "Pending", name: spec.name, run: 0, restarts: 0, since: event.time }, event)
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
    if (before._tag === "Stopping" && this.status._tag !== "Stopping") this.stopMillis = event.time - before.since
    this.home.emit(event, before, this.status)
  }
}
