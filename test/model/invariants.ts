/** What must hold for every governor whatever is done to it. Each gives what is wrong, as lines. */
import { type GovernorEvent, ServiceStatus } from "../../src/index.ts"
import { observedStatus } from "./observed.ts"
import type { Real } from "./real.ts"

type Events = ReadonlyArray<GovernorEvent.GovernorEvent>

/** The services each one builds on, by name. */
export type Graph = ReadonlyMap<string, ReadonlyArray<string>>

export const broken = (real: Real, statuses: ReadonlyArray<string>, graph: Graph): ReadonlyArray<string> => [
  ...overlapping(real),
  ...startedLate(real.events),
  ...notReported(real.events),
  ...stoppedTooEarly(real.events, graph),
  ...replayedOtherwise(real.events, statuses)
]

/** Rule 5: counted by the runs themselves. */
const overlapping = ({ tallies }: Real): ReadonlyArray<string> =>
  [...tallies].flatMap(([name, { most }]) => most > 1 ? [`"${name}" had ${most} runs at a time`] : [])

/** Rule 14. */
const startedLate = (events: Events): ReadonlyArray<string> => {
  const shutdown = events.findIndex(({ _tag }) => _tag === "ShutdownStarted")
  if (shutdown === -1) return []
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

/** Rule 12: in a shutdown a service is asked to end only when nothing runs that builds on it, directly or not. */
const stoppedTooEarly = (events: Events, graph: Graph): ReadonlyArray<string> => {
  if (graph.size === 0) return []
  const running = new Set<string>()
  const problems: Array<string> = []
  for (const event of events) {
    if (!("service" in event)) continue
    if (event._tag === "ServiceStarting") running.add(event.service)
    if (isEndOfRun.has(event._tag)) running.delete(event.service)
    if (event._tag !== "ServiceStopping" || event.reason !== "shutdown" || !running.has(event.service)) continue
    const above = [...running].filter((name) => buildsOn(graph, name, event.service))
    problems.push(...above.map((name) => `"${event.service}" was stopped while "${name}" ran, which builds on it`))
  }
  return problems
}

const buildsOn = (graph: Graph, name: string, other: string): boolean =>
  (graph.get(name) ?? []).some((below) => below === other || buildsOn(graph, below, other))

/** Rule 27. */
const replayedOtherwise = (events: Events, statuses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const replayed = ServiceStatus.replay(events).map(observedStatus)
  return replayed.join("\n") === statuses.join("\n")
    ? []
    : [`the events add up to ${replayed.join("; ")}, not to ${statuses.join("; ")}`]
}
