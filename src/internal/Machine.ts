/**
 * The state machine that keeps one service up: from its commands and the exits of its runs to the next run.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { RestartLimitExceeded, RunAbandoned } from "../GovernorError.ts"
import type { ServiceEvent, StopReason } from "../GovernorEvent.ts"
import { type Checked, decide, type History } from "../RestartPolicy.ts"
import { type ServiceStatus, transition } from "../ServiceStatus.ts"
import { classify, errorsIn, type Outcome } from "./outcome.ts"
import * as Pump from "./pump.ts"
import { type Owner, Run } from "./Run.ts"

/** What becomes of a service once its run has settled: the latest command wins. */
type Next = "Stop" | "Start" | "Remove"

/** What a service is about, with what must be held for it. */
export type Phase =
  /** Not started, or over. */
  | { readonly _tag: "Idle" }
  /** Its next run waits for its turn. */
  | { readonly _tag: "Queued"; readonly restarts: number }
  | { readonly _tag: "Live"; readonly run: Run }
  | { readonly _tag: "Stopping"; readonly run: Run; next: Next; deadline: Fiber.Fiber<void> | undefined }
  | { readonly _tag: "Backoff"; timer: Fiber.Fiber<unknown, unknown> | undefined }
  /** A run was given up. It may still be there, so there is no other. */
  | { readonly _tag: "Abandoned"; readonly run: Run; readonly error: RunAbandoned }
  | { readonly _tag: "Removed" }

const idle: Phase = { _tag: "Idle" }
const removed: Phase = { _tag: "Removed" }

/** Whether a service in this phase is meant to be up, or still is. */
export const isActive = (phase: Phase): boolean => {
  switch (phase._tag) {
    case "Idle":
    case "Abandoned":
    case "Removed":
      return false
    case "Queued":
    case "Live":
    case "Stopping":
    case "Backoff":
      return true
  }
}

/** What a machine needs of its governor. */
export interface Home {
  /** Epoch milliseconds. */
  now(): number
  /** Milliseconds for measuring. */
  monotonic(): number
  /** One fact, and the status it leads to if that is another one. Nobody hears of it before `settle`. */
  emit(event: ServiceEvent, status: ServiceStatus | undefined): void
  moved(machine: Machine, from: Phase, to: Phase): void
  /** A step is done and the machine consistent: listeners may be called now. */
  settle(machine: Machine): void
  /** The machine is stopping and will not be done in this step. */
  stillStopping(): void
}

/** What a service became after its options were checked and its defaults filled in. */
export interface Spec {
  readonly name: string
  readonly effect: Effect.Effect<unknown, unknown>
  readonly context: Context.Context<never>
  readonly policy: Checked
  readonly automatic: boolean
  readonly stopTimeout: number
}

type Step = (
  now: number,
  exit: Exit.Exit<unknown, unknown>
) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

/** A class, for there may be 100,000 of them. */
export class Machine implements Owner {
  readonly spec: Spec
  readonly home: Home
  status: ServiceStatus
  phase: Phase = idle
  /** How long its last stop took, in milliseconds. */
  stopMillis = 0
  #history: History | undefined
  #step: Step | undefined
  #waiters: Array<{ readonly until: (machine: Machine) => boolean; readonly resume: () => void }> | undefined

  constructor(spec: Spec, home: Home) {
    this.spec = spec
    this.home = home
    const event: ServiceEvent = { _tag: "ServiceAdded", service: spec.name, run: 0, time: home.now() }
    this.status = transition({ _tag: "Pending", name: spec.name, run: 0, restarts: 0, since: event.time }, event)
    home.emit(event, this.status)
  }

  get name(): string {
    return this.spec.name
  }
  get effect(): Effect.Effect<unknown, unknown> {
    return this.spec.effect
  }
  get context(): Context.Context<never> {
    return this.spec.context
  }

  // --- commands: each says what is wanted; the exits of runs do the rest ---

