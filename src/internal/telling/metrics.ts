/**
 * The numbers of a governor as Effect metrics. Runs and states are counted for the whole governor, because it may have
 * 100,000 services. Restarts and crashes are counted for each service that has any.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import { type ServiceStatus, states } from "../../ServiceStatus.ts"

const kinds = ["restarts", "restarts_by_hand", "crashes"] as const

type OfService = typeof kinds[number]
type Kind = "runs" | OfService
type State = ServiceStatus["_tag"]

const units: { readonly [K in Kind]: string } = {
  runs: "{run}",
  restarts: "{restart}",
  restarts_by_hand: "{restart}",
  crashes: "{crash}"
}

const descriptions: { readonly [K in Kind]: string } = {
  runs: "Runs that began",
  restarts: "Restarts by policy",
  restarts_by_hand: "Restarts by hand",
  crashes: "Runs that crashed"
}

/** The statuses of a governor, which are read when an exporter asks. */
interface Source {
  readonly status: ReadonlyArray<ServiceStatus>
}

/**
 * One series of a counter. Governors keep their series, because a look-up in the registry would take a tenth of the
 * time of a restart.
 */
interface Count {
  value: number
  /** How many governors use this series. */
  users: number
  shown: Metric.Registration | undefined
}

type Counts = Map<string, Count>

/** The numbers that all governors of one name share. */
interface Tally {
  readonly key: string
  readonly runs: Count
  readonly ofServices: { readonly [K in OfService]: Counts }
  /** The governors that are not closed. Weak, because a governor may be dropped without a shutdown. */
  readonly sources: Set<WeakRef<Source>>
  /** How many services were in each state when the latest governor ended. An exporter may ask after that end. */
  last: ReadonlyMap<State, number>
  /** The gauges of the states. */
  shown: ReadonlyArray<Metric.Registration>
}

/**
 * The tallies of each registry, by name and attributes. A registry keeps only the latest series of an identity, and
 * nobody can read it back. So the governors of one name share their numbers here, for as long as the registry lives.
 */
const tallies = new WeakMap<Metric.MetricRegistry, Map<string, Tally>>()

export class Metrics {
  readonly #context: Context.Context<never>
  readonly #governor: string
  readonly #source: Source
  readonly #ref: WeakRef<Source>
  readonly #tally: Tally
  /** The series of the tally that this governor uses, by service. */
  readonly #own = emptyCounts()

  constructor(context: Context.Context<never>, governor: string, source: Source) {
    this.#context = context
    this.#governor = governor
    this.#source = source
    this.#ref = new WeakRef(source)
    this.#tally = tallyOf(context, governor)
    this.#tally.sources.add(this.#ref)
    this.#show("runs", this.#tally.runs)
    this.#tally.shown = states.map((state) => this.#showState(state, this.#tally))
  }

  count(event: ServiceEvent, before: ServiceStatus | undefined): void {
    switch (event._tag) {
      case "ServiceStarting":
        this.#tally.runs.value++
        if (event.restarts > (before?.restarts ?? 0)) this.#of("restarts", event.service).value++
        else if (event.restartsByHand !== before?.restartsByHand) this.#of("restarts_by_hand", event.service).value++
        return
      case "ServiceCrashed":
        this.#of("crashes", event.service).value++
        return
      case "ServiceRemoved": // the series of removed services must not pile up
        return kinds.forEach((kind) => this.#leave(kind, event.service))
      default:
    }
  }

  /** The governor has ended. Its numbers stay. */
  close(): void {
    for (const kind of kinds) this.#own[kind].forEach((count) => count.users--)
    const { status } = this.#source
    this.#tally.last = new Map(states.map((state) => [state, inState(state, status)]))
    this.#tally.sources.delete(this.#ref)
  }

  /** Removes all series of this governor's name from the registry, unless another governor of the name is open. */
  forget(): void {
    const { key, ofServices, runs, shown, sources } = this.#tally
    if (sources.size > 0) return
    runs.shown?.remove()
    for (const kind of kinds) ofServices[kind].forEach((count) => count.shown?.remove())
    shown.forEach((gauge) => gauge.remove())
    const named = tallies.get(registryOf(this.#context))
    if (named?.get(key) === this.#tally) named.delete(key)
  }

  #of(kind: OfService, service: string): Count {
    const own = this.#own[kind]
    const found = own.get(service)
    if (found !== undefined) return found
    const shared = this.#tally.ofServices[kind]
    const label = labelOf(this.#context, service)
    const count = shared.get(label) ?? emptyCount()
    this.#show(kind, count, { service })
    count.users++
    shared.set(label, count)
    own.set(service, count)
    return count
  }

  #leave(kind: OfService, service: string): void {
    const own = this.#own[kind]
    const count = own.get(service)
    own.delete(service)
    if (count === undefined || --count.users > 0) return
    count.shown?.remove()
    this.#tally.ofServices[kind].delete(labelOf(this.#context, service))
  }

  /**
   * Registers a series, even if another governor has registered it, because the registry may have been cleared since.
   */
  #show(kind: Kind, count: Count, of: Metric.Metric.AttributeSet = {}): void {
    const attributes = { unit: units[kind], governor: this.#governor, ...of }
    const options = { description: descriptions[kind], incremental: true, attributes }
    const get = () => ({ count: count.value, incremental: true })
    count.shown = register(Metric.counter(`governor_${kind}_total`, options), this.#context, get)
  }

  #showState(state: State, tally: Tally): Metric.Registration {
    const attributes = { unit: "{service}", governor: this.#governor, state }
    const gauge = Metric.gauge("governor_services", { description: "Services in each state", attributes })
    return register(gauge, this.#context, () => ({ value: servicesIn(state, tally) }))
  }
}

const registryOf = (context: Context.Context<never>) => Context.get(context, Metric.MetricRegistry)

const tallyOf = (context: Context.Context<never>, governor: string): Tally => {
  const registry = registryOf(context)
  const named = tallies.get(registry) ?? new Map<string, Tally>()
  tallies.set(registry, named)
  const attributes = { governor, ...Context.get(context, Metric.CurrentMetricAttributes) }
  const key = JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => a < b ? -1 : 1))
  const tally = named.get(key) ?? emptyTally(key)
  named.set(key, tally)
  return tally
}

const emptyTally = (key: string): Tally => ({
  key,
  runs: emptyCount(),
  ofServices: emptyCounts(),
  sources: new Set(),
  last: new Map(),
  shown: []
})

const emptyCounts = (): Tally["ofServices"] => ({
  restarts: new Map(),
  restarts_by_hand: new Map(),
  crashes: new Map()
})

const emptyCount = (): Count => ({ value: 0, users: 0, shown: undefined })

/**
 * The label of the series of a service. If the program sets an attribute `service` of its own, that attribute wins, and
 * all services share one series.
 */
const labelOf = (context: Context.Context<never>, service: string): string =>
  Context.get(context, Metric.CurrentMetricAttributes)["service"] ?? service

const register = <S>(
  metric: Metric.Metric<number, S>,
  context: Context.Context<never>,
  get: () => S
): Metric.Registration => Metric.registerUnsafe(metric, context, { get, update: () => {}, modify: () => {} })

const servicesIn = (state: State, { last, sources }: Tally): number => {
  let value = 0
  for (const ref of sources) {
    const source = ref.deref()
    if (source === undefined) sources.delete(ref)
    else value += inState(state, source.status)
  }
  return sources.size > 0 ? value : last.get(state) ?? 0
}

const inState = (state: State, statuses: ReadonlyArray<ServiceStatus>): number =>
  statuses.filter(({ _tag }) => _tag === state).length
