/**
 * What a restart policy remembers from run to run: limits count ends, schedules have a state.
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import {
  type Checked,
  decide,
  type Decision,
  type DelaySchedule,
  type History,
  noHistory
} from "../../RestartPolicy.ts"

type Restarting = Exclude<Checked, { readonly _tag: "Never" }>
type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Exit.Exit<unknown, unknown>, unknown, never>>>

export class Memory {
  #history: History = noHistory
  #step: Step | undefined

  /**
   * A run that was ready since `readyAt` has ended, or is asked to. If it was ready for long enough, the policy starts
   * over.
   */
  resetIfReadyLong(policy: Restarting, readyAt: number | undefined, now: number): void {
    if (readyAt !== undefined && now - readyAt >= policy.resetAfter) this.forget()
  }

  /** Decides what follows the end of a run. */
  decide(policy: Restarting, exit: Exit.Exit<unknown, unknown>, readyAt: number | undefined, now: number): Decision {
    this.resetIfReadyLong(policy, readyAt, now)
    const decision = decide(policy, this.#history, exit, now)
    if (decision._tag === "Restart") this.#history = decision.history
    return decision
  }

  /** Whether `decide` would let the service run again. Nothing is counted. */
  wouldRestart(policy: Restarting, exit: Exit.Exit<unknown, unknown>, now: number): boolean {
    return decide(policy, this.#history, exit, now)._tag === "Restart"
  }

  /** The next delay in milliseconds; undefined when the schedule is done. The step function is made at the first end. */
  nextDelay(
    schedule: DelaySchedule,
    exit: Exit.Exit<unknown, unknown>,
    now: number
  ): Effect.Effect<number | undefined, unknown> {
    const step = this.#step === undefined ? Schedule.toStep(schedule) : Effect.succeed(this.#step)
    const next = Effect.flatMap(step, (step) => {
      this.#step = step
      return step(now, exit)
    })
    return Pull.matchEffect(next, {
      onSuccess: ([, delay]) => Effect.succeed<number | undefined>(Duration.toMillis(delay)),
      onFailure: (cause: Cause.Cause<unknown>) => Effect.failCause(cause),
      onDone: () => Effect.succeed(undefined)
    })
  }

  forget(): void {
    this.#history = noHistory
    this.#step = undefined
  }
}

/** The decision for a service that a group holds: whether it restarts. It has no delay of its own, and counts nothing. */
export const decideInGroup = (policy: Checked, exit: Exit.Exit<unknown, unknown>): Decision =>
  decideAtOnce(policy._tag === "Never" ? policy : { ...policy, constant: 0, maxRestarts: Infinity }, exit)

/** Whether a policy needs a memory: a policy with a constant delay and no limits needs none. */
export const remembers = (policy: Checked): policy is Restarting =>
  policy._tag !== "Never" && (policy.constant === undefined || policy.maxRestarts !== Infinity)

/** The decision of a policy that needs no memory. */
export const decideAtOnce = (policy: Checked, exit: Exit.Exit<unknown, unknown>): Decision =>
  decide(policy, noHistory, exit, 0)
