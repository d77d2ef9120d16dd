/**
 * The options of a governor, and the context in which its effects run.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { CurrentLoggers } from "effect/References"
import { InvalidOption } from "../GovernorError.ts"
import { HearsDebug } from "../internal/bridge/Api.ts"
import { type Governed, logger, Writer } from "../internal/govern.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import { printer } from "./console.ts"
import { type LogEntry, writer } from "./log.ts"
import type * as Restart from "./restart.ts"

/**
 * The options of a governor.
 *
 * **Details**
 *
 * - `name`: the name of the governor. Default: `"governor"`
 * - `restart`: when services restart that have no `restart` option of their own: the delay, or `{ after, ...options }`.
 *   Default: never
 * - `strategy`: which other services restart together with a service. `"one-for-one"` (default): no others.
 *   `"one-for-all"`: all services. `"rest-for-one"`: the services that were added later. `"dependents"`: the services
 *   that depend on it. These services stop while the delay of the restart runs, dependents first, and begin again in
 *   order when the delay is over, also if the delay is zero. Services that are over or were stopped by hand stay as
 *   they are. A service that never restarts does not begin again. From Erlang/OTP
 * - `stopTimeout`: how long the stop of one service may take before its run is abandoned. Default: no limit
 * - `shutdownTimeout`: how long a whole shutdown may take. Default: no limit; with `catchSignals`, 25 seconds, because
 *   Kubernetes kills the process after 30
 * - `signal`: aborting it shuts the governor down
 * - `log`: a function that gets every line of the log. Default: prints the line to the console, unless its level is
 *   debug
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

/**
 * Throws `InvalidOption`. The core itself checks the options that are passed on to it.
 *
 * @internal
 */
export const check = (options: GovernorOptions): GovernorOptions => {
  const { log, signal } = Option.known("options", options, keys)
  if (log !== undefined && typeof log !== "function") {
    throw new InvalidOption({ field: "log", expected: "a function", actual: Option.show(log) })
  }
  if (signal !== undefined && !isSignal(signal)) {
    throw new InvalidOption({ field: "signal", expected: "an AbortSignal", actual: Option.show(signal) })
  }
  return options
}

/** Known by its shape, because a signal may come from another realm. */
const isSignal = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value

/**
 * The key of the context that a governor inside a run takes from that run.
 *
 * @internal
 */
export const inside = Symbol("inside")

/**
 * The key of what lets the process of a governor join a cluster.
 *
 * @internal
 */
export const joining = Symbol("joining")

/**
 * How the process of a governor joins its cluster, and leaves it.
 *
 * - `context`: what the services get, also those that are added before the node is in
 * - `join`: lets the process of this governor join when the governor has something to do. The result waits until it has left
 *
 * @internal
 */
export interface Joining {
  readonly context: Context.Context<never>
  readonly join: (governor: Governed, context: Context.Context<never>) => Effect.Effect<void>
}

/** @internal */
export interface Inside {
  readonly [inside]?: Context.Context<never> | undefined
  readonly [joining]?: Joining | undefined
}

/**
 * A context with the governor's own log, or else with the log of the run that the governor is in. A `log` function of
 * the user gets what the services write with `log.debug`. The console does not.
 *
 * @internal
 */
export const contextFor = (
  log: GovernorOptions["log"],
  { [inside]: run, [joining]: joins }: Inside
): Context.Context<never> => {
  const context = withLog(log, run)
  return joins === undefined ? context : Context.merge(context, joins.context)
}

const withLog = (log: GovernorOptions["log"], run: Context.Context<never> | undefined): Context.Context<never> => {
  if (log !== undefined) return Context.add(writingTo(log, run ?? Context.empty()), HearsDebug, true)
  return run ?? writingTo(undefined, Context.empty())
}

const writingTo = (log: GovernorOptions["log"], context: Context.Context<never>) => {
  const write = writer(log === undefined ? printer() : (line) => log(line))
  return Context.add(Context.add(context, CurrentLoggers, new Set([logger(write)])), Writer, write)
}
