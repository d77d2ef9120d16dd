/** What the model knows: plain data, and how it is read. */
import type { GovernorOptions, Options, Policy, Strategy } from "./commands.ts"
import { type Details, eventLine, reportLine, statusLine } from "./lines.ts"

export type StopReason = "stop" | "restart" | "remove" | "shutdown" | "strategy"

export interface Run {
  /** When it began to be not ready. */
  startingSince: number
  readyAt: number | undefined
  /** When it said last that it is alive. */
  beatAt: number
  /** It has had its time (rule 24): it was asked to end, and has crashed when it does. */
  isHung: boolean
  /** When it was stopped, if it was. */
  askedAt: number | undefined
  /** Whether it ignores such a request. */
  hangs: boolean
}

/** What is said of a service while it has no run that does what it is there for. */
interface Rest {
  readonly _tag: "Pending" | "Backoff" | "Stopping" | "Stopped" | "Failed"
  readonly since: number
  readonly reason?: StopReason
  readonly until?: number
  readonly cause?: boolean
}

export interface Service {
  readonly name: string
  readonly options: Options
  /** Its own, or else the governor's. None: it is never restarted. */
  readonly policy: Policy | undefined
  /** The one desired state: the latest command wins (rule 25). */
  wanted: "up" | "down" | "gone"
  /** Who brings about the next run; it decides what is counted. */
  nextBy: "start" | "restart" | "policy" | "group"
  run: Run | undefined
  rest: Rest
  /** The delay before the next run, while it lasts. */
  delay: Timer | undefined
  /** The run that was given up: there is no other. */
  abandoned: Run | undefined
  /** It ended by itself for good, or in vain, and nobody has started it since. */
  isOver: boolean
  /** Whether its latest run was ready, */
  wasReady: boolean
  /** and whether any was since it was started by hand. */
  wasEverReady: boolean
  isRemoved: boolean
  /** Its layer closes: it is on its way to be removed, and nothing takes that back. */
  isClosing: boolean
  /** Until then it builds on nothing, whatever it names. */
  wasStarted: boolean
  /** How many runs have begun. */
  runs: number
  /** Restarts by policy up to the latest run. */
  restarts: number
  /** When runs ended that were restarted, as far as it is remembered. */
  ends: ReadonlyArray<number>
  /** How many delays its schedule has given. */
  step: number
  /** How long the stop of its latest run took. */
  stopTook: number
}

export interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** Those who restart together: all are held until the delay of one is over, and the others are down. */
export interface Group {
  /** Who asks for something at the same time as another, a group or a closing, does so in the order in which they were formed. */
  readonly order: number
  readonly head: Service
  /** The head, too; in the order in which they were added. */
  readonly members: ReadonlyArray<Service>
  /** Those of them that build on each when it is formed: one whose layer closes may be removed meanwhile. */
  readonly above: ReadonlyMap<Service, ReadonlyArray<Service>>
}

/** What the closing of a layer still has to end: its service, and all that build on it when it begins to close. */
export interface Closing {
  readonly head: Service
  readonly members: ReadonlyArray<Service>
  readonly order: number
  readonly left: Map<Service, { hadItsTurn: boolean; readonly above: ReadonlyArray<Service> }>
}

/** One who has given a command and waits: what came of it, once it has. */
interface Caller {
  result: string
  /** Undefined: it still waits. */
  readonly answer: () => string | undefined
}

export interface World {
  now: number
  readonly shutdownTimeout: number | undefined
  readonly strategy: Strategy
  /** The governor's. */
  readonly policy: Policy | undefined
  groups: ReadonlyArray<Group>
  closings: ReadonlyArray<Closing>
  /** Those that are there, in the order in which they were added. */
  services: ReadonlyArray<Service>
  /** The latest of each name, also when it was removed: its handle is still in somebody's hand. */
  readonly handles: Map<string, Service>
  /** Those whose next run begins as soon as it is their turn. */
  readonly line: Array<Service>
  timers: ReadonlyArray<Timer>
  timersMade: number
  /** How many groups and closings there were. */
  formed: number
  phase: "open" | "closing" | "closed"
  shutdown: { readonly at: number; readonly reason: string } | undefined
  /** The events so far: of each service, and under "" of the governor itself. */
  readonly told: Map<string, Array<string>>
  readonly callers: Array<Caller>
}

export const makeWorld = ({ restart, shutdownTimeout, strategy = "one-for-one" }: GovernorOptions): World => ({
  now: 0,
  shutdownTimeout,
  strategy,
  policy: restart,
  groups: [],
  closings: [],
  services: [],
  handles: new Map(),
  line: [],
  timers: [],
  timersMade: 0,
  formed: 0,
  phase: "open",
  shutdown: undefined,
  told: new Map(),
  callers: []
})

/** None at all: after a turn of the event loop, and so before any other timer. */
export const after = (world: World, millis: number, fire: () => void): Timer => {
  const timer = { at: world.now + millis, order: millis === 0 ? -1 : world.timersMade++, fire }
  world.timers = [...world.timers, timer]
  return timer
}

/** The timers that are due by then, the earliest first; of those at one time the oldest. */
export const nextTimer = (world: World, by: number): Timer | undefined =>
  world.timers.filter((timer) => timer.at <= by).toSorted((a, b) => a.at - b.at || a.order - b.order)[0]

export const tell = (world: World, about: Service | undefined, tag: string, details?: Details): void => {
  const of = about?.name ?? ""
  const lines = world.told.get(of) ?? []
  world.told.set(of, lines)
  lines.push(eventLine(tag, about?.runs ?? 0, world.now, details))
}

export const answerCallers = (world: World): void => {
  for (const caller of world.callers) if (caller.result === "waits") caller.result = caller.answer() ?? "waits"
}

/** Whether it is up, on its way up or on its way down: whether a shutdown has to wait for it. */
export const isActive = (service: Service): boolean => service.run !== undefined || service.wanted === "up"

/** Whether nothing of its own keeps its next run from beginning. */
export const isNext = (service: Service): boolean =>
  service.wanted === "up" && service.run === undefined && service.delay === undefined

/** Whether it has a run that does what it is there for. */
export const isUp = (service: Service): boolean => service.run !== undefined && service.run.askedAt === undefined

export const statuses = (world: World): ReadonlyArray<string> => world.services.map(statusOf)

const statusOf = (service: Service): string => {
  const { name, rest, restarts, run, runs } = service
  if (run === undefined || !isUp(service)) return statusLine(name, rest._tag, runs, rest.since, { ...rest, restarts })
  return run.readyAt === undefined
    ? statusLine(name, "Starting", runs, run.startingSince, { restarts })
    : statusLine(name, "Running", runs, run.readyAt, { restarts })
}

/** Every service that is not `Pending` and was not removed. */
export const report = (world: World, reason: string, duration: number): string => {
  const isReported = ({ rest, runs }: Service) => runs > 0 || rest._tag !== "Pending"
  const services = world.services.filter(isReported).map(({ abandoned, name, rest, stopTook }) => ({
    name,
    outcome: abandoned === undefined ? rest._tag : "Abandoned",
    duration: stopTook,
    cause: rest.cause === true
  }))
  const ok = services.every(({ cause, outcome }) => outcome === "Stopped" && !cause)
  return reportLine({ ok, reason, duration, services })
}
