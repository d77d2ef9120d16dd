/**
 * The state machine that keeps one service up: from its commands and the exits of its runs to the next run.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { type StopReason, withCause } from "../GovernorEvent.ts"
import type { Contained } from "../ServiceRun.ts"
import { isOver } from "../ServiceStatus.ts"
import { Ending, type Home as EndingHome } from "./Ending.ts"
import { remembers } from "./Memory.ts"
import { classify, errorsOf, type Outcome } from "./outcome.ts"
import {
  type Begin,
  hasRun,
  idle,
  isEnd,
  isLive,
  isRunning,
  type Next,
  nextAfter,
  over,
  type Phase,
  removed
} from "./phase.ts"
import * as Pump from "./pump.ts"
import { type Owner, Run } from "./Run.ts"
import { watch } from "./Watchdog.ts"

/** What a machine needs of its governor. Nobody hears of its facts before `settle`. */
export interface Home extends EndingHome {
  moved(machine: Machine, from: Phase, to: Phase): void
  settle(machine: Machine): void
  /** There is a governor inside of its run. */
  contains(machine: Machine): void
}

/** A class, for there may be 100,000 of them: with `private` methods, for those with a `#` add a field to each. */
export class Machine extends Ending<Home> implements Owner {
  // --- commands: each says what is wanted; the exits of runs do the rest ---

  start(): void {
    // One that was started with it may be significant, and have failed at once.
    if (this.isClosing || !this.home.isOpen) return
    switch (this.phase._tag) {
      case "Idle":
      case "Over":
      case "Backoff":
        this.become("Start")
        break
      case "Stopping":
        this.phase.next = "Start"
        break
      default: // it is up, or never can be again
    }
    this.home.settle(this)
  }

  /** Ends whatever is going on; the reason says what comes then. */
  leave(reason: StopReason): void {
    this.leaveTo(reason, nextAfter[reason])
    this.home.settle(this)
  }

  /** Goes down for a while, as one of a group: a hold keeps it from beginning again. */
  retreat(): void {
    if (isRunning(this.phase) && this.home.isOpen) this.endRun(this.phase, "strategy", "Wait")
    this.home.settle(this)
  }

  // --- told by the run ---

  passedFirstStretch(run: Run): void {
    if (this.readiness === "automatic") this.ready(run)
  }

  ready(run: Run): void {
    if (this.phase._tag !== "Live" || this.phase.run !== run || this.readiness === "completed") return
    this.becomeReady(run)
    this.home.settle(this)
  }

  ended(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    if (hasRun(this.phase) && this.phase.run !== run) return // it was over before
    switch (this.phase._tag) {
      case "Live":
        this.endedByItself(run, exit, classify(exit, run.overForGood))
        break
      case "Hung":
        this.endedHung(this.phase, exit)
        break
      case "Stopping":
        this.endedAsAsked(this.phase, exit)
        break
      case "Abandoned":
        return this.failedLate(run, exit._tag === "Failure" ? exit.cause : undefined)
      default: // no run is left that could end
    }
    this.home.settle(this)
  }

  /** It had been abandoned, or it left something behind that failed. */
  failedLate(run: Run, all: Cause.Cause<unknown> | undefined): void {
    const cause = all && errorsOf(Exit.failCause(all))
    if (cause !== undefined) this.record({ ...this.fact("LateFailure", run.run), cause })
    this.home.settle(this)
  }

  // --- how a service leaves the state it is in ---

  private leaveTo(reason: StopReason, next: Next): void {
    switch (this.phase._tag) {
      case "Idle":
      case "Over":
        return next === "Stop" ? undefined : this.become(next)
      case "Hung":
      case "Live":
        return this.endRun(this.phase, reason, next)
      case "Stopping":
        // A removal is not taken back by a shutdown that comes meanwhile, nor at all if it is that of a layer.
        if (this.phase.next !== "Remove" || (reason !== "shutdown" && !this.isClosing)) this.phase.next = next
        return
      case "Backoff":
      case "Waiting":
      case "Queued":
        if (isOver(this.status)) return this.become(next)
        this.record({ ...this.fact("ServiceStopping", this.status.run), reason })
        if (isEnd(next)) this.record(this.fact("ServiceStopped", this.status.run))
        return this.become(next)
      default: // there is nothing to leave
    }
  }

