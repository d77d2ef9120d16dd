/**
 * The end of a governor: all services end, in order and within the time of the shutdown. Once a shutdown was requested,
 * no run begins: `isOpen` in `lifecycle/GovernorState.ts` says so, `mayBegin` in `lifecycle/questions.ts` asks.
 */
import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { ShutdownReason, ShutdownReport } from "../../ShutdownReport.ts"
import * as Report from "../../ShutdownReport.ts"
import { listed } from "../input/listed.ts"
import * as Descent from "../lifecycle/Descent.ts"
import { type GovernorState, isOpen, requestShutdown, type Shutdown, timeoutOf } from "../lifecycle/GovernorState.ts"
import { isActive, isFiberOf, isPending, isUp, shallRun, wasAsked } from "../lifecycle/questions.ts"
import { endsOfAll } from "../lifecycle/report.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"
import { after, limitAfter } from "./after.ts"
import { expire, leave } from "./end.ts"
import { attend } from "./loop.ts"
import { changed, monotonic, nextSequence, now, tell } from "./record.ts"

/** A governor inside of a run ends this long before the time of the run is over, at the most, in milliseconds. */
const reserve = 1000

export const makeShutdown = (ownTimeout: number | undefined): Shutdown => ({
  request: undefined,
  state: { _tag: "Open" },
  began: Deferred.makeUnsafe(),
  done: Deferred.makeUnsafe(),
  waiting: 0,
  ownTimeout,
  timeout: Infinity,
  until: Infinity,
  deadline: undefined,
  drainDelay: 0,
  draining: undefined
})

/**
 * Stops all services, once. Every caller gets the same report; the reason and the timeout of the first caller count. A run of
 * this governor would wait for itself, and gets the report of the services that have ended by then.
 */
export const shutDown = (
  governor: GovernorState,
  reason: ShutdownReason,
  timeout?: number
): Effect.Effect<ShutdownReport> =>
  Effect.withFiber((fiber) => {
    const { shutdown } = governor
    if (isOpen(governor)) {
      requestShutdown(governor, reason, timeout)
      attend(governor)
    } else hurry(governor)
    if (isFiberOf(fiber, governor)) return Effect.sync(() => reportSoFar(governor))
    shutdown.waiting++
    return Effect.ensuring(Deferred.await(shutdown.done), Effect.sync(() => shutdown.waiting--))
  })

/** Shuts down within these milliseconds, because the process may not be in its cluster. The report is not ok. */
export const expel = (
  governor: GovernorState,
  cause: Cause.Cause<unknown>,
  millis: number
): Effect.Effect<ShutdownReport> =>
  Effect.suspend(() => {
    governor.isExpelled = true
    hurry(governor, millis)
    return shutDown(governor, { _tag: "Expelled", cause }, millis)
  })

/** Begins the shutdown that was asked for. */
export const beginShutdown = (governor: GovernorState): void => {
  const { shutdown } = governor
  const { reason, timeout = timeoutOf(governor) } = shutdown.request!
  governor.active -= governor.kept
  governor.kept = 0
  const isLogged = governor.active > 0 || !isOfClosing(governor, reason) // else nothing is left to stop, which is of no interest
  shutdown.state = { _tag: "Closing", reason, since: monotonic(governor), isLogged }
  Deferred.doneUnsafe(shutdown.began, Exit.succeed(reason))
  const [time, limits] = [now(governor), limitsOf(governor, timeout)]
  tell(governor, { _tag: "ShutdownStarted", time, sequence: nextSequence(governor), reason, ...limits }, isLogged)
  governor.outbox.flush()
  warnOfUnstarted(governor, governor.services.values())
  limitShutdown(governor, timeout)
  if (shutdown.drainDelay > 0) drain(governor)
  else leaveAll(governor)
}

/**
 * The services that run go on for a while: those who send them work have to notice first that they shall not. The other services
 * are over.
 */
const drain = (governor: GovernorState): void => {
  const { context, services, shutdown } = governor
  const time = monotonic(governor)
  const millis = drainMillis(shutdown, shutdown.until - time)
  endGroups(governor)
  for (const service of Array.from(services.values())) if (!isUp(service)) leaveForGood(service)
  shutdown.draining = { until: time + millis, timer: undefined }
  shutdown.draining.timer = after(context, millis, () => stopDraining(governor))
}

/** The services need time to stop, so the delay takes half of the time of the shutdown at the most. */
const drainMillis = ({ drainDelay }: Shutdown, millis: number): number => Math.min(drainDelay, millis / 2)

const stopDraining = (governor: GovernorState): void => {
  forgetDrain(governor.shutdown)
  if (governor.shutdown.state._tag !== "Closing") return
  leaveAll(governor)
  attend(governor)
}

const forgetDrain = (shutdown: Shutdown): void => {
  shutdown.draining?.timer?.interruptUnsafe()
  shutdown.draining = undefined
}

/** When the time of the shutdown is over, and when its stops begin, in epoch milliseconds. */
const limitsOf = (
  governor: GovernorState,
  timeout: number
): { readonly until?: number; readonly drainsUntil?: number } => {
  const { shutdown } = governor
  const [time, millis] = [now(governor), millisOf(governor, timeout)]
  return {
    ...(millis !== Infinity && { until: time + millis }),
    ...(shutdown.drainDelay > 0 && { drainsUntil: Math.round(time + drainMillis(shutdown, millis)) })
  }
}

