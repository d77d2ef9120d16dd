/**
 * How a run is asked to end: how long it has for that, and what becomes of the service when this time is over.
 */
import * as Cause from "effect/Cause"
import { RunAbandoned, type RunTimedOut } from "../GovernorError.ts"
import type { StopReason } from "../GovernorEvent.ts"
import type { Contained } from "../ServiceRun.ts"
import { Beginning, type Home as BeginningHome } from "./Beginning.ts"
import { isA } from "./outcome.ts"
import { isEnding, type Next, type Phase, timeLeft } from "./phase.ts"
import type { Run } from "./Run.ts"

/** What the end of a run needs of a governor. */
export interface Home extends BeginningHome {
  /** Asks a run to end. */
  end(run: Run): void
  /** The machine is stopping and will not be done in this step. */
  stillStopping(): void
  /** A significant service is over for good, by this cause if it failed. */
  significantIsOver(service: string, cause: Cause.Cause<unknown> | undefined): void
  /** When the time of a shutdown that is under way is over; monotonic. */
  readonly until: number
}

export abstract class Ending<H extends Home> extends Beginning<H> {
  /** The governor inside of its latest run. */
  inside: Contained | undefined

  protected endRun(from: Phase & { readonly _tag: "Hung" | "Live" }, reason: StopReason, next: Next): void {
    const { run } = from
    if (from._tag === "Hung") from.deadline?.interruptUnsafe()
    run.watchdog?.close()
    this.lookBack(run)
    const stopping: Phase = { _tag: "Stopping", run, next, until: this.stopEnds, deadline: undefined }
    this.move(stopping)
    this.record({ ...this.fact("ServiceStopping", run.run), reason })
    this.askToEnd(stopping, () => this.home.end(run))
    if (from._tag === "Hung") this.inside?.hurry() // it was asked before, and may have less time now
  }

  /** It has had its time to be ready, or to say that it is alive. */
  timedOut(run: Run, error: RunTimedOut): void {
    if (this.phase._tag !== "Live" || this.phase.run !== run) return
    run.watchdog?.close()
    this.lookBack(run)
    run.readyAt = undefined // and no more
    const hung: Phase = { _tag: "Hung", run, error, until: this.stopEnds, deadline: undefined }
    this.move(hung)
    if (this.status._tag === "Running") {
      this.record({ ...this.fact("ServiceUnready", run.run), cause: Cause.fail(error) })
    }
    this.askToEnd(hung, () => run.end()) // at once: it comes from a timer, inside of nothing else
  }

  /** When its time to stop would be over, if it were asked to now; monotonic. */
  private get stopEnds(): number {
    const { stopTimeout } = this.spec
    return stopTimeout === undefined ? Infinity : this.home.monotonic() + stopTimeout
  }

  /** Within the time it has. */
  private askToEnd(phase: Phase & { readonly _tag: "Hung" | "Stopping" }, ask: () => void): void {
    const { stopTimeout } = this.spec
    this.home.settle(this)
    ask()
    if (this.phase !== phase) return
    this.home.stillStopping()
    if (stopTimeout === undefined || stopTimeout === Infinity) return
    phase.deadline = this.after(stopTimeout, () => this.abandon(stopTimeout))
  }

  /** The run has had its time. */
  abandon(afterMillis: number): void {
    if (!isEnding(this.phase)) return
    const { deadline, run } = this.phase
    const error = new RunAbandoned({ service: this.name, run: run.run, afterMillis })
    const errors: Array<unknown> = this.phase._tag === "Hung" ? [error, this.phase.error] : [error]
    const cause = Cause.fromReasons([...errors.map(Cause.makeFailReason), ...run.abandon()])
    this.move({ _tag: "Abandoned", error })
    deadline?.interruptUnsafe()
    this.record({ ...this.fact("ServiceAbandoned", run.run), cause })
    this.failed(cause)
    this.inside?.hurry() // nobody waits for it: those whose turn had not come are asked now, or never
    this.home.settle(this)
  }

  /**
   * Whether it cannot begin again, and has failed: inside of its latest run another one was given up that may still be there,
   * and a new governor would make a second copy of it.
   */
  protected cannotBegin(cause?: Cause.Cause<unknown>): boolean {
    const left = this.inside?.services().find(({ outcome }) => outcome === "Abandoned")
    const reason = left?.cause && Cause.squash(left.cause)
    if (left === undefined || !isA(RunAbandoned, reason)) return false
    const { afterMillis, run } = reason
    const error = new RunAbandoned({ service: `${this.name}/${left.name}`, run, afterMillis })
    this.move({ _tag: "Barred", error })
    this.failed(Cause.fromReasons([Cause.makeFailReason<unknown>(error), ...(cause?.reasons ?? [])]))
    return true
  }

  private failed(cause: Cause.Cause<unknown>): void {
    this.record({ ...this.fact("ServiceFailed", this.status.run), cause })
    if (this.spec.options.significant) this.home.significantIsOver(this.name, cause)
  }

  remaining(run: Run): number {
    return timeLeft(this.phase, run, this.home.monotonic(), this.home.until)
  }
}
