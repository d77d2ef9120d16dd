/**
 * How many services are active and how many of them are stopping, and who wants to know when none is.
 */
import * as Effect from "effect/Effect"
import type { ShutdownReport } from "../ShutdownReport.ts"
import { isActive, isEnding, type Phase } from "./phase.ts"

/** Called when the first service becomes active; what it returns, when all are over. */
export type Hold = () => (report: ShutdownReport) => void

/** Whose activity it is. */
interface Owner {
  /** None is active, and nothing else is going on. */
  idle(): void
  /** How it went so far. */
  report(): ShutdownReport
}

export class Activity {
  readonly #owner: Owner
  /** How many are active, and 1 more during a sweep: the end of a sweep settles what it has ended. */
  #active = 0
  #stopping = 0
  #idlers: Array<() => void> = []
  #hold: Hold | undefined
  #release: ReturnType<Hold> | undefined

  constructor(owner: Owner) {
    this.#owner = owner
  }

  get isIdle(): boolean {
    return this.#active === 0
  }

  get isStopping(): boolean {
    return this.#stopping > 0
  }

  get isAwaited(): boolean {
    return this.#idlers.length > 0
  }

  moved(from: Phase, to: Phase): void {
    this.#active += Number(isActive(to)) - Number(isActive(from))
    this.#stopping += Number(isEnding(to)) - Number(isEnding(from))
  }

  /** Something done to many in one synchronous stretch, so that the last of them to end is the last. */
  together(task: () => void): void {
    this.#active++
    try {
      task()
    } finally {
      this.#active--
    }
    this.settle()
  }

  settle(): void {
    if (this.#active > 0) {
      this.#release ??= this.#hold?.()
      return
    }
    this.#owner.idle()
    const release = this.#release
    this.#release = undefined
    release?.(this.#owner.report())
    const idlers = this.#idlers
    if (idlers.length === 0) return
    this.#idlers = []
    idlers.forEach((resume) => resume())
  }

  whileActive(hold: Hold): void {
    this.#hold = hold
    if (this.#active > 0) this.#release ??= hold()
  }

  /** Waits until none is active. */
  readonly over: Effect.Effect<void> = Effect.callback((resume) => {
    const answer = () => resume(Effect.void)
    if (this.#active === 0) return answer()
    this.#idlers.push(answer)
    return Effect.sync(() => {
      this.#idlers = this.#idlers.filter((idler) => idler !== answer)
    })
  })
}