/** All were over before the stops could begin. One whose run was given up would be wanted for ever. */
const endDraining = ({ services, shutdown }: GovernorState): void => {
  forgetDrain(shutdown)
  for (const service of Array.from(services.values())) leaveForGood(service)
}

/** Whether the governor shuts down because its scope closes, or the run that it is in ends. */
const isOfClosing = ({ nest }: GovernorState, reason: ShutdownReason): boolean =>
  reason._tag === "ScopeClosed" || nest?.end() !== undefined

/**
 * A service in no graph leaves at once, as does a service that has no run, or a run that is ending. The others leave in
 * turn.
 */
const leaveAll = (governor: GovernorState): void => {
  const { graph, services } = governor
  const all = Array.from(services.values())
  for (const service of all) if (!isUp(service) || !graph.has(service.name)) leaveForGood(service)
  endGroups(governor)
  const ordered = graph.isEmpty ? [] : all.filter(({ name }) => graph.has(name))
  governor.descents = [...governor.descents, { ...Descent.make(ordered, graph), _tag: "Shutdown" }]
  for (const service of all) if (service.rare?.waiters !== undefined) changed(service) // a shutdown answers all who wait
}

/** No group begins again. */
const endGroups = (governor: GovernorState): void => {
  governor.descents = governor.descents.filter(({ _tag }) => _tag !== "Group")
}

/** Ends a service for the shutdown, unless the service is over. */
export const leaveForGood = (service: ServiceState): void => {
  if (shallRun(service) || service.run !== undefined) leave(service, "shutdown")
}

// --- its time ---

/**
 * Limits the shutdown to this time from now, if that is less than it had. A governor inside of a run has less than the
 * run.
 */
const limitShutdown = (governor: GovernorState, timeout: number): void => {
  const { context, nesting, services, shutdown } = governor
  const millis = millisOf(governor, timeout)
  const until = monotonic(governor) + millis
  if (until < shutdown.until) {
    shutdown.until = until
    shutdown.deadline?.interruptUnsafe()
    shutdown.deadline = limitAfter(context, millis, () => expire(Array.from(services.values()), "shutdown", millis))
  }
  for (const { rare, run } of nesting) if (run !== undefined && wasAsked(run)) rare?.inside?.hurry()
  if (shutdown.draining !== undefined && shutdown.draining.until >= shutdown.until) stopDraining(governor)
}

/** A governor inside of a run ends before the run has to. */
const millisOf = ({ nest }: GovernorState, timeout: number): number => {
  const remaining = nest?.remaining() ?? Infinity
  return Math.min(timeout, Math.max(0, Math.round(remaining - Math.min(remaining / 10, reserve))))
}

/** The run that the governor is in may have less time than before, or the shutdown shall take this long at the most. */
export const hurry = (governor: GovernorState, timeout = Infinity): void => {
  if (governor.shutdown.state._tag === "Closing") limitShutdown(governor, timeout)
}

// --- its report ---

/** No service is active any more: a shutdown that is under way is complete. */
export const finishShutdown = (governor: GovernorState): void => {
  const { outbox, shutdown } = governor
  const { state } = shutdown
  if (state._tag !== "Closing") return
  const time = now(governor)
  const report = reportOf(governor, state.reason, Math.round(monotonic(governor) - state.since))
  shutdown.deadline?.interruptUnsafe()
  if (shutdown.draining !== undefined) endDraining(governor)
  shutdown.state = { _tag: "Closed", report }
  tell(governor, { _tag: "ShutdownCompleted", time, sequence: nextSequence(governor), report }, state.isLogged)
  outbox.after(() => Deferred.doneUnsafe(shutdown.done, Exit.succeed(report)))
  outbox.flush()
}

const reportOf = (governor: GovernorState, reason: ShutdownReason, duration: number): ShutdownReport =>
  (governor.nest === undefined ? Report.make : Report.makeInside)(reason, duration, endsOf(governor))

/**
 * How each service ended that was ever started. Once all have ended well nothing changes any more, so the answer is
 * kept.
 */
export const endsOf = (governor: GovernorState): Report.Ends => {
  if (governor.ends !== undefined) return governor.ends
  const all = endsOfAll(governor.services.values(), monotonic(governor))
  const ends = governor.isExpelled ? { ...all, ok: false } : all
  if (ends.ok && governor.shutdown.state._tag === "Closed") governor.ends = ends
  return ends
}

/** The report of the services that have ended by now, for a run that cannot wait for the end of all. */
export const reportSoFar = (governor: GovernorState): ShutdownReport => {
  const { services, shutdown: { request, state } } = governor
  if (state._tag === "Closed") return state.report
  const ended = Array.from(services.values()).filter((service) => !isActive(service))
  const duration = state._tag === "Closing" ? Math.round(monotonic(governor) - state.since) : 0
  return Report.make(request!.reason, duration, endsOfAll(ended, monotonic(governor)))
}

/** The report of a governor whose services are all over without a shutdown. */
export const reportOfAllOver = (governor: GovernorState): ShutdownReport => reportOf(governor, { _tag: "AllOver" }, 0)

/** Warns of services that were never started: somebody may have forgotten them. */
export const warnOfUnstarted = (
  { isStartRefused, outbox }: GovernorState,
  services: Iterable<ServiceState>
): void => {
  if (isStartRefused) return
  const names = Array.from(services).filter(isPending).map(({ name }) => name)
  if (names.length > 0) outbox.log({ level: "Warn", message: `never started: ${listed(names)}` })
}
