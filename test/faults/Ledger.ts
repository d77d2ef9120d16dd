/** The books of one governor: each of its events is entered, and in the end all has to add up. */
import { type GovernorEvent as Core, ServiceStatus } from "../../src/index.ts"
import type * as Facade from "../../src/promise/index.ts"
import { heldBy, mayHold, withAbove } from "./bound.ts"
import { isInVain, isLost, isPause, isVerdict, probeIn } from "./causes.ts"
import { dependenciesIn, type Options } from "./conduct.ts"
import { counted, noCounts } from "./counts.ts"
import { type Due, wrongAbout } from "./due.ts"
import { isEnd, isOutcome, type Stage, type Story, tell, unborn } from "./history.ts"
import { mayBeUnwell, mayBeWell, type Result } from "./probes.ts"

export type Heard = Core.GovernorEvent | Facade.GovernorEvent
type Status = ServiceStatus.ServiceStatus | Facade.ServiceStatus
type Report = (Core.GovernorEvent & { readonly _tag: "ShutdownCompleted" })["report"] | Facade.ShutdownReport

export class Ledger {
  readonly counts = noCounts()
  readonly complain: (problem: string) => void
  /** The crash of a service takes others down, which go in their order. */
  hasGroups = false
  readonly #stories = new Map<string, Story>()
  readonly #statuses = new Map<string, ServiceStatus.ServiceStatus>()
  readonly #starts = new Map<string, number>()
  readonly #late = new Map<string, number>()
  /** The runs that were given up: the name, and the number of the run among those of this name. */
  readonly #abandoned = new Set<string>()
  /** The services that have a run of which no end was told. */
  readonly #open = new Set<string>()
  /** The services that are there with a layer. */
  readonly #layers = new Set<string>()
  /** Those whose present run a closing layer is to end, each after those that depend on it. */
  readonly #closing = new Set<string>()
  /** How the run has to end that has said so: the number of the run among those of this name. */
  readonly #due = new Map<string, Due & { readonly start: number }>()
  readonly #offered = new Map<string, Known>()
  readonly #known = new Map<string, Known>()
  /** The checks of the latest run. */
  readonly #checks = new Map<string, Checked>()
  /** Those that were commanded since they were over, or have failed in vain: no event tells whether they shall run again. */
  readonly #unsure = new Set<string>()
  /** The latest events of each service. */
  readonly #trails = new Map<string, Array<string>>()
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

  /** The options of a service that is to get this name, if it is free. */
  offers(service: string, options: Known): void {
    this.#offered.set(service, options)
  }

  /** Says with it what the service did of late. */
  complainOf(service: string, problem: string): void {
    this.complain(`${problem}; its latest events: ${(this.#trails.get(service) ?? []).join(", ")}`)
  }

