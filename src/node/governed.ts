/**
 * Connects a governor to the signals of its process, for the promise API and the Effect API.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Core from "../Governor.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import { CurrentHub, type SignalOptions, type Target } from "./process.ts"

/** The parts of a governor that this module needs. */
export type Governor = Pick<Core.Governor, "door" | "shutdown" | "shutdownWith" | "status">

/** In milliseconds. Kubernetes kills a process 30 seconds after the signal. */
export const defaultShutdownTimeout = 25_000

/** A second call replaces the listener of the first, so that each governor listens once, with the latest options. */
const listening = new WeakMap<Governor, () => void>()

/** Listens for signals until the shutdown of the governor is complete. Throws `InvalidOption`. */
export const catchSignals = (governor: Governor, context: Context.Context<never>, options: SignalOptions): void => {
  Option.known("options", options, ["catchUncaught"])
  governor.door.limitShutdown(defaultShutdownTimeout)
  if (governor.door.isClosed()) return
  listening.get(governor)?.()
  const unlisten = Context.get(context, CurrentHub).listen(targetOf(governor, context), options)
  listening.set(governor, unlisten)
  Effect.runForkWith(context)(governor.door.closed).addObserver(unlisten)
}

const targetOf = (governor: Governor, context: Context.Context<never>): Target => {
  const log = logIn(context)
  return {
    shutdown: (reason) => {
      if (governor.door.isClosing() && reason._tag === "Signal") {
        log("Info", `received ${reason.signal}, already shutting down`)
      }
      return Effect.runPromiseWith(context)(governor.shutdownWith(reason))
    },
    running: () => running(governor),
    log
  }
}

/** Writes the log lines of a process to the log of a governor. */
export const logIn = (context: Context.Context<never>): Target["log"] => (level, message, error) => {
  const cause = error === undefined ? [] : [Cause.die(error)]
  Effect.runForkWith(context)(Effect.logWithLevel(level)(message, ...cause))
}

/** The names of the services that have a run. */
export const running = (governor: Governor): ReadonlyArray<string> =>
  Effect.runSync(governor.status)
    .filter(hasRun)
    .map(({ name }) => name)

/** Whether a service with this status has a run. */
export const hasRun = ({ _tag }: { readonly _tag: ServiceStatus["_tag"] }): boolean =>
  _tag === "Starting" || _tag === "Running" || _tag === "Stopping"
