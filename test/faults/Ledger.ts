/** The books of one governor: each of its events is entered, and in the end all has to add up. */
import * as Cause from "effect/Cause"
import { GovernorError, type GovernorEvent as Core, ServiceStatus } from "../../src/index.ts"
import { isA } from "../../src/internal/telling/thrown.ts"
import type * as Facade from "../../src/promise/index.ts"
import { isEnd, type Stage, type Story, tell, unborn } from "./history.ts"

export type Heard = Core.GovernorEvent | Facade.GovernorEvent
type Status = ServiceStatus.ServiceStatus | Facade.ServiceStatus
type Report = (Core.GovernorEvent & { readonly _tag: "ShutdownCompleted" })["report"] | Facade.ShutdownReport

/** What was counted over all governors. */
export interface Counts {
  events: number
  starts: number
  ends: number
  crashes: number
  abandoned: number
  late: number
  services: number
}

export const noCounts = (): Counts => ({
  events: 0,
  starts: 0,
  ends: 0,
  crashes: 0,
  abandoned: 0,
  late: 0,
  services: 0
})

const counted: { readonly [tag: string]: ReadonlyArray<Exclude<keyof Counts, "events">> } = {
  ServiceAdded: ["services"],
  ServiceStarting: ["starts"],
  ServiceCompleted: ["ends"],
  ServiceCrashed: ["ends", "crashes"],
  ServiceInterrupted: ["ends"],
  ServiceAbandoned: ["abandoned"],
  LateFailure: ["late"]
}

export class Ledger {
  readonly counts = noCounts()
  readonly complain: (problem: string) => void
  readonly #stories = new Map<string, Story>()
  readonly #statuses = new Map<string, ServiceStatus.ServiceStatus>()
  readonly #starts = new Map<string, number>()
  readonly #late = new Map<string, number>()
  /** The runs that were given up: the name, and the number of the run among those of this name. */
  readonly #abandoned = new Set<string>()
  /** The services that have a run of which no end was told. */
  readonly #open = new Set<string>()
  #shutdown: "none" | "begun" | "complete" = "none"

  constructor(complain: (problem: string) => void) {
    this.complain = complain
  }

  readonly hear = (event: Heard): void => {
    this.counts.events++
    counted[event._tag]?.forEach((count) => this.counts[count]++)
    if ("service" in event) return this.#enter(event as Core.ServiceEvent) // a cause is only handed on
    if (event._tag === "EventsDropped") return this.complain("a listener was told of dropped events")
    const before = event._tag === "ShutdownStarted" ? "none" : "begun"
    if (this.#shutdown !== before) this.complain(`${event._tag}, and its shutdown was ${this.#shutdown}`)
    this.#shutdown = event._tag === "ShutdownStarted" ? "begun" : "complete"
  }

  #enter(event: Core.ServiceEvent): void {
    const { _tag, run, service } = event
    const isLostInside = _tag === "ServiceFailed" && isLost(event.cause)
    const story = tell(this.#stories.get(service) ?? unborn, { _tag, run, isLostInside })
    if (typeof story === "string") this.complain(`${_tag} of "${service}" ${story}`)
    else this.#stories.set(service, story)
    if (this.#shutdown !== "none" && (_tag === "ServiceStarting" || _tag === "ServiceAdded")) {
      this.complain(`${_tag} of "${service}" after the shutdown had begun`)
    }
    if (this.#shutdown === "complete" && _tag !== "LateFailure") {
      this.complain(`${_tag} of "${service}" after the shutdown`)
    }
    if (_tag === "ServiceStarting") this.#open.add(service)
    if (_tag === "ServiceAbandoned") this.#abandoned.add(`${service} ${this.startsOf(service)}`)
    if (isEndOfRun.has(_tag)) this.#open.delete(service)
    if (_tag === "ServiceStarting") this.#starts.set(service, this.startsOf(service) + 1)
    if (_tag === "LateFailure") this.#late.set(service, this.lateOf(service) + 1)
    if (_tag === "ServiceRemoved") this.#statuses.delete(service)
    else {
      const before = this.#statuses.get(service) ?? { _tag: "Pending", name: service, run: 0, restarts: 0, since: 0 }
      if (_tag !== "LateFailure" || this.#statuses.has(service)) {
        this.#statuses.set(service, ServiceStatus.transition(before, event))
      }
    }
  }

  stageOf(service: string): Stage {
    return this.#stories.get(service)?.stage ?? "absent"
  }

  startsOf(service: string): number {
    return this.#starts.get(service) ?? 0
  }

  wasAbandoned(service: string, start: number): boolean {
    return this.#abandoned.has(`${service} ${start}`)
  }

  lateOf(service: string): number {
    return this.#late.get(service) ?? 0
  }

  isComplete(): boolean {
    return this.#shutdown === "complete"
  }

  /** Rule 27: what is reported is what the events add up to. */
  compare(reported: ReadonlyArray<Status>): void {
    const folded = Array.from(this.#statuses.values(), inShort).join("\n")
    const actual = reported.map(inShort).join("\n")
    if (folded !== actual) this.complain(`the events add up to\n${folded}\nand not to\n${actual}`)
  }

  /** All is over: nothing is open, the report has everybody, and as they ended. */
  close(report: Report): void {
    if (this.#shutdown !== "complete") this.complain(`reported, and its shutdown was ${this.#shutdown}`)
    const reported = new Map(report.services.map((service) => [service.name, service.outcome]))
    for (const [service, { stage }] of this.#stories) {
      if (!isEnd(stage)) this.complain(`"${service}" was left ${stage}`)
      const outcome = stage === "lost" ? "Abandoned" : this.#statuses.get(service)?._tag
      const due = stage === "over" || stage === "lost" || stage === "lost inside" ? outcome : undefined
      if (reported.get(service) !== due) {
        this.complain(`"${service}", ${due ?? stage}, is reported as ${reported.get(service) ?? "nothing"}`)
      }
    }
    const ok = report.services.every(({ cause, outcome }) => outcome === "Stopped" && cause === undefined)
    if (ok !== report.ok) this.complain(`the report says ok: ${report.ok}`)
    for (const service of this.#open) this.complain(`no end was told of the latest run of "${service}"`)
  }
}

const isEndOfRun = new Set<string>(["ServiceCompleted", "ServiceCrashed", "ServiceInterrupted", "ServiceAbandoned"])

const inShort = ({ _tag, name, restarts, run, since }: Status) => `${name} ${_tag} #${run} ${restarts} ${since}`

/** Whether the first error of a cause says that a run was abandoned. The facade has plain objects for causes. */
const isLost = (cause: Cause.Cause<unknown> | Facade.Thrown): boolean =>
  isA(GovernorError.RunAbandoned, Cause.isCause(cause) ? Cause.squash(cause) : cause.error)
