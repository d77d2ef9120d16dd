/**
 * How a shutdown goes: who has ended, who has not, whom that waits for, and how much of the time is used. When it is over, how it
 * went. Pure.
 */
import { becauseOf, type Known, known } from "./because.ts"
import { between, namesInWords } from "./inWords.ts"
import { news, slowestOf } from "./news.ts"
import { hasRun, type Node } from "./Tree.ts"
import type { Event, Status, View } from "./View.ts"

type Over = Extract<Event, { readonly _tag: "ShutdownCompleted" }>
type Report = Over["report"]

/** How one service ends. All times are epoch milliseconds. */
export interface Stop {
  readonly name: string
  /** `Works`: the service was not asked to end yet. */
  readonly state: "Works" | "Stopping" | Report["services"][number]["outcome"]
  /** When the service was asked to end. */
  readonly asked?: number
  readonly ended?: number
  /** When the time of its stop is over. */
  readonly limit?: number
  /** In milliseconds: how long its stop took, or takes until now. */
  readonly took: number
  /** Those that have to end before. */
  readonly waitsFor: ReadonlyArray<string>
  /** What went wrong. */
  readonly cause?: NonNullable<Status["lastFailure"]>["cause"]
}

export interface Progress {
  readonly reason: Report["reason"]
  readonly since: number
  /** When the time of the whole is over. */
  readonly until?: number
  /** When the stops begin, while they have not. */
  readonly drainsUntil?: number
  /** When all had ended, and how that went. */
  readonly over?: { readonly at: number; readonly ok: boolean }
  /** How many runs are left. */
  readonly left: number
  /** Who was asked first to end, and has not. */
  readonly heldUpBy?: string
  /** Who has not ended first, the longest of them first; then the others, the slowest first. */
  readonly stops: ReadonlyArray<Stop>
  readonly sentence: string
}

/** Undefined: the view knows of no shutdown. */
export const progressOf = (view: View): Progress | undefined => {
  const over = view.events.findLast((event): event is Over => isWhole(event) && event._tag === "ShutdownCompleted")
  if (view.closing !== undefined) return underWay(view, view.closing)
  return over && ofReport(view, over)
}

/** Whether the event is about the outermost governor. */
const isWhole = (event: Event): boolean => !("service" in event) && !("governor" in event)

// --- while it goes on ---

const underWay = (view: View, closing: NonNullable<View["closing"]>): Progress => {
  const all = known(view)
  const { asked, ended } = timesOf(view, closing.since)
  const nodes = Array.from(all.tree.nodes.values()).filter((node) => hasRun(node) || ended.has(node.path))
  const stops = nodes.map((node) => stopOf(all, node, asked.get(node.path), ended.get(node.path)))
  const heldUpBy = slowestOf(nodes)?.path
  return {
    ...closing,
    left: nodes.filter(hasRun).length,
    ...(heldUpBy !== undefined && { heldUpBy }),
    stops: inOrder(stops, heldUpBy),
    sentence: news(view)
  }
}

interface Times {
  readonly asked: ReadonlyMap<string, number>
  readonly ended: ReadonlyMap<string, { readonly at: number; readonly outcome: Report["services"][number]["outcome"] }>
}

/** When services were asked to end, and when they ended, from the beginning of the shutdown on. */
const timesOf = ({ events }: View, since: number): Times => {
  const asked = new Map<string, number>()
  const ended: Map<string, { at: number; outcome: Report["services"][number]["outcome"] }> = new Map()
  for (const event of events) {
    if (!("service" in event) || event.time < since) continue
    const { _tag, service, time } = event
    if (_tag === "ServiceStopping") asked.set(service, time)
    if (_tag === "ServiceStopped") ended.set(service, { at: time, outcome: "Stopped" })
    if (_tag === "ServiceAbandoned") ended.set(service, { at: time, outcome: "Abandoned" })
    if (_tag === "ServiceFailed" && !ended.has(service)) ended.set(service, { at: time, outcome: "Failed" })
  }
  return { asked, ended }
}

