/**
 * How the record of a service changes. A fact is told, and folds into the status. A change puts the services that it concerns
 * into the queues of the governor.
 */
import * as Cause from "effect/Cause"
import type { GovernorEvent, ServiceEvent } from "../../GovernorEvent.ts"
import type { TellProcess } from "../../ServiceRun.ts"
import { type ServiceStatus, transition } from "../../ServiceStatus.ts"
import * as Descent from "../lifecycle/Descent.ts"
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { remembers } from "../lifecycle/Memory.ts"
import { isActive, isAdrift, isGone, isInVain, isNext, mayBegin } from "../lifecycle/questions.ts"
import { Queue } from "../lifecycle/Queue.ts"
import {
  type Aim,
  type Delay,
  type Lost,
  rareOf,
  rareOfRun,
  type RunState,
  type ServiceState
} from "../lifecycle/ServiceState.ts"
import { boundStanding, type Standing, standing } from "../lifecycle/standing.ts"
import type { Detail, Line } from "../telling/log.ts"
import { attend, restartSoon } from "./loop.ts"

/** Epoch milliseconds. */
export const now = ({ clock }: GovernorState): number => clock.currentTimeMillisUnsafe()

/** Milliseconds for measuring. */
export const monotonic = ({ clock }: GovernorState): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

// --- facts ---

/** The number of the event that is made now. Each event that is made is told. */
export const nextSequence = ({ branch }: GovernorState): number => ++branch.tree.sequence

/** The parts that each fact has. */
export const fact = <Tag extends ServiceEvent["_tag"]>(
  { governor, name, status }: ServiceState,
  _tag: Tag,
  time = now(governor)
) => ({ _tag, service: name, run: status.run, time, sequence: nextSequence(governor) })

/** One fact about the service. Subscribers hear it at the next flush, when the step is consistent. */
export const record = (service: ServiceState, event: ServiceEvent, known?: Detail): void => {
  const before = service.status
  service.status = transition(before, event)
  emit(service, event, before, known)
}

/** A fact about the service that has its new status already. `known` is what its line says beside the event. */
export const emit = (
  { governor, spec, status }: ServiceState,
  event: ServiceEvent,
  before: ServiceStatus | undefined,
  known?: Detail
): void => {
  const { metrics, outbox } = governor
  try {
    metrics.count(event, before)
  } catch (error) {
    outbox.log({ level: "Error", message: "an event could not be counted", cause: Cause.die(error) })
  }
  trace(governor, event)
  outbox.noteOf(event, spec.place.voice, before, known)
  outbox.put(event, status === before ? undefined : status)
}

/** A fact about the governor, for all who hear of it. */
export const tell = (governor: GovernorState, event: GovernorEvent, isLogged: boolean): void => {
  trace(governor, event)
  if (isLogged) governor.outbox.note(event)
  governor.outbox.put(event)
}

const trace = ({ outbox, trace }: GovernorState, event: GovernorEvent): void => {
  if (trace !== undefined) outbox.after(() => trace(event)) // the outbox catches what the trace throws
}

/** Logs a line about the service that no event carries. */
export const say = ({ governor: { outbox }, name, spec, status: { run } }: ServiceState, line: Line): void =>
  outbox.after(() => outbox.logOf(line, spec.place.voice, { service: name, run }))

/** Logs at once that the run of the service hangs, which no event carries if the service was not ready. */
export const sayHung = (
  { governor: { outbox }, name, spec, status: { run } }: ServiceState,
  cause: Cause.Cause<unknown>
) => outbox.noteHung({ service: name, run }, cause, spec.place.voice)

// --- the state ---

/**
 * Sets what is wanted of the service, its run and its delay. Nothing else sets `aim` or `run`, or begins or ends a
 * delay.
 */
export const set = (service: ServiceState, aim: Aim, run: RunState | undefined, delay?: Delay): void => {
  const { governor, rare, wait } = service
  const wasActive = isActive(service)
  if (rare !== undefined) countRun(service, run)
  service.aim = aim
  service.run = run
  if (delay !== undefined || !(wait instanceof Queue)) service.wait = delay
  governor.active += Number(isActive(service)) - Number(wasActive)
  if (governor.active > 0 && governor.hold !== undefined) governor.release ??= governor.hold()
  changed(service)
  if (wait !== undefined && wait !== delay && !(wait instanceof Queue)) wait.fiber?.interruptUnsafe()
}

/** The services that this one is bound to count its runs. One of them may go down once this run is gone. */
const countRun = (
  { governor, run: before, spec: { options: { bindsTo } } }: ServiceState,
  run: RunState | undefined
) => {
  const runs = Number(run !== undefined) - Number(before !== undefined)
  if (bindsTo === undefined || runs === 0) return
  for (const name of bindsTo) {
    const dependency = governor.services.get(name)
    if (dependency === undefined) continue
    const rare = rareOf(dependency)
    rare.boundRuns += runs
    if (rare.isAdrift && rare.boundRuns === 0) governor.adrift.put(dependency)
  }
}

