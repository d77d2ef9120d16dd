/**
 * What follows a run that ended by itself: the answer of the restart policy, and the delay between two runs.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { RestartLimitExceeded } from "../../GovernorError.ts"
import type { ServiceEvent } from "../../GovernorEvent.ts"
import type { DelaySchedule } from "../../RestartPolicy.ts"
import { isOpen } from "../lifecycle/GovernorState.ts"
import { decideAtOnce, decideInGroup, Memory, remembers } from "../lifecycle/Memory.ts"
import type { Outcome } from "../lifecycle/outcome.ts"
import { type Delay, rareOf, rareOfRun, type RunState, type ServiceState } from "../lifecycle/ServiceState.ts"
import { after } from "./after.ts"
import { hold, takeDown } from "./group.ts"
import { attend } from "./loop.ts"
import { failIfLostInside, over, removeIfOver } from "./over.ts"
import { fact, monotonic, nextSequence, now, record, say, set } from "./record.ts"

/** How the latest run of a service ended. */
export interface EndOfRun {
  readonly exit: Exit.Exit<unknown, unknown>
  readonly outcome: Outcome
  /** When: epoch milliseconds. */
  readonly time: number
  /** The run had been abandoned before: its service is `Failed` already, and its restart takes nobody down. */
  readonly isLate: boolean
  /** The services that may have failed because that run was abandoned: they wait again once this one restarts. */
  readonly revives: ReadonlyArray<ServiceState>
}

/** The latest run of the service has ended so: its policy decides. */
export const restartOrNot = (service: ServiceState, ended: EndOfRun): void => {
  const { exit, outcome, time } = ended
  const decision = askPolicy(service, exit)
  if (decision._tag !== "Stop" && decision.threw !== undefined) {
    const message = "the condition of its restart policy threw, so the policy decides without the condition"
    say(service, { level: "Error", message, cause: Cause.fromReasons([decision.threw]) })
  }
  switch (decision._tag) {
    case "Stop":
      return endForGood(service, ended, outcome)
    case "GiveUp": {
      const { exits, maxRestarts, withinMillis } = decision
      const latest = outcome.cause && { cause: Cause.squash(outcome.cause) }
      const error = new RestartLimitExceeded({ service: service.name, maxRestarts, withinMillis, exits, ...latest })
      const cause = Cause.fail(error)
      record(service, { ...fact(service, "RestartLimitExceeded", time), cause })
      return endForGood(service, ended, { _tag: "Crashed", restart: false, cause })
    }
    case "Restart":
      if (failIfLostInside(service, exit)) return
      if (decision.constant !== undefined) return scheduleRestart(service, decision.constant, ended)
      return askSchedule(service, decision.schedule, ended)
  }
}

/** No other run follows. A service whose run was abandoned is `Failed` already. */
const endForGood = (service: ServiceState, { isLate, time }: EndOfRun, outcome: Outcome): void => {
  if (!isLate) return over(service, outcome, time)
  set(service, "Over", undefined)
  removeIfOver(service)
}

const askPolicy = (service: ServiceState, exit: EndOfRun["exit"]) => {
  const { rare, run, spec: { policy } } = service
  if (rare !== undefined && rare.holds > 0 && run?.rare?.isHead !== true) {
    if (run !== undefined) resetIfReadyLong(run) // the group counts nothing, but the run may have been ready for long
    return decideInGroup(policy, exit)
  }
  return remembers(policy)
    ? memoryOf(service).decide(policy, exit, run?.rare?.readyAt, monotonic(service.governor))
    : decideAtOnce(policy, exit)
}

/**
 * The run ends by itself, and its finalizers have yet to work. If the policy lets the service run again as things are, the
 * group is formed now: the others must not crash of what the finalizers close. Returns whether there are others.
 */
export const takeOthersDown = (run: RunState, exit: EndOfRun["exit"]): boolean => {
  const service = run.of
  const { governor, rare } = service
  if (run.rare?.isHead === true) return true
  if (governor.strategy === "one-for-one" || !isOpen(governor) || rare?.isClosing === true) return false
  resetIfReadyLong(run) // else the limits would count what they forget as the run has ended
  const members = wouldRestart(service, exit) ? hold(service) : undefined
  if (members === undefined) return false
  rareOfRun(run).isHead = true
  takeDown(service, members)
  return true
}

const wouldRestart = (service: ServiceState, exit: EndOfRun["exit"]): boolean => {
  const { governor, spec: { policy } } = service
  return remembers(policy)
    ? memoryOf(service).wouldRestart(policy, exit, monotonic(governor))
    : decideAtOnce(policy, exit)._tag === "Restart"
}

