/** What the model knows: plain data. */
import type { GovernorOptions, Options, Policy, Strategy } from "./commands.ts"
import { type Details, eventLine } from "./lines.ts"

export type StopReason = "stop" | "restart" | "remove" | "shutdown" | "strategy" | "dependency" | "lease"

/** How a run ends by itself. */
export type End = "crash" | "complete"

/** The answer to a command, or a function that gives the answer once there is one. */
export type Answer = string | (() => string | undefined)

export interface Run {
  /** When it began to be not ready, or said last that it is not. */
  startingSince: number
  readyAt: number | undefined
  /** It has been ready, perhaps not any more. */
  wasReady: boolean
  /** Why it is not ready, if it says so. */
  reason: string | undefined
  /** When it said last that it is alive. */
  beatAt: number
  /** It has had its time (rule 24): it was asked to end, and has crashed when it does. */
  isHung: boolean
  /** Those that restart with it go down already. */
  isHead: boolean
  /** When it was stopped, if it was. */
  askedAt: number | undefined
  /** Whether it ignores such a request. */
  hangs: boolean
  /** It has said that it is not ready, and nothing since. */
  saidUnready: boolean
  /** What the readiness probe says, and why its latest check has failed. */
  isWell: boolean
  lastCheck: string | undefined
  /** It hangs, because it gave no heartbeat. */
  isMute: boolean
  /** It was ended by force. */
  isKilled: boolean
  /** How it ended by itself, while a finalizer of it is at work. */
  ended: End | undefined
  /** The removal of another service that the run awaits before it ends, while it does. */
  removal: Answer | undefined
}

/** What is said of a service while it has no run that does what it is there for. */
interface Rest {
  readonly _tag: "Pending" | "Waiting" | "Standby" | "Backoff" | "Stopping" | "Stopped" | "Failed"
  readonly since: number
  readonly reason?: StopReason
  readonly until?: number
  readonly waitingFor?: ReadonlyArray<string>
  readonly outcome?: "Completed" | "Stopped"
  readonly cause?: boolean
  /** It is `Failed`, for its run was abandoned. */
  readonly isAbandoned?: boolean
}

/** Of a service that a cluster places. */
export interface Lease {
  isClaimed: boolean
  /** What each run has to pass, while it lasts; and whether the next run has passed it. */
  gate: Timer | undefined
  hasPassed: boolean
}

