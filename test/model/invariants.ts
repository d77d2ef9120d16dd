/** What must hold for every governor whatever is done to it. Each gives what is wrong, as lines. */
import { type GovernorEvent, ServiceStatus } from "../../src/index.ts"
import { observedCall, observedStatus } from "./observed.ts"
import { namesOf } from "./reading.ts"
import type { Real } from "./real.ts"
import type { StopReason } from "./world.ts"

type Events = ReadonlyArray<GovernorEvent.GovernorEvent>
type Statuses = ReadonlyArray<ServiceStatus.ServiceStatus>

/** What is known of a service that is, or was, there. */
interface Known {
  /** None: it was itself told never to restart. */
  readonly restart?: unknown
  readonly dependsOn?: ReadonlyArray<string> | undefined
  readonly bindsTo?: ReadonlyArray<string> | undefined
  readonly readiness?: "manual" | "completed" | undefined
  readonly removeWhenOver?: boolean | undefined
}

/** By name. */
export type Graph = ReadonlyMap<string, Known>

interface Observed {
  readonly real: Real
  /** How many of its events were looked at before. */
  readonly seen: number
  readonly statuses: Statuses
  readonly graph: Graph
  /** When the time of the shutdown is over, if it has begun. */
  readonly deadline: number | undefined
}

export const broken = (observed: Observed): ReadonlyArray<string> => {
  const { deadline, graph, real, seen, statuses } = observed
  return [
    ...overlapping(real),
    ...misrepresented(observed),
    ...endedTwice(real.events),
    ...begunTooEarly(real.events, seen, graph),
    ...begunAgain(observed),
    ...stoppedTooEarly(observed),
    ...(deadline === undefined
      ? []
      : [...startedLate(real.events), ...notReported(real.events, graph), ...unanswered(real)]),
    ...replayedOtherwise(real.events, statuses),
    ...misnumbered(real.events)
  ]
}

/** Rules 10 and 13: asked of one where nobody hangs any more. */
export const notEnded = ({ events }: Real): ReadonlyArray<string> =>
  events.some(({ _tag }) => _tag === "ShutdownCompleted") ? [] : ["the shutdown does not end"]

/** Rule 5: counted by the runs themselves. */
const overlapping = ({ tallies }: Real): ReadonlyArray<string> =>
  [...tallies].flatMap(([name, { most }]) => most > 1 ? [`"${name}" had ${most} runs at a time`] : [])

/** Rules 5 and 13: a service is up, in its delay or over only as its runs are. A run counts until its finalizers are done. */
const misrepresented = ({ real: { events, tallies }, statuses }: Observed): ReadonlyArray<string> =>
  statuses.flatMap(({ _tag, name }) => {
    const runs = tallies.get(name)?.runs ?? 0
    if (_tag === "Stopping" || (_tag === "Failed" && isAbandoned(events, name))) return []
    const isUp = _tag === "Starting" || _tag === "Running"
    return isUp === (runs === 1) ? [] : [`"${name}" is ${_tag} with ${runs} runs`]
  })

const isAbandoned = (events: Events, name: string): boolean => {
  const last = events.findLast((event) =>
    "service" in event && event.service === name &&
    ["ServiceAdded", "ServiceStarting", "ServiceAbandoned"].includes(event._tag)
  )
  return last?._tag === "ServiceAbandoned"
}

const isEnd = new Set(["ServiceCompleted", "ServiceCrashed", "ServiceInterrupted"])

/** Rule 2: a run ends once. */
const endedTwice = (events: Events): ReadonlyArray<string> => {
  const ended = new Map<string, number>()
  return events.flatMap((event) => {
    if (event._tag === "ServiceAdded") ended.delete(event.service)
    if (!("service" in event) || !isEnd.has(event._tag)) return []
    const isSecond = ended.get(event.service) === event.run
    ended.set(event.service, event.run)
    return isSecond ? [`run ${event.run} of "${event.service}" ended twice`] : []
  })
}

