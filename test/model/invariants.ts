/** What must hold for every governor whatever is done to it. Each gives what is wrong, as lines. */
import { type GovernorEvent, ServiceStatus } from "../../src/index.ts"
import { observedStatus } from "./observed.ts"
import type { Real } from "./real.ts"
import type { StopReason } from "./world.ts"

type Events = ReadonlyArray<GovernorEvent.GovernorEvent>

/** What is known of a service that is, or was, there. */
interface Known {
  /** None: it was itself told never to restart. */
  readonly restart?: unknown
  readonly dependsOn?: ReadonlyArray<string> | undefined
  readonly readiness?: "manual" | "completed" | undefined
}

/** By name. */
export type Graph = ReadonlyMap<string, Known>

interface Observed {
  readonly real: Real
  /** How many of its events were looked at before. */
  readonly seen: number
  readonly statuses: ReadonlyArray<string>
  readonly graph: Graph
  /** When the time of the shutdown is over, if it has begun. */
  readonly deadline: number | undefined
}

export const broken = (observed: Observed): ReadonlyArray<string> => {
  const { deadline, graph, real, seen, statuses } = observed
  return [
    ...overlapping(real),
    ...begunTooEarly(real.events, seen, graph),
    ...begunAgain(observed),
    ...stoppedTooEarly(observed),
    ...(deadline === undefined ? [] : [...startedLate(real.events), ...notReported(real.events)]),
    ...replayedOtherwise(real.events, statuses)
  ]
}

/** Rules 10 and 13: asked of one where nobody hangs any more. */
export const notEnded = ({ events }: Real): ReadonlyArray<string> =>
  events.some(({ _tag }) => _tag === "ShutdownCompleted") ? [] : ["the shutdown does not end"]

/** Rule 5: counted by the runs themselves. */
const overlapping = ({ tallies }: Real): ReadonlyArray<string> =>
  [...tallies].flatMap(([name, { most }]) => most > 1 ? [`"${name}" had ${most} runs at a time`] : [])

/** Rule 14. */
const startedLate = (events: Events): ReadonlyArray<string> => {
  const shutdown = events.findIndex(({ _tag }) => _tag === "ShutdownStarted")
  return events.slice(shutdown).flatMap((event) =>
    event._tag === "ServiceStarting" ? [`"${event.service}" was started after the shutdown had begun`] : []
  )
}

/** Every service that ever ran and was not removed is in the report. */
const notReported = (events: Events): ReadonlyArray<string> => {
  const completed = events.find((event) => event._tag === "ShutdownCompleted")
  if (completed === undefined) return []
  const due = new Set<string>()
  for (const event of events) {
    if (event._tag === "ServiceStarting") due.add(event.service)
    if (event._tag === "ServiceRemoved") due.delete(event.service)
  }
  for (const { name } of completed.report.services) due.delete(name)
  return [...due].map((name) => `"${name}" ran and is not in the report`)
}

const isEndOfRun = new Set(["ServiceCompleted", "ServiceCrashed", "ServiceInterrupted", "ServiceAbandoned"])

/** Rule 12, and the same for what is removed: it is asked to end only when nothing runs that builds on it, directly or not. */
const stoppedTooEarly = ({ deadline = Infinity, graph, real: { events }, seen }: Observed): ReadonlyArray<string> => {
  const running = new Set<string>()
  /** Those that are there and have run: the others build on nothing, though they may depend on themselves. */
  const known = new Set<string>()
  const problems: Array<string> = []
  for (const [i, event] of events.entries()) {
    if (!("service" in event) || event.time >= deadline) continue
    if (event._tag === "ServiceRemoved") known.delete(event.service)
    if (event._tag === "ServiceStarting") {
      running.add(event.service)
      known.add(event.service)
    }
    if (isEndOfRun.has(event._tag)) running.delete(event.service)
    if (i < seen || event._tag !== "ServiceStopping" || !running.has(event.service)) continue
    if (event.reason !== "shutdown" && event.reason !== "remove") continue
    const above = [...running].filter((name) => buildsOn(graph, known, name, event.service))
    problems.push(...above.map((name) => `"${event.service}" was stopped while "${name}" ran, which builds on it`))
  }
  return problems
}

