/**
 * What follows a run that ended by itself: the answer of the restart policy, and the delay between two runs.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { RestartLimitExceeded } from "../../GovernorError.ts"
import type { Delays } from "../../RestartPolicy.ts"
import { decideAtOnce, decideInGroup, Memory, remembers } from "../lifecycle/Memory.ts"
import type { Outcome } from "../lifecycle/outcome.ts"
import { type Delay, rareOf, type RunState, type ServiceState } from "../lifecycle/ServiceState.ts"
import { after } from "./after.ts"
import { hold, takeDown } from "./group.ts"
import { attend } from "./loop.ts"
import { loseInside, over } from "./over.ts"
import { complain, fact, monotonic, now, record, set } from "./record.ts"

/** How the latest run of a service ended. */
export interface Ended {
  readonly exit: Exit.Exit<unknown, unknown>
  readonly outcome: Outcome
  /** When: epoch milliseconds. */
  readonly time: number
  /** The run had been abandoned before: its service is `Failed` already, and its restart takes nobody down. */
  readonly isLate: boolean
  /** Services have failed because that run was abandoned: they wait again once this one restarts. */
  readonly revives: boolean
}

/** The latest run of the service has ended so: its policy decides. */
export const restartOrNot = (service: ServiceState, ended: Ended): void => {
  const { exit, outcome, time } = ended
  const decision = decide(service, exit)
  switch (decision._tag) {
    case "Stop":
      return end(service, ended, outcome)
    case "GiveUp": {
      const failure = outcome.cause && { cause: Cause.squash(outcome.cause) }
      const cause = Cause.fail(new RestartLimitExceeded({ ...decision, ...failure, service: service.name }))
      record(service, { ...fact(service, "RestartLimitExceeded", time), cause })
      return end(service, ended, { _tag: "Crashed", restart: false, cause })
    }
    case "AskSchedule":
      if (loseInside(service, exit)) return
      if (decision.constant !== undefined) return backOff(service, decision.constant, ended)
      return askSchedule(service, decision.schedule, ended)
  }
}

/** No other run follows. A service whose run was abandoned is `Failed` already. */
const end = (service: ServiceState, { isLate, time }: Ended, outcome: Outcome): void =>
  isLate ? set(service, "Over", undefined) : over(service, outcome, time)

const decide = (service: ServiceState, exit: Ended["exit"]) => {
  const { rare, run, spec: { policy } } = service
  if (rare !== undefined && rare.holds > 0) {
    if (run !== undefined) lookBack(run) // the group counts nothing, but the run may have been ready for long
    return decideInGroup(policy, exit)
  }
  return remembers(policy)
    ? memoryOf(service).decide(policy, exit, run?.rare?.readyAt, monotonic(service.governor))
    : decideAtOnce(policy, exit)
}

const memoryOf = (service: ServiceState): Memory => rareOf(service).memory ??= new Memory()

/** The schedule is an effect, which may take its time. */
const askSchedule = (service: ServiceState, schedule: Delays, ended: Ended): void => {
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
      complain(service, "its restart schedule failed", answer.cause)
      end(service, answered, { _tag: "Crashed", restart: false, cause: answer.cause })
    } else if (answer.value === undefined) end(service, answered, ended.outcome)
    else backOff(service, answer.value, answered)
    attend(governor)
  })
}

/** The next run begins after the delay. Without a delay it begins within the budget of the process. */
const backOff = (service: ServiceState, millis: number, { isLate, outcome: { cause }, revives, time }: Ended): void => {
  const { governor, name, spec: { place: { context } }, status: { run } } = service
  // One expression, not `withCause`: this is part of each restart.
  record(service, { _tag: "RestartScheduled", service: name, run, time, delay: millis, ...(cause && { cause }) })
  const held = governor.strategy === "one-for-one" || isLate ? undefined : hold(service)
  const delay: Delay | undefined = millis === 0 ? undefined : { fiber: undefined }
  set(service, "Policy", undefined, delay)
  if (held !== undefined) takeDown(service, held)
  if (revives) revive(service)
  if (delay === undefined) return
  delay.fiber = after(context, millis, () => {
    if (service.wait !== delay) return
    set(service, "Policy", undefined)
    attend(governor)
  })
}

/** The run was asked to end. Like a run that ends by itself, it may have been ready long enough for the policy to start over. */
export const lookBack = ({ of: service, rare }: RunState): void => {
  const { policy } = service.spec
  if (rare !== undefined && remembers(policy)) {
    service.rare?.memory?.lookBack(policy, rare.readyAt, monotonic(service.governor))
  }
}

/** A start by hand: the restart policy starts over. */
export const forget = (service: ServiceState): void => {
  service.rare?.memory?.forget()
  service.readyRun = 0
}

/** Services that have failed only through this one wait for it again. */
const revive = ({ governor: { graph, services }, name }: ServiceState): void => {
  for (const dependent of graph.dependentsOf(name)) {
    const service = services.get(dependent)!
    const { failed, failedInVain, standing } = service.rare!
    if (service.aim !== "Over" || failedInVain === undefined || failed > 0) continue
    set(service, failedInVain, undefined)
    if (standing === "Failed") revive(service)
  }
}