/** Rule 10: once a shutdown has begun nobody waits for a stop or a removal. */
const unanswered = ({ calls }: Real): ReadonlyArray<string> =>
  calls.flatMap((call) => {
    const { _tag } = call.command
    const waits = (_tag === "stop" || _tag === "remove") && observedCall(call) === "waits"
    return waits ? [`somebody waits for a ${_tag} in a shutdown`] : []
  })

/** Rule 14. */
const startedLate = (events: Events): ReadonlyArray<string> => {
  const shutdown = events.findIndex(({ _tag }) => _tag === "ShutdownStarted")
  return events.slice(shutdown).flatMap((event) =>
    event._tag === "ServiceStarting" ? [`"${event.service}" was started after the shutdown had begun`] : []
  )
}

/** Every service that ever ran and was not removed is in the report, unless it was to be removed when it is over. */
const notReported = (events: Events, graph: Graph): ReadonlyArray<string> => {
  const completed = events.find((event) => event._tag === "ShutdownCompleted")
  if (completed === undefined) return []
  const due = new Set<string>()
  for (const event of events) {
    if (event._tag === "ServiceStarting") due.add(event.service)
    if (event._tag === "ServiceRemoved") due.delete(event.service)
  }
  for (const { name } of completed.report.services) due.delete(name)
  const missing = [...due].filter((name) => graph.get(name)?.removeWhenOver !== true)
  return missing.map((name) => `"${name}" ran and is not in the report`)
}

/** Nothing of the run is left, or nobody waits for it any more. A crash is told before its finalizers are done. */
const isEndOfRun = new Set([
  "ServiceCompleted",
  "ServiceInterrupted",
  "ServiceAbandoned",
  "RestartScheduled",
  "ServiceFailed",
  "ServiceStopped",
  "ServiceWaiting",
  "ServiceStandby"
])

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
    if (isEndOfRun.has(event._tag) || isLastHeardOf(events, i)) running.delete(event.service)
    if (i < seen || event._tag !== "ServiceStopping" || !running.has(event.service)) continue
    if (event.reason !== "shutdown" && event.reason !== "remove") continue
    const above = [...running].filter((name) => buildsOn(graph, known, name, event.service))
    problems.push(...above.map((name) => `"${event.service}" was stopped while "${name}" ran, which builds on it`))
  }
  return problems
}

/** Nothing may tell when the finalizers are done of a run that has crashed, if its service was asked to end meanwhile. */
const isLastHeardOf = (events: Events, i: number): boolean => {
  const event = events[i]!
  if (event._tag !== "ServiceStopping") return false
  const before = events.slice(0, i).findLast((other) => "service" in other && other.service === event.service)
  return before?._tag === "ServiceCrashed"
}

const buildsOn = (
  graph: Graph,
  known: ReadonlySet<string>,
  name: string,
  other: string,
  looked: ReadonlySet<string> = new Set()
): boolean =>
  known.has(name) && !looked.has(name) &&
  namesOf({ options: graph.get(name) ?? {} }).some((below) =>
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
      before?.status ?? { _tag: "Pending", name: "", run: 0, restarts: 0, crashes: 0, since: 0 },
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
    const unready = namesOf({ options: graph.get(event.service) ?? {} })
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

/** Rule 26: the events of a governor alone are numbered from 1, without gaps. `Real` looks at those of one inside. */
const misnumbered = (events: Events): ReadonlyArray<string> =>
  events[0]?.sequence !== 1 ?
    [] :
    events.flatMap(({ _tag, sequence }, i) =>
      sequence === i + 1 ? [] : [`${_tag}, event ${i + 1}, has number ${sequence}`]
    )

const replayedOtherwise = (events: Events, statuses: Statuses): ReadonlyArray<string> => {
  const [replayed, reported] = [ServiceStatus.replay(events), statuses].map((all) => all.map(observedStatus).join("; "))
  return replayed === reported ? [] : [`the events add up to ${replayed}, not to ${reported}`]
}
