/**
 * What has to be before a run can begin: its dependencies are ready, and no group holds it. And those who wait for it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { DependencyFailed } from "../GovernorError.ts"
import type { Checked } from "../Service.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import { isA } from "./outcome.ts"
import type { Begin } from "./phase.ts"
import * as Pump from "./pump.ts"
import { type Home as RestartHome, Restarting } from "./Restarting.ts"
import { type Standing, standing } from "./standing.ts"
import { Waiters } from "./Waiters.ts"

/** One that another depends on. */
interface Dependency {
  readonly name: string
  readonly status: ServiceStatus
  readonly standing: Standing
}

/** What a beginning needs of a governor. */
export interface Home extends RestartHome {
  /** A service by its name. */
  find(name: string): Dependency | undefined
  /** False: nothing is started any more. */
  readonly isOpen: boolean
}

export abstract class Beginning<H extends Home> extends Restarting<H> {
  /** The latest of its runs that was ready since the last start by hand; 0: none was. */
  readyRun = 0
  /** Its layer closes: it does not begin again. */
  isClosing = false
  /** How many layers that close end it: until they are done nothing begins on it, for they would not wait for that. */
  blocks = 0
  /** Which of its dependencies was not ready when they were looked at last: they are many, and come one by one. */
  #unready = 0
  #waiters: Waiters<this> | undefined

  /** Nothing stands in its way. */
  protected abstract queue(restarts: number, begin: Begin): void

  protected begin(restarts: number, begin: Begin = Pump.begin): void {
    if (!this.waits(restarts, begin)) this.queue(restarts, begin)
  }

  /** Whether the next run has to wait, or will never be: then it is so from now on. */
  protected waits(restarts: number, begin: Begin): boolean {
    return this.waitsFor(this.obstacle(true), restarts, begin)
  }

  private waitsFor(obstacle: string | undefined, restarts: number, begin: Begin): boolean {
    if (obstacle === undefined && this.holds === 0 && this.home.isOpen) return false
    const dependency = obstacle === undefined ? undefined : this.home.find(obstacle)
    if (dependency?.standing === "Failed") this.failWith(dependency)
    else this.move({ _tag: "Waiting", restarts, begin })
    return true
  }

  /** A dependency has become ready, or failed. */
  advance(dependency: Dependency): void {
    if (this.phase._tag !== "Waiting") return
    const { begin, restarts } = this.phase
    const obstacle = this.obstacle(dependency.standing === "Failed")
    if (!this.waitsFor(obstacle, restarts, begin)) this.queue(restarts, begin)
    this.home.settle(this)
  }

  /** It belongs to a group that restarts together. */
  hold(): void {
    this.holds++
  }

  /** Its group begins again. */
  letGo(): void {
    this.holds--
    if (this.phase._tag === "Waiting") this.begin(this.phase.restarts, this.phase.begin)
    this.home.settle(this)
  }

  get readiness(): Checked["readiness"] {
    return this.spec.options.readiness
  }

  /** What it is to those that depend on it. */
  get standing(): Standing {
    const own = standing(this)
    return own === "Ready" && this.blocks > 0 ? "Coming" : own
  }

  /** One of them is done. */
  unblock(): void {
    this.blocks--
    this.home.settle(this)
  }

  /** Whether it is up, or will be by itself: one in its delay keeps it. */
  get isComing(): boolean {
    return this.isUp || this.phase._tag === "Backoff"
  }

  /** Whether nothing has to be started for those that depend on it. */
  get isUp(): boolean {
    return standing(this) === "Ready" && this.status._tag !== "Failed"
  }

  // --- those who wait for it ---

  /** Calls back when it is as described, perhaps at once; returns what takes this back. */
  when(until: (machine: this) => boolean, call: () => void): () => void {
    if (!until(this)) return (this.#waiters ??= new Waiters()).add(until, call)
    call()
    return () => {}
  }

  /** Waits until it is as described. */
  until(until: (machine: this) => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => Effect.sync(this.when(until, () => resume(Effect.void))))
  }

  /** To resume those whose wait is over now, whatever comes meanwhile; undefined if there are none. */
  answer(): (() => void) | undefined {
    return this.#waiters?.take(this)
  }

  // --- what it waits for ---

  /** A dependency that is not ready: if all are looked at, rather one that failed. */
  private obstacle(all: boolean): string | undefined {
    const names = this.spec.options.dependsOn
    if (names === undefined) return undefined
    const first = this.#unready
    let obstacle: string | undefined
    for (let i = 0; i < names.length; i++) {
      const at = (first + i) % names.length
      const name = names[at]!
      const standing = this.home.find(name)?.standing ?? "Coming" // it was being removed: another may come
      if (standing === "Ready") continue
      if (obstacle === undefined) this.#unready = at
      obstacle ??= name
      if (!all || standing === "Failed") return name
    }
    return obstacle
  }

  private failWith({ name: dependency, status }: Dependency): void {
    const error = status._tag === "Failed" ? Cause.squash(status.cause) : undefined
    const cause = isA(DependencyFailed, error) ? error.cause : error // not one inside of the other, all the way down
    this.readyRun = 0
    const failure = Cause.fail(new DependencyFailed({ service: this.name, dependency, cause }))
    this.over({ _tag: "Crashed", restart: false, cause: failure })
  }
}
