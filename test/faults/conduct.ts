/** What a run does, as data: drawn at random, and the same for promises and for effects. */
import * as Schedule from "effect/Schedule"
import { RestartPolicy } from "../../src/index.ts"
import type { GovernorOptions, RestartOptions, ServiceOptions } from "../../src/promise/index.ts"
import { hostile } from "../hostile.ts"
import { type Timing, timingFrom } from "./probes.ts"
import type { Random } from "./random.ts"

export interface Conduct {
  /** In its first synchronous stretch. */
  readonly first: "goes on" | "throws" | "returns"
  /** When it says that it is ready, in milliseconds; it may be too late. */
  readonly readyAfter: number
  /** Whether it says before that it is not ready. */
  readonly saysWhyNot: boolean
  /** How often it says that it is not ready for a while, whether it comes back the last time, and the reason that it gives. */
  readonly pauses: number
  readonly comesBack: boolean
  readonly reason: string | undefined
  /** How long it goes on if nobody asks it to end, in milliseconds. */
  readonly lasts: number
  readonly ends: "returns" | "throws" | "stops" | "stops for good" | "fails for good" | "interrupts itself"
  /** What it does when it is asked to end. */
  readonly asked: "leaves" | "leaves slowly" | "throws" | "ignores it"
  /** What its `stop()` does, or a finalizer. */
  readonly stop: "nothing" | "returns" | "throws" | "rejects" | "is slow" | "never settles"
  /** How long the slow are slow. */
  readonly slowness: number
  /** How long those take that ignore it, and whether they fail then. Infinity: until the governor is gone. */
  readonly late: number
  readonly failsLate: boolean
  /** Whether it says that it is alive. */
  readonly beats: boolean
  /** How it waits. An effect with `"until asked"` cannot be interrupted, and ends when it is asked to. */
  readonly waits: "sleep" | "signal" | "timer" | "until" | "until asked"
  /** What it does not clean up. */
  readonly litter: "nothing" | "a sleep" | "a listener" | "a child" | "a failing child"
  /** How `create` makes the service, and what the run defers: of promises only. */
  readonly creates: "at once" | "later" | "too late" | "rejects"
  readonly defers: "nothing" | Closing | "once it is over"
  /** What `onStop` does, if the service has one, and what its own fiber asks for its service: of effects only. */
  readonly onStop: "returns" | "throws" | "is slow" | "never settles"
  readonly asks: "nothing" | "stop" | "restart"
  readonly asksIn: "its run" | "a finalizer"
  /** Whether it writes lines, at each level. */
  readonly writes: boolean
}

/** What something does that was deferred. */
export type Closing = "closes" | "throws" | "is slow" | "defers another" | "never settles"

/** `mayIgnore`: there is a limit to how long a stop takes. */
export const conductFrom = (random: Random, mayIgnore: boolean): Conduct => {
  const { between, chance, pick } = random
  const ignores = mayIgnore && chance(0.03)
  return {
    first: chance(0.9) ? "goes on" : pick(["throws", "returns"]),
    readyAfter: chance(0.9) ? between(0, 20) : between(0, 300),
    saysWhyNot: chance(0.05),
    pauses: chance(0.8) ? 0 : between(1, 3),
    comesBack: chance(0.8),
    reason: pick([undefined, "no reason", "a reason"]),
    lasts: chance(0.05) ? 0 : chance(0.3) ? Infinity : between(1, 600),
    ends: chance(0.9)
      ? pick(["returns", "throws"])
      : pick(["stops", "stops for good", "fails for good", "interrupts itself"]),
    asked: ignores ? "ignores it" : pick(["leaves", "leaves", "leaves slowly", "throws"]),
    stop: mayIgnore && chance(0.01)
      ? "never settles"
      : pick(["nothing", "nothing", "returns", "throws", "rejects", "is slow"]),
    slowness: between(0, 30),
    late: chance(0.5) ? between(0, 1000) : Infinity,
    failsLate: chance(0.5),
    beats: chance(0.9),
    waits: pick(["sleep", "sleep", "signal", "timer", "until", "until asked"]),
    litter: chance(0.8) ? "nothing" : pick(["a sleep", "a listener", "a child", "a failing child"]),
    creates: chance(0.9) ? "at once" : pick(["later", "rejects", mayIgnore && chance(0.2) ? "too late" : "later"]),
    defers: chance(0.7)
      ? "nothing"
      : mayIgnore && chance(0.05)
      ? "never settles"
      : pick(["closes", "closes", "throws", "is slow", "defers another", "once it is over"]),
    onStop: mayIgnore && chance(0.05) ? "never settles" : pick(["returns", "returns", "throws", "is slow"]),
    asks: chance(0.98) ? "nothing" : pick(["stop", "restart"]),
    asksIn: pick(["its run", "a finalizer"]),
    writes: chance(0.1)
  }
}

