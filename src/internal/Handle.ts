/**
 * A service of a governor, in the hand of its user.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import {
  GovernorClosed,
  type InvalidOption,
  type RunAbandoned,
  ServiceInUse,
  type UnknownService
} from "../GovernorError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Fleet } from "./Fleet.ts"
import type { Machine } from "./Machine.ts"
import { errorsOf } from "./outcome.ts"
import { hasRun, isLost, runOf } from "./phase.ts"

type Begin = Effect.Effect<void, GovernorClosed | InvalidOption | RunAbandoned | UnknownService>

/** A handle of any error type: what the machine knows is what the service's type said when it was added. */
export class Handle<E> {
  readonly #fleet: Fleet
  readonly #machine: Machine

  constructor(fleet: Fleet, machine: Machine) {
    this.#fleet = fleet
    this.#machine = machine
  }
  get name() {
    return this.#machine.name
  }
  get status() {
    return Effect.sync(() => this.#machine.status as ServiceStatus<E>)
  }
  get start() {
    return this.#begin((machine) => machine.start(), isUnderway)
  }
  get restart() {
    return this.#begin((machine) => machine.leave("restart"), hasBegun)
  }
  get stop() {
    return this.#end((machine) => machine.leave("stop"))
  }
  get remove() {
    const machine = this.#machine
    return Effect.suspend((): Effect.Effect<void, RunAbandoned | ServiceInUse> => {
      if (machine.phase._tag === "Removed") return Effect.void // another one may have its name
      const dependents = this.#fleet.isOpen ? this.#fleet.order.dependentsOf(machine) : []
      if (dependents.length > 0) return Effect.fail(new ServiceInUse({ service: machine.name, dependents }))
      const removed = this.#end(() => this.#fleet.isOpen ? machine.leave("remove") : undefined) // else the report has it
      return Effect.andThen(removed, orAbandoned(machine))
    })
  }

  /** Removes it within the time a shutdown may take: who closes a layer cannot wait for ever either. */
  release(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const shutdownTimeout = this.#fleet.ending.timeout
    return Effect.suspend(() => {
      const machine = this.#machine
      const isLeft = this.#fleet.isOpen && machine.phase._tag === "Idle" && errorsOf(exit) === undefined
      if (isLeft) this.#fleet.warnOfUnstarted([machine])
      if (this.#fleet.isOpen) this.#fleet.order.release(machine) // else the report has it
      const down = machine.until(({ phase }) => !hasRun(phase))
      if (shutdownTimeout === Infinity || !hasRun(machine.phase)) return down
      const deadline = machine.after(shutdownTimeout, () => this.#fleet.order.abandon(machine, shutdownTimeout))
      return Effect.andThen(down, Effect.sync(() => deadline.interruptUnsafe()))
    })
  }

  /** Waits for the end of the run that is there now, whatever comes after it: it is stopping, or will be in its turn. */
  #end(command: (machine: Machine) => void): Effect.Effect<void> {
    const machine = this.#machine
    return Effect.suspend(() => {
      const run = runOf(machine.phase)
      command(machine)
      return run === undefined ? Effect.void : machine.until((machine) => runOf(machine.phase) !== run)
    })
  }

  #begin(command: (machine: Machine) => void, until: (machine: Machine) => boolean): Begin {
    const machine = this.#machine
    return Effect.suspend((): Begin => {
      const isGone = machine.phase._tag === "Removed" || machine.isClosing
      if (isGone) return Effect.fail(this.#fleet.unknown(machine.name))
      if (!this.#fleet.isOpen) return Effect.fail(new GovernorClosed({ service: machine.name }))
      return Effect.callback((resume) => this.#beginNow(command, until, resume))
    })
  }

  /** Its caller waits from now on, before anything begins: a run may be over before all has begun. */
  #beginNow(command: (machine: Machine) => void, until: (machine: Machine) => boolean, resume: (then: Begin) => void) {
    const fleet = this.#fleet
    let forget: (() => void) | undefined
    try {
      fleet.order.startBelow(this.#machine, (machine) => {
        if (fleet.isOpen) command(machine) // else one below was significant, and failed at once
        forget = machine.when(until, () => resume(orAbandoned(machine)))
      })
    } catch (error) {
      resume(Effect.fail(error as InvalidOption))
    }
    return Effect.sync(() => forget?.())
  }
}

/** Up, or as far as it gets: another command has taken over. */
const hasBegun = ({ phase }: Machine) => !["Queued", "Stopping", "Waiting"].includes(phase._tag)

/** The same, or it waits for its dependencies. */
const isUnderway = (machine: Machine) => machine.phase._tag === "Waiting" || hasBegun(machine)

const orAbandoned = (machine: Machine): Effect.Effect<void, RunAbandoned> =>
  Effect.suspend(() => isLost(machine.phase) ? Effect.fail(machine.phase.error) : Effect.void)