const stopOf = (
  all: Known,
  node: Node,
  askedAt: number | undefined,
  end: { readonly at: number; readonly outcome: Report["services"][number]["outcome"] } | undefined
): Stop => {
  const { path: name, status } = node
  if (!hasRun(node) && end !== undefined) {
    const { at: ended, outcome: state } = end
    const cause = "cause" in status ? status.cause : undefined
    return {
      name,
      state,
      ...(askedAt !== undefined && { asked: askedAt }),
      ended,
      took: ended - (askedAt ?? ended),
      waitsFor: [],
      ...(cause && { cause })
    }
  }
  if (status._tag !== "Stopping") return { name, state: "Works", took: 0, waitsFor: waitsFor(all, node) }
  const because = becauseOf(all, node)
  const limit = "limit" in because ? because.limit : undefined
  return {
    name,
    state: "Stopping",
    asked: status.since,
    ...(limit !== undefined && { limit }),
    took: all.view.now - status.since,
    waitsFor: node.inside.filter(hasRun).map(({ path }) => path)
  }
}

/** Those that depend on the service end before; what is inside is asked when the service around it is. */
const waitsFor = (all: Known, node: Node): ReadonlyArray<string> => {
  const because = becauseOf(all, node)
  if (because._tag === "AwaitsItsEnd") return because.for
  return node.around?.status._tag === "Running" ? [node.around.path] : []
}

const ranks = { Stopping: 0, Works: 1, Abandoned: 2, Failed: 2, Stopped: 2 } as const

const inOrder = (stops: ReadonlyArray<Stop>, first: string | undefined): ReadonlyArray<Stop> =>
  stops.toSorted((a, b) =>
    Number(b.name === first) - Number(a.name === first) || ranks[a.state] - ranks[b.state] || b.took - a.took
  )

// --- when it is over ---

const ofReport = (view: View, { report, time }: Over): Progress => {
  const since = time - report.duration
  const { asked, ended } = timesOf(view, since)
  const started = view.events.findLast((event) => isWhole(event) && event._tag === "ShutdownStarted")
  const until = started?._tag === "ShutdownStarted" ? started.until : undefined
  const stops = report.services.map(({ cause, duration, name, outcome }): Stop => {
    const [begin, end] = [asked.get(name), ended.get(name)?.at]
    return {
      name,
      state: outcome,
      ...(begin !== undefined && { asked: begin }),
      ...(end !== undefined && { ended: end }),
      took: duration,
      waitsFor: [],
      ...(cause && { cause })
    }
  })
  return {
    reason: report.reason,
    since,
    ...(until !== undefined && { until }),
    over: { at: time, ok: report.ok },
    left: 0,
    stops: inOrder(stops, undefined),
    sentence: overInWords(report, since, time)
  }
}

/** `all ended in 1.2 s`, or `ended in 10 s; database was abandoned; api has failed`. */
const overInWords = ({ ok, services }: Report, since: number, time: number): string => {
  const named = (outcome: Report["services"][number]["outcome"]) =>
    services.filter((one) => one.outcome === outcome).map(({ name }) => name)
  const [abandoned, failed] = [named("Abandoned"), named("Failed")]
  const parts = [
    ...(abandoned.length > 0
      ? [`${namesInWords(abandoned)} ${abandoned.length === 1 ? "was" : "were"} abandoned`]
      : []),
    ...(failed.length > 0 ? [`${namesInWords(failed)} ${failed.length === 1 ? "has" : "have"} failed`] : []),
    ...(!ok && abandoned.length + failed.length === 0 ? ["not all ended well"] : [])
  ]
  return [`${parts.length === 0 ? "all ended well in" : "ended in"} ${between(since, time)}`, ...parts].join("; ")
}
