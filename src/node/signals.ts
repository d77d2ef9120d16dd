/**
 * The process's signals, and its uncaught errors, for any number of governors: one listener for each signal, there only
 * while a governor wants it. This hub is the reason for the module's global state.
 */
import * as Cause from "effect/Cause"
import { constants } from "node:os"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { grace } from "./exit.ts"

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

const signals: ReadonlyArray<NodeJS.Signals> = process.platform === "win32"
  ? ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]

const uncaughtEvents = ["uncaughtException", "unhandledRejection"] as const

/** For each governor, when each signal came first. */
const targets = new Map<Target, Map<NodeJS.Signals, number>>()
const uncaughtTargets = new Set<Target>()
/** Who writes the log while the process leaves for an error nobody caught: from then on, others are logged only. */
let leavingFor: Target | undefined

/** Begins to listen for a governor. What it returns ends that; when nobody is left, no listener is. */
export const listen = (target: Target, options: SignalOptions): () => void => {
  if (targets.size === 0) signals.forEach((signal) => process.on(signal, onSignal))
  targets.set(target, new Map())
  if (options.catchUncaught === true) {
    if (uncaughtTargets.size === 0) uncaughtEvents.forEach((event) => process.on(event, onUncaught))
    uncaughtTargets.add(target)
  }
  return () => {
    if (targets.delete(target) && targets.size === 0) signals.forEach((signal) => process.off(signal, onSignal))
    if (uncaughtTargets.delete(target) && uncaughtTargets.size === 0 && leavingFor === undefined) {
      uncaughtEvents.forEach((event) => process.off(event, onUncaught))
    }
  }
}

const onSignal = (signal: NodeJS.Signals): void => {
  const now = performance.now()
  let forced = false
  for (const [target, seen] of Array.from(targets)) {
    const first = seen.get(signal)
    if (first === undefined) {
      seen.set(signal, now)
      void target.shutdown({ _tag: "Signal", signal })
    } else if (now - first >= echo) {
      target.log("Error", `received ${signal} again: leaving at once, still running: ${list(target.running())}`)
      forced = true
    }
  }
  if (forced) process.exit(128 + constants.signals[signal])
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
