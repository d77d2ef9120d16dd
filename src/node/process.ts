/**
 * The process, for any number of governors together: its signals and uncaught errors, one listener for each, there only
 * while a governor wants it; what keeps it up, and its exit code. It is one, hence the module's global state.
 */
import * as Cause from "effect/Cause"
import type { ShutdownReason } from "../ShutdownReport.ts"

/**
 * What is caught beside signals.
 *
 * **Details**
 *
 * - `catchUncaught`: on an uncaught exception or an unhandled rejection, log it, shut down, and exit with 1. Default:
 *   false; then Node ends the process at once, past every `stop`
 *
 * **Example** (Leaving in order after an error that nobody caught)
 *
 * ```ts
 * import { Governor, type SignalOptions } from "effect-governor/promise"
 *
 * const options: SignalOptions = { catchUncaught: true }
 *
 * const governor = new Governor().catchSignals(options)
 * governor.add("hello", ({ log }) => log("hello")) // what a timer of it threw would shut down now, and not just exit
 * governor.start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface SignalOptions {
  readonly catchUncaught?: boolean | undefined
}

/** A governor as the hub sees it. */
export interface Target {
  /** Begins a shutdown, or says that one has begun; resolves when it is complete. */
  readonly shutdown: (reason: ShutdownReason) => Promise<unknown>
  /** Names of the services that have not ended. */
  readonly running: () => ReadonlyArray<string>
  readonly log: (level: "Info" | "Error", message: string, error?: unknown) => void
}

/** The same signal sooner than this, in milliseconds, is an echo: process managers send one twice. */
const echo = 1000

/** Those that ask a process to leave, with their numbers, which are the same everywhere. */
const numbers: { readonly [signal: string]: number } = {
  SIGINT: 2,
  SIGTERM: 15,
  SIGHUP: 1,
  ...(process.platform === "win32" ? { SIGBREAK: 21 } : { SIGQUIT: 3 })
}
const signals = Object.keys(numbers) as ReadonlyArray<NodeJS.Signals>

const uncaughtEvents = ["uncaughtException", "unhandledRejection"] as const

/** For each governor, when each signal came first. */
const targets = new Map<Target, Map<NodeJS.Signals, number>>()
const uncaughtTargets = new Set<Target>()
/** Who writes the log while the process leaves for an error nobody caught: from then on, others are logged only. */
let leavingFor: Target | undefined

/** Begins to listen for a governor. What it returns ends that; when nobody is left, no listener is. */
export const listen = (target: Target, options: SignalOptions): () => void => {
  if (targets.size === 0) {
    signals.forEach((signal) => process.on(signal, onSignal))
    unhearOutputs() // it may not have come to that yet
    outputs().forEach((output) => output.on("error", onOutputError))
  }
  targets.set(target, new Map())
  if (options.catchUncaught === true) {
    if (uncaughtTargets.size === 0) uncaughtEvents.forEach((event) => process.on(event, onUncaught))
    uncaughtTargets.add(target)
  }
  return () => {
    if (targets.delete(target) && targets.size === 0) {
      signals.forEach((signal) => process.off(signal, onSignal))
      setImmediate(() => targets.size === 0 && unhearOutputs()).unref() // the last line may fail, too
    }
    if (uncaughtTargets.delete(target) && uncaughtTargets.size === 0 && leavingFor === undefined) {
      uncaughtEvents.forEach((event) => process.off(event, onUncaught))
    }
  }
}

/** Who reads the log may go before us, as `tee` does at Ctrl-C. That must not end the process past every stop. */
const onOutputError = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error // as it is where nobody listens
}

const outputs = () => [process.stdout, process.stderr]

const unhearOutputs = (): void => outputs().forEach((output) => output.off("error", onOutputError))

const onSignal = (signal: NodeJS.Signals): void => {
  const now = performance.now()
  let forced = false
  for (const [target, seen] of Array.from(targets)) {
    const first = seen.get(signal)
    if (first === undefined) {
      seen.set(signal, now)
      void target.shutdown({ _tag: "Signal", signal }).then(() => tellOfHold(target))
    } else if (now - first >= echo) {
      target.log("Error", `received ${signal} again: leaving at once, still running: ${list(target.running())}`)
      forced = true
    }
  }
  if (forced) process.exit(128 + numbers[signal]!)
}

const list = (names: ReadonlyArray<string>) => names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")

const onUncaught = (error: unknown): void => {
  const [first] = uncaughtTargets
  const target = leavingFor ?? first
  target?.log("Error", "an error was not caught", error)
  if (leavingFor !== undefined) return
  leavingFor = target
  process.exitCode = 1
  void leave(error)
}

/**
 * Every governor leaves in order, also those that did not ask for this: the process is about to go. Who has waited for it may
 * say a last word.
 */
const leave = async (error: unknown): Promise<void> => {
  const reason: ShutdownReason = { _tag: "Uncaught", cause: Cause.die(error) }
  await Promise.allSettled(Array.from(targets.keys(), (target) => target.shutdown(reason)))
  setTimeout(() => process.exit(), grace).unref()
}

// --- being up, and leaving ---

/** How long something may hold the process that was to end, in milliseconds. */
export const grace = 1000

/** How many governors have active services. */
let active = 0
/** Whether the process is to leave, though something may hold it, once no governor has active services. */
let isLeaving = false

/** The parts of a report this needs. */
export interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly outcome: string }>
}

/** A governor as this sees it. */
interface Governor {
  readonly door: { readonly whileActive: (hold: () => (report: Report) => void) => void }
}

/** Keeps the process up while a governor has active services; how they ended is its exit code, if `concludes` says so. */
export const holdUp = (governor: Governor, concludes: () => boolean): void =>
  governor.door.whileActive(() => {
    const release = stayUp()
    return (report) => {
      if (concludes()) conclude(report)
      release()
    }
  })

/** Keeps the process up until the returned function is called: neither a promise nor a signal listener does. */
export const stayUp = (): () => void => {
  active++
  const timer = setInterval(() => {}, 2 ** 31 - 1)
  return () => {
    active--
    clearInterval(timer)
    if (isLeaving) leaveSoon()
  }
}

/** The exit code is 1 if not all went well, unless the user has set one. */
export const conclude = (report: Report): void => {
  if (report.ok) return
  process.exitCode ??= 1
  isLeaving ||= report.services.some((service) => service.outcome === "Abandoned")
}

/** What still holds the process gets a last second. The timer does not hold the process itself, so it fires only if something else does. */
export const leaveSoon = (): void => {
  isLeaving = true
  if (active > 0) return // the last to end will ask again
  setTimeout(() => {
    if (active === 0) process.exit()
  }, grace).unref()
}

/** A clean end does not end what is not ours. That the process stays up then, nobody else would say. */
const tellOfHold = (target: Target): void => {
  setTimeout(() => {
    if (active > 0) return
    const kinds = new Set(process.getActiveResourcesInfo().filter((kind) => kind !== "TTYWrap" && kind !== "PipeWrap"))
    if (kinds.size > 0) {
      target.log("Info", `shut down, but something else holds the process: ${Array.from(kinds).join(", ")}`)
    }
  }, grace).unref()
}