/** A run of the service, or of a governor inside of it, was abandoned; undefined: the abandoned run has settled. */
export const setLost = (service: ServiceState, lost: Lost | undefined): void => {
  const { governor } = service
  const wasActive = isActive(service)
  governor.lost += Number(lost !== undefined) - Number(rareOf(service).lost !== undefined)
  rareOf(service).lost = lost
  governor.active += Number(isActive(service)) - Number(wasActive)
}

/** The run does its work now. Of a service that has to complete, only its completion says so. */
export const becomeReady = (run: RunState, time?: number): void => {
  const service = run.of
  if (isGone(run) || service.status._tag !== "Starting") return
  const { governor, rare, spec } = service
  const known = service.readyRun === run.run ? again : tookOf(run)
  if (remembers(spec.policy)) rareOfRun(run).readyAt = monotonic(governor)
  service.readyRun = run.run
  if (rare !== undefined) rare.hung = undefined
  run.rare?.watchdog?.ready()
  run.rare?.probes?.ready()
  record(service, fact(service, "ServiceReady", time), known)
  changed(service)
}

const again = { isAgain: true }

/** The latest run of the service has failed. It may have been abandoned before. */
export const tellCrash = (service: ServiceState, cause: Cause.Cause<unknown>, time?: number): void => {
  const { rare, status } = service
  record(service, { ...fact(service, "ServiceCrashed", time), cause })
  if (rare === undefined) return
  rare.hung = undefined
  if (rare.abandoned === status) rare.abandoned = service.status
}

/** What becomes known of the process of an abandoned run is not told: the status of the service is that of the run after. */
export const tellProcess = (run: RunState, ...[tag, known]: Parameters<TellProcess>): void => {
  if (isGone(run)) return
  const process = tag === "ProcessStarted" ? known : { ...run.of.status.process, ...known }
  record(run.of, { ...fact(run.of, tag), process })
  attend(run.of.governor)
}

/** How long the run took to become ready for the first time, where that was measured. */
const tookOf = ({ of, rare }: RunState): Detail | undefined => {
  if (rare?.beganAt === undefined) return undefined
  const took = monotonic(of.governor) - rare.beganAt
  rare.beganAt = undefined
  return { took }
}

/** The service has changed: tells its dependents and its waiters, and puts it into the queue where its turn comes. */
export const changed = (service: ServiceState): void => {
  const { governor, rare } = service
  if (rare !== undefined) {
    publish(service)
    if (rare.lease !== undefined) governor.leases.put(service)
    if (rare.isAdrift || isAdrift(service)) governor.adrift.put(service)
    const call = rare.waiters?.take(service)
    if (call !== undefined) governor.answers.push(call)
  }
  for (const descent of governor.descents) Descent.look(descent, service)
  if (!isNext(service)) return
  if (isInVain(service)) governor.vain.put(service)
  else if (rare !== undefined && rare.unready > 0) governor.waits.add(service)
  else if (service.wait === undefined && mayBegin(service)) lineUp(service)
}

/** Tells the services that depend on this one what its standing is, if the standing has changed. */
export const publish = (service: ServiceState): void => {
  const { governor: { graph, services }, name, rare } = service
  if (graph.isEmpty) return
  const before: Standings = [rare!.standing, rare!.boundStanding]
  const after: Standings = [standing(service), boundStanding(service)]
  if (before[0] === after[0] && before[1] === after[1]) return
  rare!.standing = after[0]
  rare!.boundStanding = after[1]
  for (const dependent of graph.dependentsOf(name)) {
    const isBound = graph.isBound(dependent, name)
    const index = isBound ? 1 : 0
    if (before[index] !== after[index]) {
      tellDependent(services.get(dependent)!, name, isBound, before[index], after[index])
    }
  }
}

/** To the services that depend on one, and to those that are bound to it. */
type Standings = readonly [Standing, Standing]

const tellDependent = (
  service: ServiceState,
  dependency: string,
  isBound: boolean,
  before: Standing,
  after: Standing
): void => {
  const rare = rareOf(service)
  const difference = Number(after !== "Ready") - Number(before !== "Ready")
  rare.unready += difference
  if (isBound) rare.unbound += difference
  rare.failed += Number(after === "Failed") - Number(before === "Failed")
  if (service.status._tag === "Waiting") rare.changes.push(dependency)
  changed(service)
}

/** A start has its turn at once; a restart, within the budget of the process. */
const lineUp = (service: ServiceState): void => {
  const { aim, governor: { starts }, rare } = service
  if (aim === "Policy" || aim === "Group" || aim === "Bound" || rare?.isOfGroup === true) return restartSoon(service)
  service.wait = starts
  starts.put(service)
}
