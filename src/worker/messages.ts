/**
 * What a governor and the thread or process of one of its runs say to one another.
 */
import type { LogLevel, Severity } from "effect/LogLevel"

/**
 * What was thrown there, whatever it was.
 *
 * - `cause`: what caused it
 * - `errors`: those of an `AggregateError`
 * - `stop`: a `StopService` was thrown; `cause` is its error, if it has one
 *
 * @internal
 */
export interface ThrownThere {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly cause?: ThrownThere
  readonly errors?: ReadonlyArray<ThrownThere>
  readonly stop?: { readonly restart: boolean }
}

/**
 * What the work has failed with. `isDefect`: it is no error that an effect has failed with, and no policy is asked about it.
 *
 * @internal
 */
export interface FailureThere {
  readonly thrown: ThrownThere
  readonly isDefect: boolean
}

/**
 * What the governor says.
 *
 * - `Begin`: the run, what it works on, the lowest level at which somebody hears the lines of an effect, and where a thread sees
 *   how many of its lines were heard
 * - `Ask`: the run has to give a sign of life
 * - `Stop`: the run has to end
 *
 * @internal
 */
export type Told =
  | {
    readonly _tag: "Begin"
    readonly name: string
    readonly run: number
    readonly epoch: number
    readonly part: number | undefined
    readonly data: unknown
    readonly minimumLogLevel: LogLevel
    readonly heard: Int32Array<SharedArrayBuffer> | undefined
  }
  | { readonly _tag: "Ask" }
  | { readonly _tag: "Stop" }

/**
 * A line of the log. That of an effect may have causes, annotations, and spans with their begin in epoch milliseconds.
 *
 * @internal
 */
export interface Line {
  readonly level: Severity
  readonly message: string
  readonly causes?: ReadonlyArray<ThrownThere>
  readonly annotations?: Readonly<Record<string, string | number | boolean>>
  readonly spans?: ReadonlyArray<[label: string, timestamp: number]>
}

/**
 * What the run says.
 *
 * - `Serving`: the file was loaded, and has called `serve`
 * - `Log`: a line. `hasTurned`: the event loop has turned since the line before, so this is a sign of life too: many lines that
 *   nobody has heard yet hold up a `Beat`
 * - `Uncaught`: nobody has caught this, and Node ends the process for it
 * - `Settled`: the work has settled; without a failure it has completed, or has ended as it was asked to. What it has deferred is
 *   closed after that
 * - `Ended`: all of the run has settled, perhaps with what failed as it was closed
 *
 * @internal
 */
export type Said =
  | { readonly _tag: "Serving" }
  | { readonly _tag: "Beat" }
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Unready"; readonly reason: string | undefined }
  | { readonly _tag: "Log"; readonly hasTurned: boolean } & Line
  | { readonly _tag: "Uncaught"; readonly failure: ThrownThere }
  | { readonly _tag: "Settled" | "Ended"; readonly failures: ReadonlyArray<FailureThere> }

/** The message of another library in the same thread is none of ours. */
const brand = "effect-governor/worker/1"

/** @internal */
export const wrapped = (message: Told | Said): { readonly [brand]: Told | Said } => ({ [brand]: message })

/**
 * Passes on what is said here, and nothing else.
 *
 * @internal
 */
export const unwrapping = (call: (message: never) => void) => (message: unknown): void => {
  if (typeof message === "object" && message !== null && brand in message) call(message[brand] as never)
}
