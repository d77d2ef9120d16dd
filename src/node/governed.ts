/**
 * A governor whose process tells it of its signals: for both doors.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Core from "../Governor.ts"
import * as Option from "../GovernorOption.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import { CurrentHub, type SignalOptions, type Target } from "./process.ts"

/** The parts of a governor this needs. */
export type Governor = Pick<Core.Governor, "door" | "shutdown" | "shutdownWith" | "status">

/** Kubernetes kills 30 seconds after it asked. In milliseconds. */
export const defaultShutdownTimeout = 25_000

/** Asked again, a governor listens once, as it was asked last. */
const listening = new WeakMap<Governor, () => void>()

/** Listens until the governor's shutdown is complete. Throws `InvalidOption`. */
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

/** A process's own lines of the log, where the governor's go. */
export const logIn = (context: Context.Context<never>): Target["log"] => (level, message, error) => {
  const cause = error === undefined ? [] : [Cause.die(error)]
  Effect.runForkWith(context)(Effect.logWithLevel(level)(message, ...cause))
}

/** Names of the services that have a run. */
export const running = (governor: Governor): ReadonlyArray<string> =>
  Effect.runSync(governor.status)
    .filter(hasRun)
    .map(({ name }) => name)

/** Whether a service of this status has a run. */
export const hasRun = ({ _tag }: { readonly _tag: ServiceStatus["_tag"] }): boolean =>
  _tag === "Starting" || _tag === "Running" || _tag === "Stopping"