  private become(next: Next): void {
    switch (next) {
      case "Start":
        this.forget()
        this.readyRun = 0
        return this.begin(0)
      case "Restart":
        return this.begin(this.status.restarts)
      case "Wait":
        return this.spec.isTemporary
          ? this.move(over)
          : this.begin(this.status.restarts + 1, Pump.beginWithinBudget)
      case "Stop":
        return this.move(idle)
      case "Remove":
        if (this.cannotBegin()) return
        this.move(removed)
        return this.record(this.fact("ServiceRemoved", this.status.run))
    }
  }

  // --- how runs end ---

  /** Removed as soon as it has no run, whatever ended that: its layer waits no longer. In a shutdown it stays for the report. */
  private get isLeaving(): boolean {
    return this.isClosing && this.home.isOpen
  }

  private endedByItself(run: Run, exit: Exit.Exit<unknown, unknown>, outcome: Outcome): void {
    run.watchdog?.close()
    const time = this.home.now() // of all that follows at once: reading it takes a tenth of a restart
    if (outcome._tag === "Completed") {
      this.becomeReady(run, time) // at the latest
      this.record(this.fact("ServiceCompleted", run.run, time))
    } else {
      this.record({ ...this.fact("ServiceCrashed", run.run, time), cause: outcome.cause })
    }
    if (!outcome.restart || !this.home.isOpen || this.isClosing) {
      this.over(outcome, time)
      return this.isLeaving ? this.become("Remove") : undefined // unless it was significant, and all ends now
    }
    this.restartOrNot(run, outcome._tag === "Completed" ? Exit.void : exit, outcome, time)
  }

  private becomeReady(run: Run, time?: number): void {
    if (this.status._tag !== "Starting") return
    if (remembers(this.spec.policy)) run.readyAt = this.home.monotonic()
    this.readyRun = run.run
    run.watchdog?.ready()
    this.record(this.fact("ServiceReady", run.run, time))
  }

  protected over(outcome: Outcome, time?: number): void {
    this.move(over)
    const { run } = this.status
    if (outcome._tag === "Completed") this.record(this.fact("ServiceStopped", run, time))
    else this.record({ ...this.fact("ServiceFailed", run, time), cause: outcome.cause })
    if (this.spec.options.significant) this.home.significantIsOver(this.name, outcome.cause)
  }

  /** It ended only because it was asked to; whatever it failed with comes second. */
  private endedHung(
    { deadline, error, run }: Phase & { readonly _tag: "Hung" },
    exit: Exit.Exit<unknown, unknown>
  ): void {
    deadline?.interruptUnsafe()
    const cause = Cause.fromReasons([Cause.makeFailReason<unknown>(error), ...(errorsOf(exit)?.reasons ?? [])])
    this.endedByItself(run, Exit.failCause(cause), { _tag: "Crashed", restart: !run.overForGood, cause })
  }

  private endedAsAsked(stopping: Phase & { readonly _tag: "Stopping" }, exit: Exit.Exit<unknown, unknown>): void {
    stopping.deadline?.interruptUnsafe()
    const errors = errorsOf(exit)
    const { run } = stopping.run
    const next = this.isLeaving ? "Remove" : stopping.next
    const time = this.home.now() // of both
    this.record(withCause(this.fact("ServiceInterrupted", run, time), errors))
    if (isEnd(next)) this.record(withCause(this.fact("ServiceStopped", run, time), errors))
    this.become(next)
  }

  // --- a governor inside of its run ---

  contains(run: Run, governor: Contained): void {
    if (run.run !== this.status.run) return
    this.inside = governor
    this.home.contains(this)
  }

  // --- the next run ---

  protected queue(restarts: number, begin: Begin): void {
    if (this.cannotBegin()) return
    const run = new Run(this, this.status.run + 1)
    this.move({ _tag: "Queued", run, restarts, begin })
    begin(run)
  }

  starting(run: Run): boolean {
    if (this.phase._tag !== "Queued" || this.phase.run !== run) return false // a command was quicker
    const { begin, restarts } = this.phase
    if (this.waits(restarts, begin)) { // since it was queued something has changed
      this.home.settle(this)
      return false
    }
    this.inside = undefined
    this.move({ _tag: "Live", run })
    this.recordStarting(run.run, restarts)
    this.home.settle(this)
    if (isLive(this.phase)) {
      run.watchdog = watch(this, run)
      return true
    }
    this.ended(run, Exit.interrupt()) // a listener that has just heard of it stopped it
    return false
  }

  protected move(phase: Phase): void {
    const from = this.phase
    this.phase = phase
    this.home.moved(this, from, phase)
    if (from._tag === "Backoff") from.timer?.interruptUnsafe() // only now, for it tells the phase it finds
  }
}