  start(): void {
    switch (this.phase._tag) {
      case "Idle":
      case "Backoff":
        this.#forget()
        this.#queue(0)
        break
      case "Stopping":
        this.phase.next = "Start"
        break
      case "Queued":
      case "Live":
      case "Abandoned":
      case "Removed":
    }
    this.home.settle(this)
  }

  stop(reason: StopReason): void {
    this.#leave(reason, "Stop")
    this.home.settle(this)
  }

  restart(): void {
    if (this.phase._tag === "Idle") this.#queue(this.status.restarts)
    else this.#leave("restart", "Start")
    this.home.settle(this)
  }

  remove(): void {
    if (this.phase._tag === "Idle") this.#become("Remove")
    else this.#leave("remove", "Remove")
    this.home.settle(this)
  }

  /** The run has had its time. */
  abandon(afterMillis: number): void {
    if (this.phase._tag !== "Stopping") return
    const { deadline, run } = this.phase
    const error = new RunAbandoned({ service: this.name, run: run.run, afterMillis })
    const cause = Cause.fail(error)
    this.#move({ _tag: "Abandoned", run, error })
    deadline?.interruptUnsafe()
    this.#record({ _tag: "ServiceAbandoned", ...this.#fact(run.run), cause })
    this.#record({ _tag: "ServiceFailed", ...this.#fact(run.run), cause })
    this.home.settle(this)
  }

