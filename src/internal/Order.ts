/**
 * In which order services start and end: the graph of their dependencies, and who is to be told when one is ready.
 */
import * as Effect from "effect/Effect"
import type { StopReason } from "../GovernorEvent.ts"
import type { Activity } from "./Activity.ts"
import { Dependencies } from "./Dependencies.ts"
import { descend } from "./descend.ts"
import { namesShown } from "./log.ts"
import type { Machine } from "./Machine.ts"
import { hasRun, isActive, isRunning, isWanted, runOf } from "./phase.ts"
import * as Pump from "./pump.ts"
import type { Run } from "./Run.ts"
import type { Spec } from "./spec.ts"
import { group, type Strategy } from "./strategy.ts"

export class Order {
  readonly #machines: ReadonlyMap<string, Machine>
  readonly #activity: Activity
  readonly #graph = new Dependencies()

  constructor(machines: ReadonlyMap<string, Machine>, activity: Activity) {
    this.#machines = machines
    this.#activity = activity
  }

  add({ name, options: { dependsOn } }: Spec): void {
    if (dependsOn !== undefined && dependsOn.length > 0) this.#graph.add(name, dependsOn)
  }

  remove(name: string): void {
    this.#graph.remove(name)
  }

  /** The first of the others that depend on it. */
  dependentsOf({ name }: Machine): ReadonlyArray<string> {
    return Array.from(this.#graph.dependentsOf(name)).filter((dependent) => dependent !== name).slice(0, namesShown)
  }

  // --- starting: dependencies first ---

  /** Starts these, together. Throws `InvalidOption`, and starts none, if the graph is wrong. */
  start(machines: ReadonlyArray<Machine>): void {
    this.#below(machines)
    this.#begin(() => machines.forEach((machine) => machine.start()))
  }

  /** Does this to a service once all it depends on is started. Throws `InvalidOption`. */
  startBelow(machine: Machine, command: (machine: Machine) => void): void {
    if (machine.spec.options.dependsOn === undefined) return command(machine)
    const below = this.#below([machine]).filter((one) => one !== machine && !one.isComing)
    this.#begin(() => {
      below.forEach((dependency) => dependency.start())
      command(machine)
    })
  }

  #below(machines: ReadonlyArray<Machine>): ReadonlyArray<Machine> {
    if (this.#graph.isEmpty) return []
    const names = machines.filter(({ spec }) => spec.options.dependsOn !== undefined).map(({ name }) => name)
    return this.#named(this.#graph.below(names, this.#machines, ({ isUp }) => isUp))
  }

  #begin(task: () => void): void {
    Pump.beginTogether(() => this.#activity.together(task))
  }

  /** Whether there are some that could go on now: it is ready, or will never be. */
  holdsUp(machine: Machine): boolean {
    return !this.#graph.isEmpty && machine.standing !== "Coming" && this.#graph.dependentsOf(machine.name).size > 0
  }

  advance(machine: Machine): void {
    this.#named(this.#graph.dependentsOf(machine.name)).forEach((dependent) => dependent.advance(machine))
  }

  // --- ending: dependents first ---

  /** What has no run, or is stopping, leaves at once, and so does what is in no graph; each of the others in its turn. */
  leaveAll(): void {
    const machines = Array.from(this.#machines.values())
    if (this.#graph.isEmpty) return machines.forEach((machine) => machine.leave("shutdown"))
    const isOrdered = (machine: Machine) => this.#graph.has(machine.name)
    machines.filter((machine) => !isRunning(machine.phase) || !isOrdered(machine)).forEach(shutDown)
    descend(machines.filter(isOrdered), this.#graph, { end: shutDown })
  }

  /** Removes one that cannot stay for those that depend on it: what it uses is about to go. They end first. */
  release(machine: Machine): void {
    if (machine.phase._tag === "Removed") return // another one may have its name, and its dependents
    machine.isClosing = true
    if (this.#activity.isIdle) return machine.leave("remove") // of layers that close in a row, the first has ended the rest
    const all = [...this.#above(machine), machine]
    all.forEach((one) => one.blocks++)
    const done = () => this.#begin(() => all.forEach((one) => one.unblock()))
    /** The runs that were there in the turn of each: it may begin again as they end, where there is another of this name. */
    const asked = new Map<Machine, Run>()
    const isDown = (one: Machine) => {
      const run = runOf(one.phase)
      return run === undefined || run !== (asked.get(one) ?? run)
    }
    const end = (one: Machine) => {
      const run = runOf(one.phase)
      if (run !== undefined) asked.set(one, run)
      if (one === machine) one.leave(one.home.isOpen ? "remove" : "stop")
      else if (isWanted(one.phase)) one.leave("stop") // else it may be on its way to be removed
    }
    this.#begin(() => { // whatever this lets go of begins behind it
      if (!hasRun(machine.phase)) machine.leave("remove")
      descend(all, this.#graph, { end, isDown, done })
    })
  }

  /** It has had its time, and so have those it waits for. */
  abandon(machine: Machine, afterMillis: number): void {
    this.expire([...this.#above(machine), machine], "stop", afterMillis)
  }

  /** The time of these is over. Those whose turn had not come, for others hung, have a turn of the event loop to end. */
  expire(machines: ReadonlyArray<Machine>, reason: StopReason, afterMillis: number): void {
    const running = machines.flatMap((machine) => isRunning(machine.phase) ? [{ machine, run: machine.phase.run }] : [])
    const abandon = (machine: Machine) => machine.abandon(afterMillis)
    this.#activity.together(() => machines.filter(({ phase }) => phase._tag === "Stopping").forEach(abandon))
    const [first] = running
    if (first === undefined) return
    Effect.runForkWith(first.machine.spec.place.context)(Effect.yieldNow).addObserver(() => {
      const late = running.flatMap(({ machine, run }) => runOf(machine.phase) === run ? [machine] : [])
      this.#activity.together(() => late.forEach((machine) => machine.leave(reason)))
      this.#activity.together(() => late.forEach(abandon))
    })
  }

  // --- restarting together ---

  /**
   * One that is about to restart takes others with it, held from now on: they stop, in order, while its delay runs, and when
   * both are over all begin again, in order.
   */
  regroup(strategy: Strategy, head: Machine): (() => void) | undefined {
    const added = Array.from(this.#machines.keys())
    const names = group(strategy, added, (name) => this.#graph.above(name), head.name)
    const members = this.#named(names).filter(({ phase }) => isWanted(phase))
    if (members.length === 1) return undefined
    const isMember = new Set(members)
    const release = () => {
      if (!head.home.isOpen) return // all are about to leave, and nobody fails any more for what another did
      this.#begin(() => members.forEach((member) => member.letGo()))
    }
    members.forEach((member) => member.hold())
    const all = this.#graph.isEmpty ? members : this.#named(strategy === "dependents" ? names : added)
    const end = (one: Machine) => isMember.has(one) ? one.retreat() : undefined
    const isDown = (one: Machine) => !isMember.has(one) || !hasRun(one.phase)
    const done = () => head.when(({ phase }) => phase._tag !== "Backoff", release)
    const goDown = () => this.#activity.together(() => descend(all, this.#graph, { end, isDown, done }))
    return () => Pump.beginBehind(goDown) // nobody begins meanwhile on what is about to go down
  }

  #above({ name }: Machine): ReadonlyArray<Machine> {
    return this.#named(this.#graph.above(name))
  }

  #named(names: Iterable<string>): ReadonlyArray<Machine> {
    return Array.from(names, (name) => this.#machines.get(name)!)
  }
}

/** What is over has nothing to leave: if it has just ended, those who wait for that hear of it after the shutdown. */
const shutDown = (machine: Machine) => isActive(machine.phase) ? machine.leave("shutdown") : undefined