const memoryOf = (service: ServiceState): Memory => rareOf(service).memory ??= new Memory()

/** The schedule is an effect, which may take its time. */
const askSchedule = (service: ServiceState, schedule: DelaySchedule, ended: EndOfRun): void => {
  const { governor, spec: { place: { context } } } = service
  const asking: Delay = { fiber: undefined }
  set(service, "Policy", undefined, asking)
  const ask = memoryOf(service).nextDelay(schedule, ended.exit, now(governor))
  const fiber = asking.fiber = Effect.runForkWith(context)(ask)
  if (service.wait !== asking) fiber.interruptUnsafe() // the schedule itself gave a command
  fiber.addObserver((answer) => {
    if (service.wait !== asking) return // a command was quicker
    const answered = { ...ended, time: now(governor) }
    if (answer._tag === "Failure") {
      say(service, { level: "Error", message: "its restart schedule failed", cause: answer.cause })
      endForGood(service, answered, { _tag: "Crashed", restart: false, cause: answer.cause })
    } else if (answer.value === undefined) endForGood(service, answered, ended.outcome)
    else scheduleRestart(service, answer.value, answered)
    attend(governor)
  })
}

const inGroup = { isHeld: true }

/** Two literals, because a spread takes longer, and this is part of each restart. */
const scheduled = (
  { governor, name, status: { run } }: ServiceState,
  time: number,
  delay: number,
  cause: Cause.Cause<unknown> | undefined
): ServiceEvent => {
  const sequence = nextSequence(governor)
  return cause === undefined
    ? { _tag: "RestartScheduled", service: name, run, time, sequence, delay }
    : { _tag: "RestartScheduled", service: name, run, time, sequence, delay, cause }
}

/** The next run begins after the delay. Without a delay it begins within the budget of the process. */
const scheduleRestart = (
  service: ServiceState,
  millis: number,
  { isLate, outcome: { cause }, revives, time }: EndOfRun
): void => {
  const { governor, spec: { place: { context } } } = service
  const held = governor.strategy === "one-for-one" || isLate ? undefined : hold(service)
  const isHeld = service.rare !== undefined && service.rare.holds > 0
  record(service, scheduled(service, time, millis, cause), isHeld ? inGroup : undefined)
  const delay: Delay | undefined = millis === 0 ? undefined : { fiber: undefined }
  set(service, "Policy", undefined, delay)
  if (held !== undefined) takeDown(service, held)
  if (revives.length > 0) revive(revives)
  if (delay === undefined) return
  delay.fiber = after(context, millis, () => {
    if (service.wait !== delay) return
    set(service, "Policy", undefined)
    attend(governor)
  })
}

/** The run was asked to end. Like a run that ends by itself, it may have been ready long enough for the policy to start over. */
export const resetIfReadyLong = ({ of: service, rare }: RunState): void => {
  const { policy } = service.spec
  if (rare !== undefined && remembers(policy)) {
    service.rare?.memory?.resetIfReadyLong(policy, rare.readyAt, monotonic(service.governor))
  }
}

/** A start by hand: the restart policy starts over. */
export const forget = (service: ServiceState): void => {
  service.readyRun = 0 - service.status.run // `-0` would be a number object of its own for each service
  if (service.rare === undefined) return
  service.rare.memory?.forget()
  service.rare.hung = undefined
}

/** The services that have failed because they depend on this one, or are bound to it, if it has failed now. */
export const failedThrough = (
  { governor: { graph, services }, name, rare }: ServiceState
): ReadonlyArray<ServiceState> => {
  if (rare === undefined) return []
  const isFailed = (dependent: string) =>
    (graph.isBound(dependent, name) ? rare.boundStanding : rare.standing) === "Failed"
  const failed = Array.from(graph.dependentsOf(name)).filter(isFailed)
  return failed.flatMap((dependent) => services.get(dependent) ?? [])
}

/** Services that have failed only through one that restarts wait for it again. So do those that have failed only through them. */
const revive = (failed: ReadonlyArray<ServiceState>): void => {
  const all = Array.from(failed)
  for (const service of all) {
    const rare = rareOf(service)
    if (service.aim !== "Over" || rare.failedInVain === undefined || rare.failed > 0) continue
    const aim = rare.failedInVain
    all.push(...failedThrough(service))
    rare.failedInVain = undefined
    set(service, aim, undefined)
  }
}
