/**
 * The signals that ask a process to end, and what a program may say about them.
 */
import type * as Duration from "effect/Duration"
import { constants } from "node:os"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"

/** All signals that a program may name, on every platform. Node cannot catch the others, or must not. */
const known = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGUSR1", "SIGUSR2"] as const

/**
 * A signal that may ask a process to end.
 *
 * **Gotchas**
 *
 * Node reserves SIGUSR1 for its debugger; a program that names SIGUSR1 takes that away. A signal that the platform does
 * not have never comes.
 *
 * **Example** (The signals of a process manager)
 *
 * ```ts
 * import { Governor, type SignalName } from "effect-governor/promise"
 *
 * const signals: ReadonlyArray<SignalName> = ["SIGINT", "SIGTERM", "SIGUSR2"]
 * const governor = new Governor().catchSignals({ signals })
 * governor.add("hello", ({ log }) => log("hello"))
 * governor.start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type SignalName = (typeof known)[number]

/**
 * What the process does at a signal or an uncaught error.
 *
 * **Details**
 *
 * - `signals`: the signals that shut the governor down. Default: SIGINT, SIGTERM, SIGHUP and SIGQUIT (SIGBREAK on
 *   Windows)
 * - `again`: how long after a signal the same signal ends the process at once, because somebody has lost patience. A
 *   signal that is repeated sooner is ignored: process managers repeat signals, some after seconds. If several
 *   governors catch signals, the longest time counts. Default: 1 second; `"never"`: a repeated signal is always ignored
 * - `catchUncaught`: if true, an uncaught exception or an unhandled rejection is logged, shuts down every governor that
 *   catches signals, and gives exit code 1. The line is one of the service whose work led to the error (its timers,
 *   promises, sockets), if its run began after this call: Node's `AsyncLocalStorage` tells. Default: false; Node then
 *   ends the process at once without calling any `stop`
 * - `exitCodes`: `"plain"`, the default: 0, 1 and 128 + n. `"cause"`: instead of 1, a code says why the process ended, for
 *   the restart rules of a process manager: 78 for bad options before any service has run, 70 if a significant service
 *   failed or an error was not caught, 124 if runs were abandoned, 75 if the shutdown was not clean in another way. A
 *   code that you have set is kept
 * - `terminationMessage`: the file that gets, as the process leaves, up to 4096 bytes of text: who failed, why, who was
 *   abandoned, and how long the shutdown took. Nothing is written after a clean end, and a file that is not there is not
 *   made. Default: `"/dev/termination-log"` in Kubernetes, which shows the text in `kubectl describe pod`, and no file
 *   elsewhere; `false`: none
 *
 * **Example** (Under a process manager that repeats signals)
 *
 * ```ts
 * import { Governor, type SignalOptions } from "effect-governor/promise"
 *
 * const options: SignalOptions = { signals: ["SIGINT", "SIGTERM"], again: "10 seconds", catchUncaught: true }
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
  readonly signals?: ReadonlyArray<SignalName> | undefined
  readonly again?: Duration.Input | "never" | undefined
  readonly catchUncaught?: boolean | undefined
  readonly exitCodes?: "plain" | "cause" | undefined
  readonly terminationMessage?: string | false | undefined
}

/**
 * The options of a program, checked.
 *
 * @internal
 */
export interface Settings {
  readonly signals: ReadonlySet<SignalName>
  /** In milliseconds. */
  readonly again: number
  readonly catchUncaught: boolean
  readonly exitCodes: "plain" | "cause"
  /** The path of the file. */
  readonly terminationMessage: string | undefined
}

/**
 * The names of the options.
 *
 * @internal
 */
export const keys = ["signals", "again", "catchUncaught", "exitCodes", "terminationMessage"]

/**
 * Checks the options, and takes the defaults for those that are missing. Throws `InvalidOption`.
 *
 * @internal
 */
export const settingsOf = (
  { again = 1000, catchUncaught = false, exitCodes = "plain", signals, terminationMessage }: SignalOptions
): Settings => ({
  signals: new Set(signals === undefined ? defaults : namesOf(signals)),
  again: againMillis(again),
  catchUncaught: Option.flag("catchUncaught", catchUncaught),
  exitCodes: Option.oneOf("exitCodes", exitCodes, ["plain", "cause"]),
  terminationMessage: terminationMessage === undefined ? messageInKubernetes() : pathOf(terminationMessage)
})

/** Kubernetes sets the variable in each container, and reads the file by default. */
const messageInKubernetes = (): string | undefined =>
  process.env["KUBERNETES_SERVICE_HOST"] === undefined ? undefined : "/dev/termination-log"

const pathOf = (input: unknown): string | undefined => {
  if (input === false) return undefined
  if (typeof input === "string" && input !== "") return input
  const expected = "the path of a file, or false"
  throw new InvalidOption({ field: "terminationMessage", expected, actual: Option.show(input) })
}

const defaults: ReadonlyArray<SignalName> = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  process.platform === "win32" ? "SIGBREAK" : "SIGQUIT"
]

const namesOf = (input: unknown): ReadonlyArray<SignalName> => {
  if (Array.isArray(input) && input.length > 0 && input.every(isName)) return input
  const expected = `a list of at least one of ${known.map((name) => `"${name}"`).join(", ")}`
  throw new InvalidOption({ field: "signals", expected, actual: Option.show(input) })
}

const isName = (input: unknown): input is SignalName => known.some((name) => name === input)

const againMillis = (input: unknown): number => {
  if (input === "never") return Infinity
  try {
    return Option.timeoutMillis("again", input)
  } catch (error) {
    const { actual, expected, field } = error as InvalidOption
    throw new InvalidOption({ field, expected: `${expected}, or "never"`, actual })
  }
}

/**
 * The signals that this platform has.
 *
 * @internal
 */
export const signals = known.filter((name) => name in constants.signals)

/**
 * The exit code of a process that a signal ended. A signal without a number here never comes.
 *
 * @internal
 */
export const codeOf = (signal: SignalName): number => 128 + (constants.signals[signal] ?? 0)
