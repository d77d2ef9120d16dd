/**
 * What a governor is made with, and what its effects run in.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import { CurrentLoggers } from "effect/References"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../GovernorOption.ts"
import { Writer } from "../internal/govern.ts"
import { type LogEntry, logger, toConsole, writer } from "./log.ts"
import type * as Restart from "./restart.ts"

/**
 * What a governor is made with.
 *
 * **Details**
 *
 * - `name`: what the governor is called. Default: `"governor"`
 * - `restart`: when services restart that say nothing themselves: the delay, or `{ after, ...options }`. Default:
 *   never
 * - `strategy`: whom a restart takes with it. `"one-for-one"` (default), nobody; `"one-for-all"`, all; `"rest-for-one"`,
 *   those that were added later; `"dependents"`, those that depend on it. They stop while its delay runs, dependents first,
 *   and begin again with it; those that are over or were stopped are left alone, and a service that never restarts does not
 *   begin again. From Erlang/OTP
 * - `stopTimeout`: how long the stop of one service may take before its run is abandoned. Default: no limit
 * - `shutdownTimeout`: how long a shutdown may take as a whole. Default: no limit; with `catchSignals`, 25 seconds,
 *   for Kubernetes kills after 30
 * - `signal`: aborting it shuts down
 * - `log`: gets every line of the log. Default: prints it to the console
 *
 * **Example** (Shutting down by an `AbortSignal`)
 *
 * ```ts
 * import { Governor, type GovernorOptions } from "effect-governor/promise"
 *
 * const controller = new AbortController()
 * const options: GovernorOptions = {
 *   restart: { after: "1 second", when: "failure" },
 *   stopTimeout: "10 seconds",
 *   signal: controller.signal
 * }
 *
 * const governor = new Governor(options)
 * governor.add("hello", ({ log }) => log("hello")).start()
 * controller.abort()
 * console.log((await governor.waitForShutdown()).reason._tag) // Aborted
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface GovernorOptions {
  readonly name?: string | undefined
  readonly restart?: Restart.RestartInput | undefined
  readonly strategy?: "one-for-one" | "one-for-all" | "rest-for-one" | "dependents" | undefined
  readonly stopTimeout?: Duration.Input | undefined
  readonly shutdownTimeout?: Duration.Input | undefined
  readonly signal?: AbortSignal | undefined
  readonly log?: ((entry: LogEntry) => void) | undefined
}

const keys = ["name", "restart", "strategy", "stopTimeout", "shutdownTimeout", "signal", "log"]

/** Throws `InvalidOption`; what the core takes it checks itself. */
export const check = (options: GovernorOptions): GovernorOptions => {
  const { log, signal } = Option.known("options", options, keys)
  if (log !== undefined && typeof log !== "function") {
    throw new InvalidOption({ field: "log", expected: "a function", actual: Option.show(log) })
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOption({ field: "signal", expected: "an AbortSignal", actual: Option.show(signal) })
  }
  return options
}

/** Where the context is kept that a governor inside of a run has from it. */
export const inside = Symbol("inside")

export interface Inside {
  readonly [inside]?: Context.Context<never> | undefined
}

/** With a log of its own, or else that of the run it is in. */
export const contextFor = (
  log: GovernorOptions["log"],
  run: Context.Context<never> | undefined
): Context.Context<never> =>
  log === undefined && run !== undefined
    ? run
    : writingTo(log ?? toConsole, run ?? Context.empty())

const writingTo = (log: NonNullable<GovernorOptions["log"]>, context: Context.Context<never>) => {
  const write = writer(log)
  return Context.add(Context.add(context, CurrentLoggers, new Set([logger(write)])), Writer, write)
}
