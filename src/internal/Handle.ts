/**
 * A service of a governor, in the hand of its user.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { GovernorClosed, type RunAbandoned, type UnknownService } from "../GovernorError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Fleet } from "./Fleet.ts"
import type { Machine } from "./Machine.ts"
import { errorsOf } from "./outcome.ts"

type Begin = Effect.Effect<void, GovernorClosed | RunAbandoned | UnknownService>

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
    return this.#begin((machine) => machine.start())
  }
  get restart() {
    return this.#begin((machine) => machine.leave("restart"))
  }
  get stop() {
    return this.#end((machine) => machine.leave("stop"))
  }
  get remove() {
    const removed = this.#end((machine) => this.#fleet.isOpen ? machine.leave("remove") : undefined) // the report has it
    return Effect.andThen(removed, orAbandoned(this.#machine))
  }

  /** Removes it within the time a shutdown may take: who closes a layer cannot wait for ever either. */
  release(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const shutdownTimeout = this.#fleet.ending.timeout
    return Effect.suspend(() => {
      const machine = this.#machine
      const isLeft = this.#fleet.isOpen && machine.phase._tag === "Idle" && errorsOf(exit) === undefined
      if (isLeft) this.#fleet.warnOfUnstarted([machine.status])
      if (this.#fleet.isOpen) machine.leave("remove") // else the report has it
      if (shutdownTimeout === Infinity || machine.phase._tag !== "Stopping") return settled(machine)
      const deadline = machine.after(shutdownTimeout, () => machine.abandon(shutdownTimeout))
      return Effect.andThen(settled(machine), Effect.sync(() => deadline.interruptUnsafe()))
    })
  }

  #begin(command: (machine: Machine) => void): Begin {
    const machine = this.#machine
    return Effect.suspend((): Begin => {
      if (machine.phase._tag === "Removed") return Effect.fail(this.#fleet.unknown(machine.name))
      if (!this.#fleet.isOpen) return Effect.fail(new GovernorClosed({ service: machine.name }))
      command(machine)
      return Effect.andThen(machine.until(hasBegun), orAbandoned(machine))
    })
  }

  #end(command: (machine: Machine) => void): Effect.Effect<void> {
    return Effect.suspend(() => {
      command(this.#machine)
      return settled(this.#machine)
    })
  }
}

/** Up, or as far as it gets: another command has taken over. */
const hasBegun = ({ phase }: Machine) => phase._tag !== "Queued" && phase._tag !== "Stopping"

/** Waits for the end of the run that is stopping now, whatever comes after it. */
const settled = (machine: Machine): Effect.Effect<void> => {
  const phase = machine.phase
  return phase._tag === "Stopping" ? machine.until((machine) => machine.phase !== phase) : Effect.void
}

const orAbandoned = (machine: Machine): Effect.Effect<void, RunAbandoned> =>
  Effect.suspend(() => machine.phase._tag === "Abandoned" ? Effect.fail(machine.phase.error) : Effect.void)
