/** What is done to a child process, drawn at random, and what must come of it. Pure. */
import { constants } from "node:os"
import type { Random } from "./random.ts"
import type { Mark, Settings } from "./Settings.ts"

export const kinds = [
  "a signal",
  "a signal before it listens",
  "both signals at once",
  "the other signal while it stops",
  "an echo",
  "the same signal a second later",
  "SIGKILL",
  "SIGKILL while it stops",
  "a hung service",
  "a blocked event loop",
  "an uncaught error",
  "an uncaught error and a signal",
  "closed outputs",
  "a failure for good",
  "a failure for good and a signal",
  "a run that was given up and is back",
  "a signal of its own choice",
  "a signal that it does not catch",
  "the same signal soon enough",
  "the same signal, and never enough"
] as const

type Kind = typeof kinds[number]
type Signal = "SIGINT" | "SIGTERM" | "SIGHUP"

export interface Plan {
  readonly kind: Kind
  readonly door: "promise" | "effect"
  readonly settings: Omit<Settings, "file">
  readonly signal: Signal
  /** What the child says before the first signal, and how long after it that is sent, in milliseconds. */
  readonly mark: Mark
  readonly after: number
  /** How long after that the next is sent. */
  readonly next: number
}

export const otherThan = (signal: Signal): "SIGINT" | "SIGTERM" => signal === "SIGINT" ? "SIGTERM" : "SIGINT"

/** A service has to be up for it to be found stopping. */
const needsHeld: ReadonlySet<Kind> = new Set([
  "the other signal while it stops",
  "an echo",
  "the same signal a second later",
  "the same signal soon enough",
  "the same signal, and never enough"
])

const choosesSignals: ReadonlySet<Kind> = new Set(["a signal of its own choice", "a signal that it does not catch"])

export const planFrom = (random: Random, kind: Kind): Plan => {
  const { between, chance, pick } = random
  const isHung = kind === "a hung service"
  const isBack = kind === "a run that was given up and is back"
  const again = againOf(random, kind)
  const throws = kind === "an uncaught error" || kind === "an uncaught error and a signal"
  return {
    kind,
    door: pick(["promise", "effect"]),
    settings: {
      startAfter: between(0, 30),
      readyAfter: between(0, 50),
      pausesAfter: chance(0.5) ? 0 : between(1, 60),
      pausesFor: between(0, 60),
      binds: chance(0.5),
      ...(chance(0.3) && { probesEvery: between(5, 30) }),
      cleanup: isHung || chance(0.2) ? 0 : between(1, 40),
      lasts: between(1, 60),
      backoff: between(0, 60),
      blocks: kind === "a blocked event loop" ? between(50, 400) : 0,
      holds: needsHeld.has(kind),
      hung: isHung ? pick(["alone", "above the store", "keeps the process up"]) : "no",
      ...(isHung && { shutdownTimeout: between(50, 400) }),
      catchUncaught: throws || (kind === "closed outputs" && chance(0.5)),
      ...(throws && { throwsAfter: between(0, 300) }),
      closes: pick(["around", "deferred"]),
      ...(kind.startsWith("a failure for good") && { failsAfter: between(0, 150) }),
      ...(isBack && { settlesAfter: between(150, 400) }),
      ...(choosesSignals.has(kind) && { signals: ["SIGHUP", "SIGQUIT"] }),
      ...(again !== undefined && { again }),
      makesAnother: kind === "a signal" || kind === "an echo"
    },
    signal: kind === "a signal of its own choice" ? "SIGHUP" : pick(["SIGINT", "SIGTERM"]),
    mark: isBack ? "returned" : isHung || needsHeld.has(kind) ? "up" : pick(["listening", "starting", "up", "backoff"]),
    after: between(0, kind === "a signal before it listens" ? 500 : 150),
    next: nextOf(random, kind, again)
  }
}

const againOf = ({ between }: Random, kind: Kind): number | "never" | undefined => {
  if (kind === "the same signal, and never enough") return "never"
  return kind === "the same signal soon enough" ? between(1, 300) : undefined
}

