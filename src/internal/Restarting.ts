/**
 * What follows a run that ended by itself: the answer of its policy, and the delay between two runs.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { RestartLimitExceeded } from "../GovernorError.ts"
import { after } from "./after.ts"
import { Facts, type Recorder } from "./Facts.ts"
import { decideAtOnce, decideInGroup, type Delays, Memory, remembers } from "./Memory.ts"
import type { Outcome } from "./outcome.ts"
import { idle, type Phase } from "./phase.ts"
import * as Pump from "./pump.ts"
import type { Run } from "./Run.ts"

/** What the time between two runs needs of a governor. */
export interface Home extends Recorder {
  /** Milliseconds for measuring. */
  monotonic(): number
  /** A step is done and all is consistent: listeners may be called now. */
  settle(service: unknown): void
  /** It is about to restart: holds those that restart with it, gives what takes them down; undefined: there are none. */
  readonly regroup: ((service: { readonly name: string }) => (() => void) | undefined) | undefined
  /** An error that no event tells: told with those of this step. */
  complain(service: Facts<Recorder>, message: string, cause: Cause.Cause<unknown>): void
}

export abstract class Restarting<H extends Home> extends Facts<H> {
  phase: Phase = idle
  #memory: Memory | undefined
  /** How many groups hold it: it begins when none does. */
  protected holds = 0

  protected abstract move(phase: Phase): void
  protected abstract over(outcome: Outcome, time?: number): void
  /** Whether there can be no other run: then it has failed, with this cause besides. */
  protected abstract cannotBegin(cause: Cause.Cause<unknown> | undefined): boolean
  /** Begins the next run, the one with so many restarts before it. */
  protected abstract begin(restarts: number, how?: (run: Run) => void): void

  protected restartOrNot(run: Run, exit: Exit.Exit<unknown, unknown>, outcome: Outcome, time: number): void {
    const { policy } = this.spec
    if (this.holds > 0) this.lookBack(run) // it counts nothing, but it may have been ready for long
    const decision = this.holds > 0 ? decideInGroup(policy, exit) : remembers(policy)
      ? (this.#memory ??= new Memory()).decide(policy, exit, run.readyAt, this.home.monotonic())
      : decideAtOnce(policy, exit)
    switch (decision._tag) {
      case "Stop":
        return this.over(outcome, time)
      case "GiveUp": {
        const failure = outcome.cause && { cause: Cause.squash(outcome.cause) }
        const cause = Cause.fail(new RestartLimitExceeded({ ...decision, ...failure, service: this.name }))
        this.record({ ...this.fact("RestartLimitExceeded", run.run, time), cause })
        return this.over({ _tag: "Crashed", restart: false, cause }, time)
      }
      case "AskSchedule":
        if (this.cannotBegin(outcome.cause)) return
        if (typeof decision.delay === "number") return this.backOff(decision.delay, outcome, time)
        return this.askSchedule(decision.delay, exit, outcome)
    }
  }

  private askSchedule(schedule: Delays, exit: Exit.Exit<unknown, unknown>, outcome: Outcome): void {
    const backoff: Phase = { _tag: "Backoff", timer: undefined }
    this.move(backoff)
    const delay = (this.#memory ??= new Memory()).nextDelay(schedule, exit, this.home.now())
    const timer = backoff.timer = Effect.runForkWith(this.spec.place.context)(delay)
    if (this.phase !== backoff) timer.interruptUnsafe() // the schedule itself gave a command
    timer.addObserver((answer) => {
      if (this.phase !== backoff) return // a command was quicker
      if (answer._tag === "Failure") {
        this.home.complain(this, "its restart schedule failed", answer.cause)
        this.over({ _tag: "Crashed", restart: false, cause: answer.cause })
      } else if (answer.value === undefined) this.over(outcome)
      else this.backOff(answer.value, outcome)
      this.home.settle(this)
    })
  }

  private backOff(delay: number, outcome: Outcome, time?: number): void {
    this.recordScheduled(delay, outcome.cause, time)
    const restarts = this.status.restarts + 1
    const takeOthers = this.holds === 0 ? this.home.regroup?.(this) : undefined
    if (delay === 0) this.begin(restarts, Pump.beginWithinBudget)
    else this.waitFor(delay, restarts)
    takeOthers?.()
  }

  private waitFor(delay: number, restarts: number): void {
    const backoff: Phase = { _tag: "Backoff", timer: undefined }
    this.move(backoff)
    backoff.timer = this.after(delay, () => {
      if (this.phase !== backoff) return
      this.begin(restarts, Pump.beginWithinBudget)
      this.home.settle(this)
    })
  }

  /** It is asked to end: as with one that ended, it may have been ready long enough for all to be forgotten. */
  protected lookBack({ readyAt }: Run): void {
    const { policy } = this.spec
    if (remembers(policy)) this.#memory?.lookBack(policy, readyAt, this.home.monotonic())
  }

  /** A start by hand: nothing that was counts any more. */
  protected forget(): void {
    this.#memory?.forget()
  }

  after(millis: number, then: () => void): Fiber.Fiber<void> {
    return after(this.spec.place.context, millis, then)
  }
}