  /** A command was given: it may concern those that the service depends on, too. */
  commanded(service: string): void {
    const concerned = new Set([service])
    for (const one of concerned) dependenciesIn(this.#below(one)).forEach((other) => concerned.add(other))
    for (const one of concerned) this.#unsure.add(one)
  }

  /** The service was added with a layer. */
  isLayer(service: string): void {
    this.#layers.add(service)
  }

  /** The layer of the service closes now. Nothing that it is to end begins before all of that is down. */
  closes(service: string): void {
    if (!this.#layers.has(service)) return // another service has its name
    for (const one of withAbove(service, Array.from(this.#known.keys()), this.#below)) {
      if (this.#open.has(one)) this.#closing.add(one)
    }
  }

  readonly #below = (service: string): Known => this.#known.get(service) ?? {}

  /** The present run of the service ends by itself. */
  isDue(service: string, due: Due): void {
    this.#due.set(service, { ...due, start: this.startsOf(service) })
  }

  #enter(event: Core.ServiceEvent): void {
    const { _tag, run, service } = event
    this.#trails.set(service, [
      ...(this.#trails.get(service) ?? []).slice(1 - remembered),
      `${_tag.replace("Service", "")} ${run}`
    ])
    const due = this.#due.get(service)
    if (due?.start === this.startsOf(service)) {
      const isForced = this.stageOf(service) === "lost" || (_tag === "ServiceCrashed" && isVerdict(event.cause))
      const wrong = wrongAbout(due, { _tag, isVerdict: isForced })
      if (wrong !== undefined) this.complainOf(service, `${_tag} of "${service}", ${wrong}`)
    }
    this.#checkProbes(event, due?.start === this.startsOf(service))
    if (_tag === "ServiceStarting") this.#checkBinds(service, "began")
    const isLostInside = _tag === "ServiceFailed" && isLost(event.cause)
    const isPaused = _tag === "ServiceUnready" && isPause(event.cause)
    const story = tell(this.#stories.get(service) ?? unborn, { _tag, run, isLostInside, isPaused })
    if (typeof story === "string") this.complainOf(service, `${_tag} of "${service}" ${story}`)
    else this.#stories.set(service, story)
    if (_tag === "ServiceAdded") this.#known.set(service, this.#offered.get(service) ?? {})
    if (_tag === "ServiceAdded" || _tag === "ServiceStarting") this.#unsure.delete(service)
    if (_tag === "ServiceFailed" && isInVain(event.cause)) this.#unsure.add(service)
    if (this.#shutdown !== "none" && (_tag === "ServiceStarting" || _tag === "ServiceAdded")) {
      this.complain(`${_tag} of "${service}" after the shutdown had begun`)
    }
    if (this.#shutdown === "complete" && _tag !== "LateFailure") {
      this.complain(`${_tag} of "${service}" after the shutdown`)
    }
    if (_tag === "ServiceStarting") this.#open.add(service)
    if (_tag === "ServiceAbandoned") this.#abandoned.add(`${service} ${this.startsOf(service)}`)
    if (isEndOfRun.has(_tag)) [this.#open, this.#closing].forEach((set) => set.delete(service))
    if (_tag === "ServiceStarting") this.#starts.set(service, this.startsOf(service) + 1)
    if (_tag === "LateFailure") this.#late.set(service, this.lateOf(service) + 1)
    if (_tag === "ServiceRemoved") [this.#statuses, this.#layers].forEach((all) => all.delete(service))
    else {
      const before = this.#statuses.get(service) ??
        { _tag: "Pending", name: service, run: 0, restarts: 0, crashes: 0, since: 0 }
      if (_tag !== "LateFailure" || this.#statuses.has(service)) {
        this.#statuses.set(service, ServiceStatus.transition(before, event))
      }
    }
  }

  /** Who is bound to another has no run, unless the other is well. */
  #checkBinds(service: string, what: string): void {
    for (const name of this.#below(service).bindsTo ?? []) {
      const hasToComplete = this.#below(name).readiness === "completed"
      const [stage, status] = [this.stageOf(name), this.#statuses.get(name)]
      if (mayHold({ stage, status, hasToComplete })) continue
      const other = `"${name}", which is ${stage}, ${status?._tag}: ${(this.#trails.get(name) ?? []).join(", ")}`
      this.complainOf(service, `"${service}" ${what}, and is bound to ${other}`)
    }
  }

  /** Those that have lost what they are bound to are going down, unless others go down before. */
  #findAdrift(): void {
    if (this.#shutdown !== "none" || this.hasGroups) return
    // One that is not ready may hang, which no event tells.
    const up = Array.from(this.#open).filter((service) => this.stageOf(service) === "ready")
    const there = Array.from(this.#stories.keys()).filter((service) => mayBeThere.has(this.stageOf(service)))
    const held = heldBy(there, this.#below, (service) => this.#closing.has(service))
    for (const service of up) {
      const endsByItself = this.#due.get(service)?.start === this.startsOf(service)
      if (!endsByItself && !held.has(service)) this.#checkBinds(service, "stays up")
    }
  }

  /** What is told of its probes is what their checks say. A run that completes is ready, whatever they say. */
  #checkProbes(event: Core.ServiceEvent, endsByItself: boolean): void {
    const { _tag, service } = event
    const { liveness, readiness } = this.#below(service)
    const checks = this.#checks.get(service)
    const of = (probe: "readiness" | "liveness") => checks?.start === this.startsOf(service) ? checks[probe] : []
    const wrong = (probe: "readiness" | "liveness") =>
      this.complainOf(service, `${_tag} of "${service}", and its ${probe} says: ${of(probe).join(", ")}`)
    if (_tag === "ServiceReady" && typeof readiness === "object" && !endsByItself) {
      if (!mayBeWell(of("readiness"), readiness)) wrong("readiness")
    }
    const probe = _tag === "ServiceUnready" || _tag === "ServiceCrashed" ? probeIn(event.cause) : undefined
    const timing = probe === "liveness" ? liveness : readiness
    if (probe !== undefined && (typeof timing !== "object" || !mayBeUnwell(of(probe), timing))) wrong(probe)
  }

  /** A check begins of the present run. Returns what is called as it ends. */
  checks(service: string, probe: "readiness" | "liveness"): (result: Result) => void {
    this.counts.checks++
    const start = this.startsOf(service)
    let checks = this.#checks.get(service)
    if (checks?.start !== start) this.#checks.set(service, checks = { start, readiness: [], liveness: [] })
    const results = checks[probe]
    const index = results.push("late") - 1
    return (result) => void (results[index] = result)
  }

  /** The present run has said that it is not ready. */
  isPaused(service: string): void {
    const isReady = this.stageOf(service) === "ready" && this.#below(service).readiness !== "completed"
    if (isReady) this.complainOf(service, `"${service}" has said that it is not ready, and is told to be ready`)
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
    this.#findOverstayed()
    this.#findAdrift()
    const folded = Array.from(this.#statuses.values(), inShort).join("\n")
    const actual = reported.map(inShort).join("\n")
    if (folded !== actual) this.complain(`the events add up to\n${folded}\nand not to\n${actual}`)
  }

  /** Those that go when they are over have gone, unless another one depends on them. */
  #findOverstayed(): void {
    if (this.#shutdown !== "none") return
    const present = Array.from(this.#stories.keys()).filter((service) => this.stageOf(service) !== "absent")
    const needed = new Set(present.flatMap((service) => dependenciesIn(this.#below(service))))
    for (const service of present) {
      const isToGo = this.#below(service).removeWhenOver === true && this.stageOf(service) === "over for good"
      if (!isToGo || needed.has(service) || this.#unsure.has(service)) continue
      this.complainOf(service, `"${service}" is over, and was not removed`)
    }
  }

  /** All is over: nothing is open, the report has everybody, and as they ended. */
  close(report: Report): void {
    if (this.#shutdown !== "complete") this.complain(`reported, and its shutdown was ${this.#shutdown}`)
    const reported = new Map(report.services.map((service) => [service.name, service.outcome]))
    for (const [service, { stage }] of this.#stories) {
      if (!isEnd(stage)) this.complainOf(service, `"${service}" was left ${stage}`)
      const isReported = isOutcome(stage, this.#below(service).removeWhenOver)
      const due = !isReported ? undefined : stage === "lost" ? "Abandoned" : this.#statuses.get(service)?._tag
      const outcome = reported.get(service)
      const hasWaited = stage === "pending" && outcome === "Stopped" // no event tells of that
      if (outcome !== due && !hasWaited) {
        this.complainOf(service, `"${service}", ${due ?? stage}, is reported as ${outcome ?? "nothing"}`)
      }
    }
    this.#judge(report)
    for (const service of this.#open) this.complain(`no end was told of the latest run of "${service}"`)
  }

  /** A service may have a cause and have ended well: it had crashed before it was asked to end. */
  #judge({ ok, services }: Report): void {
    const hasFailed = services.some(({ name, outcome }) =>
      outcome !== "Stopped" || causeIn(this.#statuses.get(name)) !== undefined
    )
    const mayHaveFailed = hasFailed || services.some(({ cause, name }) => name.includes("/") && cause !== undefined)
    if (ok ? hasFailed : !mayHaveFailed) this.complain(`the report says ok: ${ok}`)
  }
}

/** How many events of a service are kept for a complaint. */
const remembered = 12

const causeIn = (status: Status | undefined) =>
  status?._tag === "Stopped" || status?._tag === "Failed" ? status.cause : undefined

/** A run may be there. */
const mayBeThere: ReadonlySet<Stage> = new Set([
  "unready",
  "ready",
  "hung",
  "stopping",
  "crashed",
  "stopping, crashed"
])

const isEndOfRun = new Set<string>(["ServiceCompleted", "ServiceCrashed", "ServiceInterrupted", "ServiceAbandoned"])

const inShort = ({ _tag, name, restarts, run, since }: Status) => `${name} ${_tag} #${run} ${restarts} ${since}`

/** What of the options concerns other services, or the end. */
export type Known = Pick<Options, "dependsOn" | "bindsTo" | "readiness" | "liveness" | "removeWhenOver">

/** How the checks of one run have ended, so far. */
interface Checked {
  readonly start: number
  readonly readiness: Array<Result>
  readonly liveness: Array<Result>
}