/** When the second signal is sent, if there is one, in milliseconds after the first. */
const nextOf = ({ between }: Random, kind: Kind, again: number | "never" | undefined): number => {
  if (kind === "the same signal a second later" || again === "never") return between(1050, 1400)
  return again === undefined ? between(0, 200) : again + between(50, 200)
}

/** What is known only when it is over. */
export interface Facts {
  /** From the first signal to the end, in milliseconds. */
  readonly within: number
  /** It had said that it listens. */
  readonly listened: boolean
  /** The error that nobody catches was thrown. */
  readonly threw: boolean
  /** The service failed with which all fails. */
  readonly fell: boolean
}

export interface Outcome {
  /** The exit code, or the signal that killed it. */
  readonly exit: number | NodeJS.Signals
  /** The last line of the log; undefined: there may be any, or none. */
  readonly last?: RegExp
  /** Whether everything its services began has ended. */
  readonly whole: boolean
}

const ended = /shut down in [^,]*$/
/** Before anything was up: what comes too late is said, or there is no governor yet. */
const endedEarly = /shut down in [^,]*$|was not (added|started): the governor is shutting down$|: ending the program$/
/** One that comes when all has ended, and the process has not. */
const late = "|an uncaught error reached the process|received SIG[A-Z]+, already shutting down$"

/** The latter where the run that is left keeps the process up. */
const hung =
  /shut down in .*, but at least one service failed or was abandoned$|exiting with code 1, because abandoned runs keep the process up: "hung"$/

/** Any of these. After the shutdown nobody listens: a signal that comes then kills the process, and nothing is lost. */
export const expected = (plan: Plan, { fell, listened, threw, within }: Facts): ReadonlyArray<Outcome> => {
  const { kind, signal } = plan
  const isEarly = plan.mark === "listening" || plan.mark === "starting"
  const isLate = threw || kind === "both signals at once"
  const likely = isEarly || threw ? endedEarly : ended
  const last = isLate ? new RegExp(likely.source + late) : likely
  const clean: Outcome = { exit: threw ? 1 : 0, last, whole: true }
  const forced: Outcome = {
    exit: 128 + constants.signals[signal],
    last: new RegExp(`received ${signal} again: exiting at once with code \\d+, services still running: .*"held"`),
    whole: false
  }
  const failed: Outcome = { exit: 1, whole: true }
  const killed: Outcome = { exit: "SIGKILL", whole: false }
  switch (kind) {
    case "a signal":
    case "the other signal while it stops":
    case "a blocked event loop":
    case "a run that was given up and is back":
    case "a signal of its own choice":
    case "the same signal, and never enough":
    case "an uncaught error":
      return [clean]
    case "both signals at once": // the machine may stand still between the two
      return [clean, { ...clean, exit: otherThan(signal) }]
    case "an uncaught error and a signal":
      return threw ? [clean, { ...clean, exit: signal }] : [clean]
    case "a signal before it listens":
      return listened ? [{ ...clean, last: endedEarly }] : [{ exit: signal, whole: true }, { exit: 0, whole: true }]
    case "a failure for good":
      return [failed]
    case "a failure for good and a signal":
      if (!fell) return [clean]
      // A signal that comes when all is over finds nobody who listens, or a program that has the report and has not ended.
      return [failed, { ...failed, exit: signal }, { exit: 0, last: /: ending the program$/, whole: true }]
    case "a signal that it does not catch":
      return [{ exit: signal, whole: false }]
    case "an echo": // a machine may stand still for a second
      return within < 1000 ? [clean] : [clean, forced]
    case "the same signal a second later":
    case "the same signal soon enough":
      return [forced]
    case "SIGKILL":
      return [killed]
    case "SIGKILL while it stops":
      return [killed, clean]
    case "a hung service":
      return [{ exit: 1, last: hung, whole: true }]
    case "closed outputs":
      return [{ exit: 0, whole: true }]
  }
}