/** Anything can be thrown. Not shared: what is thrown would be kept by the one list of it. */
export const strange = ({ between, pick }: Random): unknown =>
  pick<() => unknown>([
    () => new Error("crashed"),
    () => new Error("crashed", { cause: new Error("inside") }),
    () => new AggregateError([new Error("one"), "two"]),
    () => new DOMException("somebody else's", "AbortError"),
    () => undefined,
    () => null,
    () => "a string",
    () => between(0, 9),
    () => Symbol("thrown"),
    () => Object.freeze({ frozen: true }),
    () =>
      Object.defineProperty(new Error("unreadable"), "message", {
        get: () => {
          throw new Error("message")
        }
      }),
    () => hostile
  ])()

/** In milliseconds. */
export const patient = 20_000

/** The little of it that is drawn. */
type Restart = false | number | (RestartOptions & { readonly after: number })

export type Options = Omit<ServiceOptions, "name" | "restart" | "readiness" | "liveness"> & {
  readonly restart?: Restart
  readonly readiness?: "automatic" | "manual" | "completed" | Timing
  readonly liveness?: Timing
}

/** `names`: those it may depend on. Those that end when they are asked to have the time for it. */
export const optionsFrom = (random: Random, names: ReadonlyArray<string>, mayIgnore: boolean): Options => {
  const { between, chance, pick } = random
  const stopTimeout = mayIgnore ? between(10, 100) : patient
  const readiness = chance(0.7) ? "automatic" : pick(["manual", "completed", timingFrom(random)] as const)
  return {
    ...(chance(0.9) && { restart: restartFrom(random) }),
    ...(names.length > 0 && chance(0.25) && { dependsOn: [...new Set([pick(names), pick(names)])] }),
    ...(names.length > 0 && chance(0.15) && { bindsTo: [...new Set([pick(names), pick(names)])] }),
    readiness,
    ...(readiness !== "automatic" && chance(0.5) && { startTimeout: between(50, 500), stopTimeout }),
    ...(chance(0.1) && { heartbeatTimeout: between(60, 200), stopTimeout }),
    ...(chance(0.1) && { liveness: timingFrom(random), stopTimeout }),
    ...(chance(0.15) && { removeWhenOver: true })
  }
}

/** Whom it waits for. */
export const dependenciesIn = ({ bindsTo = [], dependsOn = [] }: Pick<Options, "bindsTo" | "dependsOn">) => [
  ...dependsOn,
  ...bindsTo
]

/** Of a service in a governor inside: now and then the governor fails with it. */
export const innerOptionsFrom = (random: Random): Omit<Options, "restart"> & { readonly restart: Restart } => {
  const { between, chance } = random
  const isSignificant = chance(0.2)
  return {
    restart: isSignificant && chance(0.5) ? false : between(0, 50),
    ...(isSignificant ? { significant: "failure" } : chance(0.1) && { removeWhenOver: true })
  }
}

/** No error of these is mended by a restart. */
const unless = (error: unknown): boolean => {
  if (typeof error === "symbol") throw new Error("a condition failed")
  return typeof error === "string" || typeof error === "number"
}

const restartFrom = ({ between, chance, pick }: Random): Restart => {
  if (chance(0.1)) return false
  const limits = {
    when: pick(["always", "failure"] as const),
    ...(chance(0.4) && { maxRestarts: between(0, 5), within: between(100, 1000) }),
    ...(chance(0.3) && { resetAfter: between(10, 300) }),
    ...(chance(0.3) && { unless })
  }
  if (chance(0.1)) return { after: 0, ...limits, when: "failure" }
  if (chance(0.6)) return { after: between(1, 200), ...limits }
  return { after: between(1, 50), ...limits, backoff: { max: between(50, 300), jitter: chance(0.5), factor: 1.5 } }
}

/** The same for the core. */
export const policyOf = (restart: Restart | undefined): RestartPolicy.RestartPolicy | undefined => {
  if (restart === undefined) return undefined
  if (restart === false) return RestartPolicy.never
  if (typeof restart === "number") return RestartPolicy.spaced(restart)
  const { after, backoff, unless, when, ...rest } = restart
  const limits = { ...rest, ...(unless && { while: (error: unknown) => !unless(error) }) }
  const delay = backoff === undefined
    ? after
    : Schedule.min([Schedule.exponential(after, backoff.factor), Schedule.spaced(backoff.max)])
  return when === "failure" ? RestartPolicy.onFailure(delay, limits) : RestartPolicy.always(delay, limits)
}

const strategies = ["one-for-one", "one-for-all", "rest-for-one", "dependents"] as const

/** Of a governor. Without any limit nothing may be there that ignores its end. */
export const governorOptionsFrom = ({ between, chance, pick }: Random): GovernorOptions & { restart: number } => {
  const limit = pick(["stopTimeout", "shutdownTimeout", "both", "none"] as const)
  return {
    strategy: chance(0.5) ? "one-for-one" : pick(strategies),
    restart: between(1, 100),
    ...((limit === "stopTimeout" || limit === "both") && { stopTimeout: between(20, 200) }),
    ...((limit === "shutdownTimeout" || limit === "both") && { shutdownTimeout: between(50, 500) })
  }
}
