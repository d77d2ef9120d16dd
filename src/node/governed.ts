/**
 * Connects a governor to its process, for the promise API and the Effect API.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Core from "../Governor.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import * as Report from "../ShutdownReport.ts"
import type { Hub } from "./Hub.ts"
import { makeMember, type Member, type Target } from "./HubState.ts"
import { CurrentHub } from "./process.ts"
import { keys, type Settings, settingsOf, type SignalOptions } from "./signals.ts"

/** The parts of a governor that this module needs. */
export type Governor = Pick<Core.Governor, "door" | "shutdown" | "shutdownWith" | "status">

/** In milliseconds. Kubernetes kills a process 30 seconds after the signal. */
export const defaultShutdownTimeout = 25_000

/** By their doors: a governor is one member of its process, however often it is asked to catch signals. */
const members = new WeakMap<Governor["door"], Member>()

/** Keeps the process up while services of the governor are active. */
export const holdUp = (governor: Governor, context: Context.Context<never>): Member => {
  const known = members.get(governor.door)
  if (known !== undefined) return known
  const member = makeMember(targetOf(governor, logIn(context)))
  enter(governor, member, Context.get(context, CurrentHub))
  return member
}

/** As `holdUp`, for a governor of a program that gets the signals for it. */
export const holdUpInProgram = (
  governor: Governor,
  log: Target["log"],
  hub: Hub,
  settings: Settings
): Member => {
  const member = makeMember(targetOf(governor, log), { program: settings })
  enter(governor, member, hub)
  if (settings.catchUncaught) governor.door.enterRuns(hub.enter)
  return member
}

const enter = ({ door }: Governor, member: Member, hub: Hub): void => {
  members.set(door, member)
  door.whileActive(() => {
    hub.begins(member)
    return (report) => hub.ends(member, report)
  })
  door.onSettledLate(() => hub.settles())
  const ends = door.ends()
  if (member.phase !== "New" || ends.own.length === 0) return
  hub.ends(member, Report.make(door.closing() ?? { _tag: "AllOver" }, 0, ends)) // all of its services are over already
}

/** Passes the signals of the process to the governor. Throws `InvalidOption`. */
export const catchSignals = (governor: Governor, context: Context.Context<never>, options: SignalOptions): void => {
  const settings = settingsOf(Option.known("options", options, keys))
  const { door } = governor
  if (door.isInside) {
    return logIn(context)(
      "Info",
      "catchSignals() does nothing in a governor inside of another: the outermost governor gets the signals"
    )
  }
  door.limitShutdown(defaultShutdownTimeout)
  const member = holdUp(governor, context)
  const hub = Context.get(context, CurrentHub)
  if (settings.catchUncaught) door.enterRuns(hub.enter)
  const isFirst = member.settings === undefined
  hub.catches(member, settings)
  if (isFirst) {
    Effect.runForkWith(context)(Effect.tap(door.closed, (report) => Effect.sync(() => closed(member, hub, report))))
  }
}

/** The governor was shut down when none of its services was active: before one has begun, or after all were over. */
const closed = (member: Member, hub: Hub, report: Report.ShutdownReport): void => {
  if (member.phase === "New" || member.isOk !== report.ok) hub.ends(member, report)
}

const targetOf = (governor: Governor, log: Target["log"]): Target => {
  const { door } = governor
  return {
    shutdown: (reason) => Effect.runPromise(governor.shutdownWith(reason)),
    reason: door.closing,
    shutdownTimeout: door.shutdownTimeout,
    running: () => door.isInside ? [] : running(governor), // the services of a governor inside belong to its own
    unsettled: door.unsettled,
    log
  }
}

/** Writes the log lines of a process to the log of a governor. */
export const logIn = (context: Context.Context<never>): Target["log"] => (level, message, error, of) => {
  const cause = error === undefined ? [] : [Cause.die(error)]
  const line = Effect.logWithLevel(level)(message, ...cause)
  Effect.runForkWith(context)(of === undefined ? line : Effect.annotateLogs(line, of))
}

/** The names of the services that have a run. */
export const running = (governor: Governor): ReadonlyArray<string> =>
  Effect.runSync(governor.status)
    .filter(hasRun)
    .map(({ name }) => name)

/** Whether a service with this status has a run. */
export const hasRun = ({ _tag }: { readonly _tag: ServiceStatus["_tag"] }): boolean =>
  _tag === "Starting" || _tag === "Running" || _tag === "Stopping"
