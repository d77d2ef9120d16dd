/**
 * All services of one governor: their names, how many are active, and the shutdown of the whole.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { DuplicateService, GovernorClosed, UnknownService } from "../GovernorError.ts"
import { type GovernorEvent, type ServiceEvent, withCause } from "../GovernorEvent.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import * as Report from "../ShutdownReport.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { inTurn } from "./inTurn.ts"
import { listed, namesShown } from "./log.ts"
import { type Home, Machine } from "./Machine.ts"
import { Metrics } from "./metrics.ts"
import { Outbox } from "./Outbox.ts"
import { isActive, type Phase } from "./phase.ts"
import * as Pump from "./pump.ts"
import type { Run } from "./Run.ts"
import type { Spec } from "./spec.ts"
import { tracing } from "./tracing.ts"

/** How often a warning names those that are still stopping, in milliseconds. */
const patience = 5000

type State =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Closing"; readonly reason: ShutdownReason; readonly since: number; readonly isLogged: boolean }
  | { readonly _tag: "Closed"; readonly report: ShutdownReport }

/** Called when the first service becomes active; what it returns, when all are over. */
export type Hold = () => (report: ShutdownReport) => void

export class Fleet implements Home {
  readonly outbox: Outbox
  readonly #context: Context.Context<never>
  readonly #clock: Clock.Clock
  readonly #metrics: Metrics
  readonly #trace: ReturnType<typeof tracing>
  readonly #machines = new Map<string, Machine>()
  readonly #closing = Deferred.makeUnsafe<ShutdownReason>()
  readonly #done = Deferred.makeUnsafe<ShutdownReport>()
  /** How long a shutdown may take as a whole, in milliseconds; undefined: its maker has not said. */
  readonly #ownTimeout: number | undefined
  /** The same for one whose maker has not said. */
  #limit = Infinity
  /** How many wait for the shutdown that is under way. */
  #waiting = 0
  /** The significant service that failed first. */
  significantFailure: string | undefined
  #state: State = { _tag: "Open" }
  /** How many machines are active, and 1 more during a sweep: the end of a sweep settles what it has ended. */
  #active = 0
  #stopping = 0
  #idlers: Array<() => void> = []
  #hold: Hold | undefined
  #release: ReturnType<Hold> | undefined
  /** For ends that bring about other ends, and waits that end others. */
  readonly #inTurn = inTurn()
  #watch: Fiber.Fiber<never> | undefined
  #deadline: Fiber.Fiber<void> | undefined

  constructor(name: string, context: Context.Context<never>, shutdownTimeout?: number) {
    this.#context = context
    this.#metrics = new Metrics(context, name, this)
    this.#trace = tracing(context, name)
    this.#ownTimeout = shutdownTimeout
    this.#clock = Context.get(context, Clock.Clock)
    this.outbox = new Outbox(context)
  }

  // --- the services ---

