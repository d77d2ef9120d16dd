/**
 * All services of one governor: their names, how many are active, and the shutdown of the whole.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { DuplicateService, GovernorClosed, type InvalidOption, UnknownService } from "../GovernorError.ts"
import { type GovernorEvent, type ServiceEvent, withCause } from "../GovernorEvent.ts"
import { type Nest, ServiceRun } from "../ServiceRun.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import * as Report from "../ShutdownReport.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { Activity } from "./Activity.ts"
import type { Facts, Recorder } from "./Facts.ts"
import { inTurn } from "./inTurn.ts"
import { listed, namesShown } from "./log.ts"
import { type Home, Machine } from "./Machine.ts"
import { Metrics } from "./metrics.ts"
import { Order } from "./Order.ts"
import { Outbox } from "./Outbox.ts"
import { isActive, isEnding, type Phase } from "./phase.ts"
import * as Pump from "./pump.ts"
import { reportsOf } from "./report.ts"
import type { Run } from "./Run.ts"
import { Shutdown } from "./Shutdown.ts"
import type { Spec } from "./spec.ts"
import type { Strategy } from "./strategy.ts"
import { tracing } from "./tracing.ts"

/** How often a warning names those that are still stopping, in milliseconds. */
const patience = 5000

/** How much of a run's time a governor inside of it leaves, at the most, in milliseconds. */
const reserve = 1000

interface FleetOptions {
  readonly name: string
  readonly shutdownTimeout: number | undefined
  readonly strategy: Strategy
}