export interface Service {
  readonly name: string
  readonly options: Options
  /** Its own, or else the governor's. None: it is never restarted. */
  readonly policy: Policy | undefined
  /** Its own, or else the governor's. */
  readonly stopTimeout: number | undefined
  /** The one desired state: the latest command wins (rule 25). */
  wanted: "up" | "down" | "gone"
  /** Who brings about the next run; it decides what is counted. */
  nextBy: "start" | "restart" | "policy" | "group" | "dependency"
  run: Run | undefined
  rest: Rest
  /** The delay before the next run, while it lasts. */
  delay: Timer | undefined
  /** The run that was given up, until it settles: there is no other meanwhile. */
  abandoned: Run | undefined
  /** It failed as it waited for what will never be there, and nobody has started or stopped it since. */
  failedInVain: boolean
  /** It ended by itself for good, or in vain, and nobody has started it since. */
  isOver: boolean
  /** Whether its latest run was ready, */
  wasReady: boolean
  /** and whether any was since it was started by hand. */
  wasEverReady: boolean
  /** Whether a run has failed, or hangs, and none was ready since, nor was it started by hand. */
  hasFailed: boolean
  /** The latest failure of a run, whatever came after it. */
  lastFailure: { readonly run: number; readonly at: number } | undefined
  crashes: number
  restartsByHand: number
  /** When its latest run began, and when that became ready, if it did not cease to be. */
  startedAt: number | undefined
  readyAt: number | undefined
  /** It was to begin, and was asked to end before. */
  hasWaited: boolean
  isRemoved: boolean
  readonly lease: Lease | undefined
  /** Whether its checks succeed. */
  isWell: boolean
  /** A group has let go of it, and its next run begins in the order of that group. */
  isOfGroup: boolean
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
  /** What comes first at one time: a turn of the event loop, then what is due, then the verdicts on what took too long. */
  readonly rank: "turn" | "due" | "verdict"
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

/** One who has given a command: what came of it, or `waits`. */
interface Caller {
  result: string
  readonly answer: Answer
}

/** One event. */
interface Told {
  /** The name of the service, "" for the governor itself. */
  readonly of: string
  readonly line: string
}

export interface World {
  now: number
  readonly shutdownTimeout: number | undefined
  /** How long those that are up go on in a shutdown before they are asked to end, and whether that time runs. */
  readonly drainDelay: number
  isDraining: boolean
  /** The governor's. */
  readonly stopTimeout: number | undefined
  readonly strategy: Strategy
  /** The governor's. */
  readonly policy: Policy | undefined
  groups: ReadonlyArray<Group>
  closings: ReadonlyArray<Closing>
  /** Those that are there, in the order in which they were added. */
  services: ReadonlyArray<Service>
  /** The latest of each name, also when it was removed: its handle is still in somebody's hand. */
  readonly handles: Map<string, Service>
  /** The runs that were asked to end, or hang, and were not interrupted yet. */
  asked: ReadonlyArray<{ readonly service: Service; readonly run: Run }>
  /** Those that were started by hand, though what they depend on will never be there. */
  inVain: ReadonlyArray<Service>
  /** Those whose next run begins as soon as it is their turn. A group that holds one takes it out. */
  starts: ReadonlyArray<Service>
  /** The same, if a policy or a group has brought that run about; and where it is to be told behind these who waits. */
  restarts: ReadonlyArray<Service | "waits">
  /** How often that was put off since it was told last. */
  timesInLine: number
  /** The finalizers of those that take others down with them: they begin when all others were asked. */
  finalizers: ReadonlyArray<() => void>
  timers: ReadonlyArray<Timer>
  timersMade: number
  /**
   * Of what is due at one time the oldest comes first, verdicts too. So it is on a `TestClock`, which wakes one sleeper after the
   * other and lets each have its turn. In a real loop all timers that are due fire before the turn that a verdict waits for.
   */
  readonly isOldestFirst: boolean
  /** How many groups and closings there were. */
  formed: number
  phase: "open" | "closing" | "closed"
  shutdown: { readonly at: number; readonly reason: string } | undefined
  /** The events so far, in their order. */
  readonly told: Array<Told>
  readonly callers: Array<Caller>
}

export const makeWorld = (
  { drainDelay = 0, restart, shutdownTimeout, stopTimeout, strategy = "one-for-one" }: GovernorOptions,
  isOldestFirst = false
): World => ({
  now: 0,
  shutdownTimeout,
  drainDelay,
  isDraining: false,
  stopTimeout,
  strategy,
  policy: restart,
  groups: [],
  closings: [],
  services: [],
  handles: new Map(),
  asked: [],
  inVain: [],
  starts: [],
  restarts: [],
  timesInLine: 0,
  finalizers: [],
  timers: [],
  timersMade: 0,
  isOldestFirst,
  formed: 0,
  phase: "open",
  shutdown: undefined,
  told: [],
  callers: []
})

/** After no time at all: in the next turn of the event loop, and so before all that is due at this time. */
export const after = (world: World, millis: number, fire: () => void): Timer =>
  setTimer(world, millis, millis === 0 ? "turn" : "due", fire)

/** No time limit passes a verdict before the event loop had a turn since it was due: all that is due then comes before. */
export const judgeAfter = (world: World, millis: number, judge: () => void): Timer =>
  setTimer(world, millis, world.isOldestFirst ? "due" : "verdict", judge)

const setTimer = (world: World, millis: number, rank: Timer["rank"], fire: () => void): Timer => {
  const timer = { at: world.now + millis, rank, order: world.timersMade++, fire }
  world.timers = [...world.timers, timer]
  return timer
}

const ranks = ["turn", "due", "verdict"]

/** The next one that is due by then: the earliest, of those at one time the lowest in rank, of those the oldest. */
export const nextTimer = (world: World, by: number): Timer | undefined =>
  world.timers.filter((timer) => timer.at <= by).toSorted((a, b) =>
    a.at - b.at || ranks.indexOf(a.rank) - ranks.indexOf(b.rank) || a.order - b.order
  )[0]

export const tell = (world: World, about: Service | undefined, tag: string, details?: Details): void => {
  world.told.push({ of: about?.name ?? "", line: eventLine(tag, about?.runs ?? 0, world.now, details) })
}

/** The latest failure of a run. */
export const noteFailure = ({ now }: World, service: Service): void => {
  service.hasFailed = true
  service.lastFailure = { run: service.runs, at: now }
}

/** Adds somebody who has given a command. */
export const call = (world: World, answer: Answer): void => {
  world.callers.push({ result: given(answer) ?? "waits", answer })
}

/** The answer, if there is one by now. */
export const given = (answer: Answer): string | undefined => typeof answer === "string" ? answer : answer()

export const answerCallers = (world: World): void => {
  for (const caller of world.callers) if (caller.result === "waits") caller.result = given(caller.answer) ?? "waits"
}
