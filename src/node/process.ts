/**
 * The process of any number of governors: signals and uncaught errors, with one listener for each while a governor
 * needs it; what keeps the process up; and the exit code.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type { ShutdownReason } from "../ShutdownReport.ts"
import { real, type System } from "./system.ts"

/**
 * The errors that are caught besides signals.
 *
 * **Details**
 *
 * - `catchUncaught`: if true, an uncaught exception or an unhandled rejection is logged, shuts down every governor that
 *   catches signals, and gives exit code 1. Default: false; Node then ends the process at once without calling any
 *   `stop`
 *
 * **Example** (Shutting down after an uncaught error)
 *
 * ```ts
 * import { Governor, type SignalOptions } from "effect-governor/promise"
 *
 * const options: SignalOptions = { catchUncaught: true }
 *
 * const governor = new Governor().catchSignals(options)
 * governor.add("hello", ({ log }) => log("hello")) // an error in one of its timers would now shut the governor down
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

/**
 * A governor or a program, as the hub sees it.
 *
 * @internal
 */
export interface Target {
  /** Begins a shutdown, or logs that one has begun. Resolves when the shutdown is complete. */
  readonly shutdown: (reason: ShutdownReason) => Promise<unknown>
  /** The names of the services that have not ended. */
  readonly running: () => ReadonlyArray<string>
  readonly log: (level: "Info" | "Error", message: string, error?: unknown) => void
}

/** In milliseconds. The same signal sooner than this is ignored, because process managers may send a signal twice. */
const echo = 1000

/**
 * In milliseconds. How long something may keep the process up after its end.
 *
 * @internal
 */
export const grace = 1000

/** The signals that ask a process to end, with their numbers, which are the same on all platforms. */
const numbers: { readonly [signal: string]: number } = {
  SIGINT: 2,
  SIGTERM: 15,
  SIGHUP: 1,
  ...(process.platform === "win32" ? { SIGBREAK: 21 } : { SIGQUIT: 3 })
}
/** @internal */
export const signals = Object.keys(numbers) as ReadonlyArray<NodeJS.Signals>

/**
 * The exit code of a process that a signal ended.
 *
 * @internal
 */
export const codeOf = (signal: NodeJS.Signals): number => 128 + numbers[signal]!

const uncaughtEvents = ["uncaughtException", "unhandledRejection"] as const

/**
 * The parts of a report that this module needs.
 *
 * @internal
 */
export interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly outcome: string }>
}

/** The parts of a governor that this module needs. */
interface Governor {
  readonly door: { readonly whileActive: (hold: () => (report: Report) => void) => void }
}

/**
 * Knows the governors of one process, and decides how the process ends.
 *
 * @internal
 */
export class Hub {
  readonly #system: System
  /** For each governor, the time at which each signal came first. */
  readonly #targets = new Map<Target, Map<NodeJS.Signals, number>>()
  readonly #uncaughtTargets = new Set<Target>()
  /**
   * The governor whose log is used while the process ends because of an uncaught error. Further errors are only logged.
   */
  #leavingFor: Target | undefined
  /** The number of governors that have active services. */
  #active = 0
  /** The governors that are over, and whose reports made the exit code 1. */
  readonly #failed = new Set<Governor>()
  /** Whether the process has to end once no governor has active services, even if something keeps it up. */
  #isLeaving = false

  constructor(system: System) {
    this.#system = system
  }

  /**
   * Begins to listen for a governor. The returned function ends this. The process has no listeners when no governor is
   * left.
   */
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
        // In the next turn, because writing the last line may fail too.
        this.#system.soon(() => this.#targets.size === 0 && this.#system.outliveReaders(false))
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
        const exiting = `exiting at once with code ${codeOf(signal)}`
        target.log("Error", `received ${signal} again: ${exiting}, services still running: ${list(target.running())}`)
        forced = true
      }
    }
    if (forced) this.#system.exit(codeOf(signal))
  }

  readonly #onUncaught = (error: unknown): void => {
    const [first] = this.#uncaughtTargets
    const target = this.#leavingFor ?? first
    target?.log("Error", "an uncaught error reached the process", error)
    if (this.#leavingFor !== undefined) return
    this.#leavingFor = target
    this.#system.exitCode = 1
    this.#failed.clear() // no governor takes this code back
    void this.#leave(error)
  }

  /**
   * Shuts down every governor, also governors without `catchUncaught`, because the process is about to end. Code that
   * waited for a shutdown gets one more second.
   */
  async #leave(error: unknown): Promise<void> {
    const reason: ShutdownReason = { _tag: "Uncaught", cause: Cause.die(error) }
    await Promise.allSettled(Array.from(this.#targets.keys(), (target) => target.shutdown(reason)))
    this.#system.later(grace, () => this.#system.exit())
  }

  // --- being up, and leaving ---

  /**
   * Keeps the process up while a governor has active services. If `concludes` says so, the report decides the exit
   * code.
   */
  holdUp(governor: Governor, concludes: () => boolean): void {
    governor.door.whileActive(() => {
      this.#takeBack(governor)
      const release = this.stayUp()
      return (report) => {
        if (concludes()) this.conclude(report, governor)
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

  /**
   * Sets the exit code to 1 if the report is not `ok`, unless the user has set one. The governor takes the code back if
   * it has active services again.
   */
  conclude(report: Report, governor?: Governor): void {
    if (report.ok) return
    const isOurs = this.#failed.size > 0 || this.#system.exitCode === undefined
    this.#system.exitCode ??= 1
    if (governor === undefined) this.#failed.clear()
    else if (isOurs) this.#failed.add(governor)
    this.#isLeaving ||= report.services.some((service) => service.outcome === "Abandoned")
  }

  #takeBack(governor: Governor): void {
    if (!this.#failed.delete(governor) || this.#failed.size > 0) return
    if (this.#system.exitCode === 1) this.#system.exitCode = undefined
  }

  /** Ends the process in one second, even if something keeps it up. */
  leaveSoon(): void {
    this.#isLeaving = true
    if (this.#active > 0) return // the last governor to end calls this again
    this.#system.later(grace, () => {
      if (this.#active === 0) this.#system.exit()
    })
  }

  /**
   * Logs what keeps the process up after a clean end. The process is not forced to exit, so without this line nobody
   * would know why it stays up.
   */
  #tellOfHold(target: Target): void {
    this.#system.later(grace, () => {
      if (this.#active > 0) return
      const kinds = new Set(this.#system.holders().filter((kind) => kind !== "TTYWrap" && kind !== "PipeWrap"))
      if (kinds.size > 0) {
        target.log("Info", `shut down, but these resources keep the process up: ${Array.from(kinds).join(", ")}`)
      }
    })
  }
}

const list = (names: ReadonlyArray<string>) => names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")

/**
 * The hub of the real process. There is one process, so this is global state of the module.
 *
 * @internal
 */
export const hub = new Hub(real)

/**
 * The hub of the process that a governor is in. A test provides another hub.
 *
 * @internal
 */
export const CurrentHub = Context.Reference<Hub>("effect-governor/Hub", { defaultValue: () => hub })