export class Fleet implements Home {
  readonly outbox: Outbox
  readonly #context: Context.Context<never>
  readonly #clock: Clock.Clock
  /** The run it is in, if it is in one. */
  readonly #nest: Nest | undefined
  /** What the paths of its services begin with. */
  readonly within: string
  readonly #metrics: Metrics
  readonly #trace: ReturnType<typeof tracing>
  readonly #machines = new Map<string, Machine>()
  /** Those that ever had a governor inside. */
  readonly #nesting = new Set<Machine>()
  readonly activity = new Activity({ idle: () => this.#finish(), report: () => this.#report({ _tag: "AllOver" }, 0) })
  readonly order = new Order(this.#machines, this.activity)
  readonly ending: Shutdown
  /** The significant service that failed first. */
  significantFailure: string | undefined
  /** For ends that bring about other ends, and waits that end others. */
  readonly #tasks = inTurn()
  #watch: Fiber.Fiber<never> | undefined

  readonly regroup: Home["regroup"]

  constructor({ name, shutdownTimeout, strategy }: FleetOptions, context: Context.Context<never>) {
    this.#nest = Context.get(context, ServiceRun).nest
    this.within = this.#nest === undefined ? "" : `${this.#nest.path}/`
    this.regroup = strategy === "one-for-one" ? undefined : ({ name }) => this.order.regroup(strategy, this.get(name))
    this.#context = context
    this.#metrics = new Metrics(context, name, this)
    this.#trace = tracing(context, name)
    this.ending = new Shutdown(context, shutdownTimeout)
    this.#clock = Context.get(context, Clock.Clock)
    this.outbox = new Outbox(context, this.within)
  }

  // --- the services ---

  add(spec: Spec): Machine {
    if (!this.isOpen) throw new GovernorClosed({ service: spec.name })
    if (this.#machines.has(spec.name)) throw new DuplicateService({ service: spec.name })
    const machine = new Machine(spec, this)
    this.#machines.set(spec.name, machine)
    this.order.add(spec)
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

  get isOpen(): boolean {
    return this.ending.state._tag === "Open"
  }

  find(name: string): Machine | undefined {
    return this.#machines.get(name)
  }

  /** Starts all that were never started; returns when those run that wait for nobody. */
  readonly start: Effect.Effect<void, InvalidOption> = Effect.callback((resume) => {
    if (!this.isOpen) return resume(Effect.void)
    try {
      this.order.start(Array.from(this.#machines.values()).filter(({ status }) => status._tag === "Pending"))
    } catch (error) {
      return resume(Effect.fail(error as InvalidOption))
    }
    Pump.begin({ begin: () => resume(Effect.void) })
  })

  /** Waits until each of the services that are started now was ready, or is over. */
  readonly awaitReady: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach([...this.#machines.values()], (machine) => machine.until(wasReadyOrIsOver), { discard: true })
  )

  // --- the end of it all ---

  /** Stops everything, once; everybody who asks gets the same report. */
  shutdown(reason: ShutdownReason, timeout?: number): Effect.Effect<ShutdownReport> {
    return Effect.suspend(() => {
      if (this.isOpen) this.#shutdown(reason, timeout)
      else this.hurry()
      return this.ending.asked
    })
  }

  /** A shutdown took place, or every started service is over. */
  readonly awaitShutdown: Effect.Effect<ShutdownReport> = Effect.andThen(
    this.activity.over,
    Effect.suspend(() => this.isOpen ? Effect.succeed(this.#report({ _tag: "AllOver" }, 0)) : this.ending.closed)
  )

  /** If it is shutting down: by now it may have less time. */
  hurry(): void {
    if (this.ending.state._tag === "Closing") this.#limit(Infinity)
  }

  /** Nobody will ask any more. */
  close(): void {
    this.#metrics.close()
  }

  /** The service is removed whose run it was, and what was counted for it must not gather for ever. */
  forget(): void {
    for (const { inside } of this.#nesting) inside?.forget()
    this.#metrics.forget()
  }

  #shutdown(reason: ShutdownReason, timeout = this.ending.timeout): void {
    const since = this.now()
    const isLogged = !this.activity.isIdle || reason._tag !== "ScopeClosed" // of no interest: nothing is left to stop
    this.ending.begin(reason, since, isLogged)
    this.#tell({ _tag: "ShutdownStarted", time: since, reason }, undefined, isLogged)
    this.outbox.flush()
    this.warnOfUnstarted(this.#machines.values())
    this.activity.together(() => {
      this.#limit(timeout)
      this.order.leaveAll()
    })
  }

  /** A governor inside of a run has less time than that run: it has to tell of its services first. */
  #limit(timeout: number): void {
    const remaining = this.#nest?.remaining() ?? Infinity
    const millis = Math.min(timeout, Math.max(0, Math.round(remaining - Math.min(remaining / 10, reserve))))
    const expire = () => this.order.expire(Array.from(this.#machines.values()), "shutdown", millis)
    this.ending.within(millis, this.monotonic(), expire)
    for (const { inside, phase } of this.#nesting) if (phase._tag === "Stopping") inside?.hurry()
  }

  get until(): number {
    return this.ending.until
  }

  /** None is active any more: if this is the end, everybody shall know. */
  #finish(): void {
    const { state } = this.ending
    if (state._tag !== "Closing") return
    const time = this.now()
    const report = this.#report(state.reason, time - state.since)
    this.ending.finish(report)
    this.#tell({ _tag: "ShutdownCompleted", time, report }, undefined, state.isLogged)
    this.outbox.after(() => this.ending.answer(report))
    this.outbox.flush()
  }

  #report(reason: ShutdownReason, duration: number): ShutdownReport {
    return Report.make(reason, duration, this.services)
  }

  /** How all ended that were ever started, those inside of them too. */
  get services(): ReadonlyArray<ServiceReport> {
    return reportsOf(this.#machines.values())
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
    this.activity.moved(from, to)
    if (to._tag === "Removed") {
      this.#machines.delete(machine.name)
      this.order.remove(machine.name)
      machine.inside?.forget()
      this.#nesting.delete(machine)
    }
    if (!this.activity.isStopping && this.#watch !== undefined) {
      this.#watch.interruptUnsafe()
      this.#watch = undefined
    }
  }

  settle(machine: Machine): void {
    this.outbox.flush()
    const advance = this.isOpen && this.order.holdsUp(machine) ? () => this.order.advance(machine) : undefined
    const answer = machine.answer()
    if (advance !== undefined || answer !== undefined) {
      this.#inTurn(() => {
        advance?.()
        answer?.()
      })
    }
    this.activity.settle()
  }

  /** What begins because of it begins once all is done: nobody begins on what is about to go down. */
  #inTurn(task: () => void): void {
    Pump.beginBehind(() => this.#tasks(task))
  }

  contains(machine: Machine): void {
    this.#nesting.add(machine)
  }

  complain({ name, status: { run } }: Facts<Recorder>, message: string, cause: Cause.Cause<unknown>): void {
    this.outbox.after(() => this.outbox.log({ level: "Error", message, cause }, { service: name, run }))
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
    if (this.isOpen) this.#shutdown(reason)
  }

  #warnOfSlowStops(): void {
    this.#warn("still stopping", Array.from(this.#machines.values()).filter(({ phase }) => isEnding(phase)))
  }

  warnOfUnstarted(machines: Iterable<Machine>): void {
    this.#warn("never started", Array.from(machines).filter(isUnstarted))
  }

  #warn(what: string, of: ReadonlyArray<Machine>): void {
    if (of.length > 0) this.outbox.log({ level: "Warn", message: `${what}: ${listed(of.map(({ name }) => name))}` })
  }
}

const wasReadyOrIsOver = ({ phase, readyRun }: Machine) => readyRun > 0 || !isActive(phase)

const isUnstarted = ({ phase, status }: Machine) => phase._tag === "Idle" && status._tag === "Pending"
