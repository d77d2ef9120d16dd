/**
 * The process, for any number of governors together: its signals and uncaught errors, one listener for each, there only
 * while a governor wants it; what keeps it up, and its exit code.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { real, type System } from "./system.ts"

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

/** How long something may hold the process that was to end, in milliseconds. */
export const grace = 1000

/** Those that ask a process to leave, with their numbers, which are the same everywhere. */
const numbers: { readonly [signal: string]: number } = {
  SIGINT: 2,
  SIGTERM: 15,
  SIGHUP: 1,
  ...(process.platform === "win32" ? { SIGBREAK: 21 } : { SIGQUIT: 3 })
}
export const signals = Object.keys(numbers) as ReadonlyArray<NodeJS.Signals>

/** What a process exits with that a signal ended. */
export const codeOf = (signal: NodeJS.Signals): number => 128 + numbers[signal]!

const uncaughtEvents = ["uncaughtException", "unhandledRejection"] as const

/** The parts of a report this needs. */
export interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly outcome: string }>
}

/** A governor as this sees it. */
interface Governor {
  readonly door: { readonly whileActive: (hold: () => (report: Report) => void) => void }
}

/** The governors of one process, and how it ends. */
export class Hub {
  readonly #system: System
  /** For each governor, when each signal came first. */
  readonly #targets = new Map<Target, Map<NodeJS.Signals, number>>()
  readonly #uncaughtTargets = new Set<Target>()
  /** Who writes the log while the process leaves for an error nobody caught: from then on, others are logged only. */
  #leavingFor: Target | undefined
  /** How many governors have active services. */
  #active = 0
  /** Whether the process is to leave, though something may hold it, once no governor has active services. */
  #isLeaving = false

  constructor(system: System) {
    this.#system = system
  }

  /** Begins to listen for a governor. What it returns ends that; when nobody is left, no listener is. */
  listen(target: Target, options: SignalOptions): () => void {
    if (this.#targets.size === 0) {
      signals.forEach((signal) => this.#system.on(signal, this.#onSignal))
      this.#system.outliveReaders(true)
    }
    this.#targets.set(target, new Map())
    if (options.catchUncaught === true) {
      if (this.#uncaughtTargets.size === 0) uncaughtEvents.forEach((event) => this.#system.on(event, this.#onUncaught))
      this.#uncaughtTargets.add(target)
    }
    return () => {
      if (this.#targets.delete(target) && this.#targets.size === 0) {
        signals.forEach((signal) => this.#system.off(signal, this.#onSignal))
        this.#system.soon(() => this.#targets.size === 0 && this.#system.outliveReaders(false)) // the last line may fail, too
      }
      if (this.#uncaughtTargets.delete(target) && this.#uncaughtTargets.size === 0 && this.#leavingFor === undefined) {
        uncaughtEvents.forEach((event) => this.#system.off(event, this.#onUncaught))
      }
    }
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const now = this.#system.now()
    let forced = false
    for (const [target, seen] of Array.from(this.#targets)) {
      const first = seen.get(signal)
      if (first === undefined) {
        seen.set(signal, now)
        void target.shutdown({ _tag: "Signal", signal }).then(() => this.#tellOfHold(target))
      } else if (now - first >= echo) {
        target.log("Error", `received ${signal} again: leaving at once, still running: ${list(target.running())}`)
        forced = true
      }
    }
    if (forced) this.#system.exit(codeOf(signal))
  }

  readonly #onUncaught = (error: unknown): void => {
    const [first] = this.#uncaughtTargets
    const target = this.#leavingFor ?? first
    target?.log("Error", "an error was not caught", error)
    if (this.#leavingFor !== undefined) return
    this.#leavingFor = target
    this.#system.exitCode = 1
    void this.#leave(error)
  }

  /**
   * Every governor leaves in order, also those that did not ask for this: the process is about to go. Who has waited for it
   * may say a last word.
   */
  async #leave(error: unknown): Promise<void> {
    const reason: ShutdownReason = { _tag: "Uncaught", cause: Cause.die(error) }
    await Promise.allSettled(Array.from(this.#targets.keys(), (target) => target.shutdown(reason)))
    this.#system.later(grace, () => this.#system.exit())
  }

  // --- being up, and leaving ---

  /** Keeps the process up while a governor has active services; how they ended is its exit code, if `concludes` says so. */
  holdUp(governor: Governor, concludes: () => boolean): void {
    governor.door.whileActive(() => {
      const release = this.stayUp()
      return (report) => {
        if (concludes()) this.conclude(report)
        release()
      }
    })
  }

  /** Keeps the process up until the returned function is called. */
  stayUp(): () => void {
    this.#active++
    const release = this.#system.hold()
    return () => {
      this.#active--
      release()
      if (this.#isLeaving) this.leaveSoon()
    }
  }

  /** The exit code is 1 if not all went well, unless the user has set one. */
  conclude(report: Report): void {
    if (report.ok) return
    this.#system.exitCode ??= 1
    this.#isLeaving ||= report.services.some((service) => service.outcome === "Abandoned")
  }

  /** What still holds the process gets a last second. */
  leaveSoon(): void {
    this.#isLeaving = true
    if (this.#active > 0) return // the last to end will ask again
    this.#system.later(grace, () => {
      if (this.#active === 0) this.#system.exit()
    })
  }

  /** A clean end does not end what is not ours. That the process stays up then, nobody else would say. */
  #tellOfHold(target: Target): void {
    this.#system.later(grace, () => {
      if (this.#active > 0) return
      const kinds = new Set(this.#system.holders().filter((kind) => kind !== "TTYWrap" && kind !== "PipeWrap"))
      if (kinds.size > 0) {
        target.log("Info", `shut down, but something else holds the process: ${Array.from(kinds).join(", ")}`)
      }
    })
  }
}

const list = (names: ReadonlyArray<string>) => names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")

/** That of the process this runs in, which is one, hence the module's global state. */
export const hub = new Hub(real)

/** Which process a governor is in: a test hands in another. */
export const CurrentHub = Context.Reference<Hub>("effect-governor/Hub", { defaultValue: () => hub })
