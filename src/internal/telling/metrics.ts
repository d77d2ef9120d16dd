/**
 * What is counted of a governor, as Effect's metrics: runs and the states of services for the whole, for there may be
 * 100,000 services; restarts and crashes for each service that has any.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import type { ServiceStatus } from "../../ServiceStatus.ts"

type OfService = "restarts" | "crashes"
type Kind = "runs" | OfService

const units: { readonly [K in Kind]: string } = { runs: "{run}", restarts: "{restart}", crashes: "{crash}" }

const descriptions: { readonly [K in Kind]: string } = {
  runs: "Runs that began",
  restarts: "Restarts by policy",
  crashes: "Runs that crashed"
}

const states = ["Pending", "Starting", "Running", "Backoff", "Stopping", "Stopped", "Failed"] as const

/** Where the states are read, when an exporter asks. */
interface Source {
  readonly status: ReadonlyArray<ServiceStatus>
}

/** One line of a metric. To look it up in the registry for each update would take a tenth of a restart. */
abstract class Series<State> implements Metric.Metric.Hooks<number, State> {
  abstract readonly get: () => State
  readonly update = () => {}
  readonly modify = () => {}
}

class Count extends Series<Metric.CounterState<number>> {
  value = 0
  /** How many governors of this name count on it. */
  users = 0
  readonly get = () => ({ count: this.value, incremental: true })
}

/** That of a governor, with the services that were counted in any of its name: one inside of a service is made anew by each run. */
class Runs extends Count {
  readonly services = { restarts: new Set<string>(), crashes: new Set<string>() }
}

class InState extends Series<Metric.GaugeState<number>> {
  /** Weak, for a governor may be dropped that nobody has shut down. */
  readonly sources = new Set<WeakRef<Source>>()
  /** What the last of them ended with: an exporter may come only after it. */
  last = 0
  readonly state: ServiceStatus["_tag"]

  constructor(state: ServiceStatus["_tag"]) {
    super()
    this.state = state
  }

  readonly get = () => {
    let value = 0
    for (const ref of this.sources) {
      const source = ref.deref()
      if (source === undefined) this.sources.delete(ref)
      else value += this.countIn(source.status)
    }
    return { value: this.sources.size === 0 ? this.last : value }
  }

  countIn(statuses: ReadonlyArray<ServiceStatus>): number {
    return statuses.filter(({ _tag }) => _tag === this.state).length
  }
}

export class Metrics {
  readonly #context: Context.Context<never>
  readonly #governor: string
  readonly #source: Source
  readonly #ref: WeakRef<Source>
  readonly #runs: Runs
  readonly #states: ReadonlyArray<InState>
  readonly #restarts = new Map<string, Count>()
  readonly #crashes = new Map<string, Count>()

  constructor(context: Context.Context<never>, governor: string, source: Source) {
    this.#context = context
    this.#governor = governor
    this.#source = source
    this.#ref = new WeakRef(source)
    this.#runs = this.#series(this.#counter("runs"), new Runs())
    this.#states = states.map((state) => this.#series(this.#gauge(state), new InState(state)))
    this.#states.forEach(({ sources }) => sources.add(this.#ref))
  }

  count(event: ServiceEvent, before: ServiceStatus | undefined): void {
    switch (event._tag) {
      case "ServiceStarting":
        this.#runs.value++
        // One by hand does not add to them.
        if (event.restarts > (before?.restarts ?? 0)) {
          this.#of(event.service, "restarts", this.#restarts).value++
        }
        return
      case "ServiceCrashed":
        this.#of(event.service, "crashes", this.#crashes).value++
        return
      case "ServiceRemoved": // its counts must not gather for ever
        this.#forget(event.service, "restarts", this.#restarts)
        this.#forget(event.service, "crashes", this.#crashes)
        return
      default:
    }
  }

  /** Its governor is gone. */
  close(): void {
    for (const counts of [this.#restarts, this.#crashes]) counts.forEach((count) => count.users--)
    const { status } = this.#source
    for (const series of this.#states) {
      series.last = series.countIn(status)
      series.sources.delete(this.#ref)
    }
  }

  /** Unless there is another governor of this name. */
  forget(): void {
    if (this.#states.some(({ sources }) => sources.size > 0)) return
    for (const kind of ["restarts", "crashes"] as const) {
      for (const service of this.#runs.services[kind]) {
        Metric.removeUnsafe(this.#counter(kind, { service }), this.#context)
      }
    }
    Metric.removeUnsafe(this.#counter("runs"), this.#context)
    for (const { state } of this.#states) Metric.removeUnsafe(this.#gauge(state), this.#context)
  }

  #of(service: string, kind: OfService, counts: Map<string, Count>): Count {
    let count = counts.get(service)
    if (count === undefined) {
      counts.set(service, count = this.#series(this.#counter(kind, { service }), new Count()))
      count.users++
      this.#runs.services[kind].add(service)
    }
    return count
  }

  #forget(service: string, kind: OfService, counts: Map<string, Count>): void {
    const count = counts.get(service)
    counts.delete(service)
    if (count === undefined || --count.users > 0) return
    Metric.removeUnsafe(this.#counter(kind, { service }), this.#context)
    this.#runs.services[kind].delete(service)
  }

  #counter(kind: Kind, of: Metric.Metric.AttributeSet = {}) {
    const attributes = { unit: units[kind], governor: this.#governor, ...of }
    return Metric.counter(`governor_${kind}_total`, { description: descriptions[kind], incremental: true, attributes })
  }

  #gauge(state: string) {
    const attributes = { unit: "{service}", governor: this.#governor, state }
    return Metric.gauge("governor_services", { description: "Services, by what they do", attributes })
  }

  /** That of a governor of the same name, if there was one: the registry has each line once. */
  #series<S extends Series<unknown>>(metric: Metric.Metric<number, unknown>, fresh: S): S {
    const own: Metric.MetricRegistry = new Map()
    Metric.registerUnsafe(metric, Context.add(this.#context, Metric.MetricRegistry, own), fresh)
    const registry = Context.get(this.#context, Metric.MetricRegistry)
    for (const [key, metadata] of own) {
      const found = registry.get(key)?.hooks
      if (found instanceof Series) return found as S
      registry.set(key, { ...metadata, hooks: fresh })
    }
    return fresh
  }
}
