/**
 * Makes the checks of one probe, one after another, for as long as a run is there. From Kubernetes.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Checked } from "../../Probe.ts"
import { durationInWords } from "../input/durationInWords.ts"
import { nextStreak, type Streak, verdictOf } from "../lifecycle/verdict.ts"

type Check = Fiber.Fiber<unknown, unknown>

/** What a check has failed with. */
export interface Failure {
  readonly cause: unknown
}

/** The run as its prober sees it. */
export interface Owner {
  readonly monotonic: () => number
  readonly after: (millis: number, then: () => void) => Fiber.Fiber<void>
  readonly judgeAfter: (millis: number, judge: () => void) => Fiber.Fiber<void>
  readonly fork: (check: Effect.Effect<unknown, unknown>) => Check
  /** Interrupts a check that nobody waits for. */
  readonly drop: (check: Check) => void
  /** Enough checks in a row have succeeded. Called again with each further success. */
  readonly passes: () => void
  /** So many checks in a row have failed, which is enough. Called again with each further failure. */
  readonly fails: (failures: number, last: Failure) => void
}

/** A result that is late by this part of its time proves nothing: the process itself was held up. */
const late = 0.25

export class Prober {
  readonly #owner: Owner
  readonly #probe: Checked
  #streak: Streak = 0
  /** From the beginning of one check to the beginning of the next, in milliseconds. */
  #period: number
  /** What the latest check failed with, if it failed. */
  failure: Failure | undefined
  #isClosed = false
  /** The wait for the next check. */
  #timer: Fiber.Fiber<void> | undefined
  /** The check that has not ended. */
  #check: Check | undefined
  /** Whether the time of that check is over. */
  #isOverdue = false
  /** Judges that check. */
  #limit: Fiber.Fiber<void> | undefined

  constructor(owner: Owner, probe: Checked) {
    this.#owner = owner
    this.#probe = probe
    this.#period = probe.every
  }

  /** The first check is made now, and the next ones are made more often until the probe has passed. */
  beginNow(): void {
    if (this.#isClosed) return
    this.#period = this.#probe.startEvery
    this.beginLater()
    this.#begin()
  }

  /** The first check is made after one period. */
  beginLater(): void {
    if (this.#isClosed) return
    const period = this.#period
    const due = this.#owner.monotonic() + period
    this.#timer = this.#owner.after(period, () => this.#next(due, period))
  }

  /** The run ends, or is asked to. Nobody waits for a check. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.interruptUnsafe()
    this.#limit?.interruptUnsafe()
    if (this.#check !== undefined) this.#owner.drop(this.#check)
  }

  /** A period is over. While a check is there, no other begins. */
  #next(due: number, period: number): void {
    this.beginLater()
    if (this.#check === undefined) return this.#begin()
    if (!this.#isOverdue || this.#isLate(due, period)) return
    this.#limit = this.#owner.judgeAfter(0, () => {
      if (this.#isOverdue) this.#fails(this.#tooLong())
    })
  }

  #begin(): void {
    const began = this.#owner.monotonic()
    const check = this.#owner.fork(this.#probe.check)
    const exit = check.pollUnsafe()
    if (exit !== undefined) return this.#ends(exit, began)
    if (this.#isClosed) return check.interruptUnsafe() // the check itself has ended the run
    this.#check = check
    this.#isOverdue = false
    this.#watch(check)
    check.addObserver((exit) => {
      this.#check = undefined
      this.#limit?.interruptUnsafe()
      if (this.#isOverdue) this.#isOverdue = false // its failure has been told
      else this.#ends(exit, began)
    })
  }

  #watch(check: Check): void {
    const { timeout } = this.#probe
    const due = this.#owner.monotonic() + timeout
    this.#limit = this.#owner.judgeAfter(timeout, () => {
      if (this.#isLate(due, timeout)) return this.#watch(check)
      this.#isOverdue = true
      check.interruptUnsafe()
      this.#fails(this.#tooLong())
    })
  }

  #ends(exit: Exit.Exit<unknown, unknown>, began: number): void {
    if (this.#isClosed) return
    if (exit._tag === "Success" && exit.value !== false) return this.#passes()
    const { timeout } = this.#probe
    if (this.#isLate(began + timeout, timeout)) return // whatever the check has waited for, the process had no time for it
    this.#fails(exit._tag === "Success" ? exit.value : Cause.squash(exit.cause))
  }

  #passes(): void {
    this.#streak = nextStreak(this.#streak, true)
    this.failure = undefined
    if (verdictOf(this.#streak, this.#probe) !== "Passes") return
    this.#period = this.#probe.every
    this.#owner.passes()
  }

  #fails(cause: unknown): void {
    this.#streak = nextStreak(this.#streak, false)
    this.failure = { cause }
    if (verdictOf(this.#streak, this.#probe) === "Fails") this.#owner.fails(-this.#streak, this.failure)
  }

  #isLate(due: number, millis: number): boolean {
    return this.#owner.monotonic() - due > late * millis
  }

  #tooLong(): unknown {
    return new Cause.TimeoutError(`the check took longer than ${durationInWords(this.#probe.timeout)}`)
  }
}
