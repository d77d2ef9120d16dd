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
  | { readonly _tag: "Queued"; readonly run: Run; readonly restarts: number }
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
    this.#record({ ...this.#fact("ServiceAbandoned", run.run), cause })
    this.#record({ ...this.#fact("ServiceFailed", run.run), cause })
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
        this.#record({ ...this.#fact("ServiceStopping", this.status.run), reason })
        if (next !== "Start") this.#record(this.#fact("ServiceStopped", this.status.run))
        return this.#become(next)
      case "Idle":
      case "Abandoned":
      case "Removed":
    }
  }

  #endRun(run: Run, reason: StopReason, next: Next): void {
    const stopping: Phase = { _tag: "Stopping", run, next, deadline: undefined }
    this.#move(stopping)
    this.#record({ ...this.#fact("ServiceStopping", run.run), reason })
    this.home.settle(this)
    run.end()
    if (this.phase !== stopping) return
    this.home.stillStopping()
    if (this.spec.stopTimeout === Infinity) return
    const { stopTimeout } = this.spec
    stopping.deadline = this.#after(stopTimeout, () => this.abandon(stopTimeout))
  }

  #become(next: Next): void {
    switch (next) {
      case "Start":
        return this.#queue(this.status.restarts)
      case "Stop":
        return this.#move(idle)
      case "Remove":
        this.#move(removed)
        return this.#record(this.#fact("ServiceRemoved", this.status.run))
    }
  }

  // --- how runs end ---

  #endedByItself(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const outcome: Outcome = run.overForGood && !hasErrors(exit)
      ? { _tag: "Completed", restart: false }
      : classify(exit)
    if (outcome._tag === "Completed") {
      this.#becomeReady(run) // at the latest
      this.#record(this.#fact("ServiceCompleted", run.run))
      if (!outcome.restart) return this.#over(outcome)
    } else {
      this.#record({ ...this.#fact("ServiceCrashed", run.run), cause: outcome.cause })
    }
    this.#restartOrNot(run, outcome._tag === "Completed" ? Exit.void : exit, outcome)
  }

  #becomeReady(run: Run): void {
    if (this.status._tag !== "Starting") return
    if (this.#remembers) run.readyAt = this.home.monotonic()
    this.#record(this.#fact("ServiceReady", run.run))
  }

  #restartOrNot(run: Run, exit: Exit.Exit<unknown, unknown>, outcome: Outcome): void {
    const { policy } = this.spec
    const now = this.#remembers ? this.home.monotonic() : 0
    if (policy._tag !== "Never" && run.readyAt !== undefined && now - run.readyAt >= policy.resetAfter) this.#forget()
    const decision = decide(policy, this.#history ?? none, exit, now)
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
        this.#record({ ...this.#fact("RestartLimitExceeded", run.run), cause })
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
    const { run } = this.status
    if (outcome._tag === "Completed") this.#record(this.#fact("ServiceStopped", run))
    else this.#record({ ...this.#fact("ServiceFailed", run), cause: outcome.cause })
  }

  #endedAsAsked(stopping: Phase & { readonly _tag: "Stopping" }, exit: Exit.Exit<unknown, unknown>): void {
    stopping.deadline?.interruptUnsafe()
    const errors = exit._tag === "Failure" ? errorsIn(exit.cause) : undefined
    const { run } = stopping.run
    this.#record(withCause(this.#fact("ServiceInterrupted", run), errors))
    if (stopping.next !== "Start") this.#record(withCause(this.#fact("ServiceStopped", run), errors))
    this.#become(stopping.next)
  }

  #endedLate(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const cause = exit._tag === "Failure" ? errorsIn(exit.cause) : undefined
    if (cause !== undefined) this.#record({ ...this.#fact("LateFailure", run.run), cause })
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
    const scheduled = { ...this.#fact("RestartScheduled", this.status.run), delay }
    this.#record(withCause(scheduled, outcome._tag === "Crashed" ? outcome.cause : undefined))
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

  #queue(restarts: number, begin: (run: Run) => void = Pump.begin): void {
    const run = new Run(this, this.status.run + 1)
    this.#move({ _tag: "Queued", run, restarts })
    begin(run)
  }

  starting(run: Run): boolean {
    if (this.phase._tag !== "Queued" || this.phase.run !== run) return false // a command was quicker
    const { restarts } = this.phase
    this.stopMillis = 0
    this.#move({ _tag: "Live", run })
    this.#record({ ...this.#fact("ServiceStarting", run.run), restarts })
    this.home.settle(this)
    if (isLive(this.phase)) return true
    this.ended(run, Exit.interrupt()) // a listener that has just heard of it stopped it
    return false
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

  #fact<Tag extends ServiceEvent["_tag"]>(_tag: Tag, run: number) {
    return { _tag, service: this.name, run, time: this.home.now() }
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
    if (from._tag === "Backoff") from.timer?.interruptUnsafe() // only now, for it tells the phase it finds
  }
}

const withCause = <A extends object>(fact: A, cause: Cause.Cause<unknown> | undefined): A =>
  cause === undefined ? fact : { ...fact, cause }

const isLive = (phase: Phase) => phase._tag === "Live"

const none: History = []

/** Not up, and not on its way to be. */
const isOver = (status: ServiceStatus) =>
  status._tag === "Pending" || status._tag === "Stopped" || status._tag === "Failed"

const hasErrors = (exit: Exit.Exit<unknown, unknown>) => exit._tag === "Failure" && errorsIn(exit.cause) !== undefined