const buildsOn = (
  graph: Graph,
  known: ReadonlySet<string>,
  name: string,
  other: string,
  looked: ReadonlySet<string> = new Set()
): boolean =>
  known.has(name) && !looked.has(name) &&
  (graph.get(name)?.dependsOn ?? []).some((below) =>
    below === other || buildsOn(graph, known, below, other, new Set([...looked, name]))
  )

/** What is begun of a service whose layer has begun to close is another one of its name. */
const begunAgain = ({ real: { closed, events }, seen }: Observed): ReadonlyArray<string> =>
  events.slice(seen).flatMap((event, i) => {
    if (event._tag !== "ServiceStarting") return []
    const since = events.slice(closed.get(event.service) ?? Infinity, seen + i)
    const isAnother = (other: GovernorEvent.GovernorEvent) =>
      other._tag === "ServiceAdded" && other.service === event.service
    return since.length === 0 || since.some(isAnother) ? [] : [`"${event.service}" was begun though its layer closes`]
  })

/** What the events say of one service. */
interface Said {
  readonly status: ServiceStatus.ServiceStatus
  /** Its latest run was ready, */
  readonly wasReady: boolean
  /** and any was. */
  readonly wasEverReady: boolean
  /** Why it was asked to end, if it was, and none of its runs has begun since. */
  readonly asked: StopReason | undefined
}

const said = (before: Said | undefined, event: GovernorEvent.ServiceEvent): Said => {
  const { _tag } = event
  const isReady = _tag === "ServiceReady"
  return {
    status: ServiceStatus.transition(
      before?.status ?? { _tag: "Pending", name: "", run: 0, restarts: 0, since: 0 },
      event
    ),
    wasReady: isReady || (_tag !== "ServiceStarting" && before?.wasReady === true),
    wasEverReady: isReady || (_tag !== "ServiceAdded" && before?.wasEverReady === true),
    asked: _tag === "ServiceStopping" ? event.reason : isEndOfAsking.has(_tag) ? undefined : before?.asked
  }
}

/** One that was given up is over, like one that ended by itself. */
const isEndOfAsking = new Set<string>(["ServiceStarting", "ServiceAbandoned"])

/** Rule 19: a run begins only when what its service depends on is ready, or was and ended by itself. */
const begunTooEarly = (events: Events, seen: number, graph: Graph): ReadonlyArray<string> => {
  if (!events.slice(seen).some(({ _tag }) => _tag === "ServiceStarting")) return []
  const all = new Map<string, Said>()
  const problems: Array<string> = []
  for (const [i, event] of events.entries()) {
    if (!("service" in event)) continue
    if (event._tag === "ServiceRemoved") all.delete(event.service)
    else all.set(event.service, said(all.get(event.service), event))
    if (i < seen || event._tag !== "ServiceStarting") continue
    const unready = (graph.get(event.service)?.dependsOn ?? [])
      .filter((name) => !canBeBuiltOn(all.get(name), graph.get(name), event.time))
    problems.push(...unready.map((name) => `"${event.service}" began before "${name}" was ready`))
  }
  return problems
}

const canBeBuiltOn = (said: Said | undefined, known: Known | undefined, now: number): boolean => {
  if (said === undefined) return false
  const isOver = said.asked === "strategy" && known?.restart === undefined && said.status._tag === "Stopped"
  if (said.asked !== undefined && !isOver) return false
  if (known?.readiness === "completed") return said.wasEverReady
  const { status } = said
  return said.wasReady && status._tag !== "Starting" &&
    (status._tag !== "Backoff" || (status.cause === undefined && status.until >= now))
}

/** Rule 27. */
const replayedOtherwise = (events: Events, statuses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const replayed = ServiceStatus.replay(events).map(observedStatus)
  return replayed.join("\n") === statuses.join("\n")
    ? []
    : [`the events add up to ${replayed.join("; ")}, not to ${statuses.join("; ")}`]
}