  /** Waits until the machine is as described. */
  until(until: (machine: Machine) => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (until(this)) return resume(Effect.void)
      const waiter = { until, resume: () => resume(Effect.void) }
      ;(this.#waiters ??= []).push(waiter)
      return Effect.sync(() => {
        this.#waiters = this.#waiters?.filter((other) => other !== waiter)
      })
    })
  }

  /** Resumes those whose wait is over. */
  wake(): void {
    if (this.#waiters === undefined) return
    const done = this.#waiters.filter((waiter) => waiter.until(this))
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter))
    done.forEach((waiter) => waiter.resume())
  }

  // --- told by the run ---

  passedFirstStretch(run: Run): void {
    if (this.spec.automatic) this.ready(run)
  }

  ready(run: Run): void {
    if (this.phase._tag !== "Live" || this.phase.run !== run) return
    this.#becomeReady(run)
    this.home.settle(this)
  }

  ended(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    switch (this.phase._tag) {
      case "Live":
        this.#endedByItself(run, exit)
        break
      case "Stopping":
        this.#endedAsAsked(this.phase, exit)
        break
      case "Abandoned":
        this.#endedLate(run, exit)
        break
      case "Idle":
      case "Queued":
      case "Backoff":
      case "Removed":
    }
    this.home.settle(this)
  }

  // --- how a service leaves the state it is in ---

  /** Ends whatever is going on; then comes `next`. */
  #leave(reason: StopReason, next: Next): void {
    switch (this.phase._tag) {
      case "Live":
        return this.#endRun(this.phase.run, reason, next)
      case "Stopping":
        // A removal is not taken back by a shutdown that comes meanwhile.
        if (!(this.phase.next === "Remove" && reason === "shutdown")) this.phase.next = next
        return
      case "Backoff":
      case "Queued":
        if (isOver(this.status)) return this.#become(next)
        this.#record({ _tag: "ServiceStopping", ...this.#fact(this.status.run), reason })
        if (next !== "Start") this.#record({ _tag: "ServiceStopped", ...this.#fact(this.status.run) })
        return this.#become(next)
      case "Idle":
      case "Abandoned":
      case "Removed":
    }
  }

  #endRun(run: Run, reason: StopReason, next: Next): void {
    const stopping: Phase = { _tag: "Stopping", run, next, deadline: undefined }
    this.#move(stopping)
    this.#record({ _tag: "ServiceStopping", ...this.#fact(run.run), reason })
    this.home.settle(this)
    run.end()
    if (this.phase !== stopping) return
    this.home.stillStopping()
    if (this.spec.stopTimeout === Infinity) return
    const { stopTimeout } = this.spec
    stopping.deadline = this.#after(stopTimeout, () => this.abandon(stopTimeout))
  }

  #become(next: Next): void {
    if (this.phase._tag === "Backoff") this.phase.timer?.interruptUnsafe()
    switch (next) {
      case "Start":
        return this.#queue(this.status.restarts)
      case "Stop":
        return this.#move(idle)
      case "Remove":
        this.#move(removed)
        return this.#record({ _tag: "ServiceRemoved", ...this.#fact(this.status.run) })
    }
  }

  // --- how runs end ---

  #endedByItself(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const outcome: Outcome = run.overForGood && !hasErrors(exit)
      ? { _tag: "Completed", restart: false }
      : classify(exit)
    if (outcome._tag === "Completed") {
      this.#becomeReady(run) // at the latest
      this.#record({ _tag: "ServiceCompleted", ...this.#fact(run.run) })
      if (!outcome.restart) return this.#over(outcome)
    } else {
      this.#record({ _tag: "ServiceCrashed", ...this.#fact(run.run), cause: outcome.cause })
    }
    this.#restartOrNot(run, outcome._tag === "Completed" ? Exit.void : exit, outcome)
  }

  #becomeReady(run: Run): void {
    if (this.status._tag !== "Starting") return
    if (this.#remembers) run.readyAt = this.home.monotonic()
    this.#record({ _tag: "ServiceReady", ...this.#fact(run.run) })
  }

  #restartOrNot(run: Run, exit: Exit.Exit<unknown, unknown>, outcome: Outcome): void {
    const { policy } = this.spec
    const now = this.#remembers ? this.home.monotonic() : 0
    if (policy._tag !== "Never" && run.readyAt !== undefined && now - run.readyAt >= policy.resetAfter) this.#forget()
    const decision = decide(policy, this.#history ?? [], exit, now)
    switch (decision._tag) {
      case "Stop":
        return this.#over(outcome)
      case "GiveUp": {
        if (policy._tag === "Never") return
        const cause = Cause.fail(
          new RestartLimitExceeded({
            service: this.name,
            maxRestarts: policy.maxRestarts,
            withinMillis: policy.within,
            exits: decision.exits
          })
        )
        this.#record({ _tag: "RestartLimitExceeded", ...this.#fact(run.run), cause })
        return this.#over({ _tag: "Crashed", cause })
      }
      case "AskSchedule":
        if (policy._tag === "Never") return
        if (policy.maxRestarts !== Infinity) this.#history = decision.history
        if (typeof policy.delay === "number") return this.#backOff(policy.delay, outcome)
        return this.#askSchedule(policy.delay, exit, outcome)
    }
  }

  #over(outcome: Outcome): void {
    this.#move(idle)
    const fact = this.#fact(this.status.run)
    if (outcome._tag === "Completed") this.#record({ _tag: "ServiceStopped", ...fact })
    else this.#record({ _tag: "ServiceFailed", ...fact, cause: outcome.cause })
  }

  #endedAsAsked(stopping: Phase & { readonly _tag: "Stopping" }, exit: Exit.Exit<unknown, unknown>): void {
    stopping.deadline?.interruptUnsafe()
    const errors = exit._tag === "Failure" ? errorsIn(exit.cause) : undefined
    const fact = { ...this.#fact(stopping.run.run), ...(errors === undefined ? undefined : { cause: errors }) }
    this.#record({ _tag: "ServiceInterrupted", ...fact })
    if (stopping.next !== "Start") this.#record({ _tag: "ServiceStopped", ...fact })
    this.#become(stopping.next)
  }

  #endedLate(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const cause = exit._tag === "Failure" ? errorsIn(exit.cause) : undefined
    if (cause !== undefined) this.#record({ _tag: "LateFailure", ...this.#fact(run.run), cause })
  }

  // --- the delay between two runs ---

  #askSchedule(
    schedule: Schedule.Schedule<unknown, Exit.Exit<unknown, unknown>>,
    exit: Exit.Exit<unknown, unknown>,
    outcome: Outcome
  ): void {
    const backoff: Phase = { _tag: "Backoff", timer: undefined }
    this.#move(backoff)
    const step = this.#step === undefined ? Schedule.toStep(schedule) : Effect.succeed(this.#step)
    const answer = Effect.flatMap(step, (step) => {
      this.#step = step
      return step(this.home.now(), exit)
    })
    backoff.timer = Effect.runForkWith(this.context)(answer)
    backoff.timer.addObserver((answer) => {
      if (this.phase !== backoff) return // a command was quicker
      if (answer._tag === "Success") {
        this.#backOff(Duration.toMillis((answer as Exit.Success<[unknown, Duration.Duration]>).value[1]), outcome)
      } else {
        // Done, the service is over as it ended; failed, the schedule itself has crashed it.
        this.#over(Pull.isDoneCause(answer.cause) ? outcome : { _tag: "Crashed", cause: answer.cause })
      }
      this.home.settle(this)
    })
  }

  #backOff(delay: number, outcome: Outcome): void {
    const cause = outcome._tag === "Crashed" ? { cause: outcome.cause } : undefined
    this.#record({ _tag: "RestartScheduled", ...this.#fact(this.status.run), delay, ...cause })
    const restarts = this.status.restarts + 1
    if (delay === 0) return this.#queue(restarts, Pump.beginWithinBudget)
    const backoff: Phase = { _tag: "Backoff", timer: undefined }
    this.#move(backoff)
    backoff.timer = this.#after(delay, () => {
      if (this.phase !== backoff) return
      this.#queue(restarts, Pump.beginWithinBudget)
      this.home.settle(this)
    })
  }

  // --- the next run ---

  #queue(restarts: number, begin: (task: () => void) => void = Pump.begin): void {
    if (this.phase._tag === "Backoff") this.phase.timer?.interruptUnsafe()
    this.#move({ _tag: "Queued", restarts })
    begin(() => this.#launch())
  }

  #launch(): void {
    if (this.phase._tag !== "Queued") return // a stop was quicker
    const { restarts } = this.phase
    this.stopMillis = 0
    const run = new Run(this, this.status.run + 1)
    this.#move({ _tag: "Live", run })
    this.#record({ _tag: "ServiceStarting", ...this.#fact(run.run), restarts })
    this.home.settle(this)
    // A listener that has just heard of it may have stopped it.
    if (isLive(this.phase)) run.begin()
    else this.ended(run, Exit.interrupt())
  }

  // --- small things ---

  /** Whether anything depends on how long runs last. */
  get #remembers(): boolean {
    const { policy } = this.spec
    return policy._tag !== "Never" && (typeof policy.delay !== "number" || policy.maxRestarts !== Infinity)
  }

  #forget(): void {
    this.#history = undefined
    this.#step = undefined
  }

  #after(millis: number, then: () => void): Fiber.Fiber<void> {
    const fiber = Effect.runForkWith(this.context)(Effect.sleep(millis))
    fiber.addObserver((exit) => {
      if (exit._tag === "Success") then()
    })
    return fiber
  }

  #fact(run: number) {
    return { service: this.name, run, time: this.home.now() }
  }

  #record(event: ServiceEvent): void {
    const before = this.status
    this.status = transition(before, event)
    if (before._tag === "Stopping" && this.status._tag !== "Stopping") this.stopMillis = event.time - before.since
    this.home.emit(event, this.status === before ? undefined : this.status)
  }

  #move(phase: Phase): void {
    const from = this.phase
    this.phase = phase
    this.home.moved(this, from, phase)
  }
}

const isLive = (phase: Phase) => phase._tag === "Live"

/** Not up, and not on its way to be. */
const isOver = (status: ServiceStatus) =>
  status._tag === "Pending" || status._tag === "Stopped" || status._tag === "Failed"

const hasErrors = (exit: Exit.Exit<unknown, unknown>) =>
  exit._tag === "Failure" && errorsIn(exit.cause) !== undefined