  add(spec: Spec): Machine {
    if (this.#state._tag !== "Open") throw new GovernorClosed({ service: spec.name })
    if (this.#machines.has(spec.name)) throw new DuplicateService({ service: spec.name })
    const machine = new Machine(spec, this)
    this.#machines.set(spec.name, machine)
    this.outbox.flush()
    return machine
  }

  get(name: string): Machine {
    const machine = this.#machines.get(name)
    if (machine === undefined) throw this.unknown(name)
    return machine
  }

  unknown(service: string): UnknownService {
    return new UnknownService({ service, known: Array.from(this.#machines.keys()).slice(0, namesShown) })
  }

  get status(): ReadonlyArray<ServiceStatus> {
    return Array.from(this.#machines.values(), (machine) => machine.status)
  }

  get open(): boolean {
    return this.#state._tag === "Open"
  }

  /** Starts all that were never started; returns when they run. */
  readonly start: Effect.Effect<void> = Effect.callback((resume) => {
    if (!this.open) return resume(Effect.void)
    Pump.beginTogether(() =>
      this.#sweep((machine) => {
        if (machine.status._tag === "Pending") machine.start()
      })
    )
    Pump.begin({ begin: () => resume(Effect.void) })
  })

  /** Waits until each of the services that are started now was ready, or is over. */
  readonly awaitReady: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach([...this.#machines.values()], (machine) => machine.until(wasReadyOrIsOver), { discard: true })
  )

  // --- the end of it all ---

  /** When a shutdown begins: why. */
  readonly closing = Deferred.await(this.#closing)
  /** When it is complete: how it went. */
  readonly closed = Deferred.await(this.#done)

  /** Stops everything, once; everybody who asks gets the same report. */
  shutdown(reason: ShutdownReason, timeout?: number): Effect.Effect<ShutdownReport> {
    return Effect.suspend(() => {
      if (this.open) this.#shutdown(reason, timeout)
      this.#waiting++
      return Effect.ensuring(this.closed, Effect.sync(() => this.#waiting--))
    })
  }

  /** A shutdown took place, or every started service is over. */
  readonly awaitShutdown: Effect.Effect<ShutdownReport> = Effect.callback((resume) => {
    const answer = () =>
      resume(
        this.#state._tag === "Open"
          ? Effect.sync(() => this.#report({ _tag: "AllOver" }, 0))
          : Deferred.await(this.#done)
      )
    if (this.#active === 0) return answer()
    this.#idlers.push(answer)
    return Effect.sync(() => {
      this.#idlers = this.#idlers.filter((idler) => idler !== answer)
    })
  })

  /** Nobody will ask any more. */
  close(): void {
    this.#metrics.close()
  }

  #shutdown(reason: ShutdownReason, timeout = this.shutdownTimeout): void {
    const since = this.now()
    const isLogged = this.#active > 0 || reason._tag !== "ScopeClosed" // of no interest: nothing is left to stop
    this.#state = { _tag: "Closing", reason, since, isLogged }
    Deferred.doneUnsafe(this.#closing, Exit.succeed(reason))
    this.#tell({ _tag: "ShutdownStarted", time: since, reason }, undefined, isLogged)
    this.outbox.flush()
    this.warnOfUnstarted(this.status)
    this.#sweep((machine) => machine.leave("shutdown"))
    if (this.#active > 0 && timeout !== Infinity) {
      this.#deadline = Effect.runForkWith(this.#context)(Effect.sleep(timeout))
      this.#deadline.addObserver((exit) => {
        if (exit._tag === "Success") this.#sweep((machine) => machine.abandon(timeout))
      })
    }
  }

  #finish({ isLogged, reason, since }: State & { readonly _tag: "Closing" }): void {
    this.#deadline?.interruptUnsafe()
    const report = this.#report(reason, this.now() - since)
    this.#state = { _tag: "Closed", report }
    this.#tell({ _tag: "ShutdownCompleted", time: this.now(), report }, undefined, isLogged)
    this.outbox.after(() => Deferred.doneUnsafe(this.#done, Exit.succeed(report)))
    this.outbox.flush()
  }

  #report(reason: ShutdownReason, duration: number): ShutdownReport {
    const started = [...this.#machines.values()].filter((machine) => machine.status.run > 0)
    return Report.make(reason, duration, started.map(reportOf))
  }

  /** Something done to all in one synchronous stretch, so that the last of them to end is the last. */
  #sweep(task: (machine: Machine) => void): void {
    this.#active++
    try {
      for (const machine of Array.from(this.#machines.values())) task(machine)
    } finally {
      this.#active--
    }
    this.#settleAll()
  }

  #settleAll(): void {
    if (this.#active > 0) {
      this.#release ??= this.#hold?.()
      return
    }
    if (this.#state._tag === "Closing") this.#finish(this.#state)
    this.#letGo()
    const idlers = this.#idlers
    if (idlers.length === 0) return
    this.#idlers = []
    idlers.forEach((resume) => resume())
  }

  #letGo(): void {
    const release = this.#release
    this.#release = undefined
    release?.(this.#state._tag === "Closed" ? this.#state.report : this.#report({ _tag: "AllOver" }, 0))
  }

  // --- what the doors need ---

  whileActive(hold: Hold): void {
    this.#hold = hold
    if (this.#active > 0) this.#release ??= hold()
  }

  /** Bounds a shutdown, unless the governor was made with a bound. */
  limitShutdown(millis: number): void {
    this.#limit = millis
  }

  get isClosed(): boolean {
    return this.#state._tag === "Closed"
  }

  get shutdownTimeout(): number {
    return this.#ownTimeout ?? this.#limit
  }

  /** Whether somebody waits for the end. */
  get isAwaited(): boolean {
    return this.#idlers.length + this.#waiting > 0
  }

  // --- what the machines need ---

  now(): number {
    return this.#clock.currentTimeMillisUnsafe()
  }

  monotonic(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  emit(event: ServiceEvent, before: ServiceStatus | undefined, after: ServiceStatus): void {
    try {
      this.#metrics.count(event, before)
    } catch (error) {
      this.outbox.log({ level: "Error", message: "an event could not be counted", cause: Cause.die(error) })
    }
    this.#tell(event, after === before ? undefined : after)
  }

  #tell(event: GovernorEvent, status?: ServiceStatus, isLogged?: boolean): void {
    const trace = this.#trace
    if (trace !== undefined) this.outbox.after(() => trace(event)) // what it throws harms nobody there
    this.outbox.put(event, status, isLogged)
  }

  moved(machine: Machine, from: Phase, to: Phase): void {
    this.#active += Number(isActive(to)) - Number(isActive(from))
    this.#stopping += Number(to._tag === "Stopping") - Number(from._tag === "Stopping")
    if (to._tag === "Removed") this.#machines.delete(machine.name)
    if (this.#stopping === 0 && this.#watch !== undefined) {
      this.#watch.interruptUnsafe()
      this.#watch = undefined
    }
  }

  settle(machine: Machine): void {
    this.outbox.flush()
    if (machine.hasWaiters) this.#inTurn(() => machine.wake())
    this.#settleAll()
  }

  complain({ name, status }: Machine, message: string, cause: Cause.Cause<unknown>): void {
    this.outbox.log({ level: "Error", message, cause }, { service: name, run: status.run })
  }

  end(run: Run): void {
    this.#inTurn(() => run.end())
  }

  stillStopping(): void {
    this.#watch ??= Effect.runForkWith(this.#context)(
      Effect.forever(Effect.andThen(Effect.sleep(patience), Effect.sync(() => this.#warnOfSlowStops())))
    )
  }

  significantIsOver(service: string, cause: Cause.Cause<unknown> | undefined): void {
    if (cause !== undefined) this.significantFailure ??= service
    const reason = withCause<ShutdownReason>({ _tag: "Significant", service }, cause)
    if (this.open) this.#shutdown(reason)
  }

  #warnOfSlowStops(): void {
    this.#warn("still stopping", this.status.filter((status) => status._tag === "Stopping"))
  }

  warnOfUnstarted(statuses: ReadonlyArray<ServiceStatus>): void {
    this.#warn("never started", statuses.filter(({ _tag }) => _tag === "Pending"))
  }

  #warn(what: string, of: ReadonlyArray<ServiceStatus>): void {
    if (of.length > 0) this.outbox.log({ level: "Warn", message: `${what}: ${listed(of.map(({ name }) => name))}` })
  }
}

const wasReadyOrIsOver = ({ phase, wasReady }: Machine) => wasReady || !isActive(phase)

const reportOf = (machine: Machine): ServiceReport => {
  const { name, phase, status, stopMillis: duration } = machine
  const cause = status._tag === "Failed" || status._tag === "Stopped" ? status.cause : undefined
  const outcome = phase._tag === "Abandoned" ? "Abandoned" : status._tag === "Failed" ? "Failed" : "Stopped"
  return withCause<ServiceReport>({ name, outcome, duration }, cause)
}
