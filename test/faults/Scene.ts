/** Where the services of one governor act: what they count themselves, and what holds those that do not end. */
import { type Conduct, conductFrom, type Options, strange } from "./conduct.ts"
import type { Due } from "./due.ts"
import { type Known, Ledger } from "./Ledger.ts"
import type { Random } from "./random.ts"

/** What the runs of one name say about themselves. */
interface Tally {
  live: number
  /** The parts that have failed, of the run with each number among those of this name. */
  readonly failed: Map<number, Set<Part>>
  /** How many of these failed after their run was given up. */
  failedLate: number
}

export type Part = "run" | "stop" | "child" | "closer" | "late closer"

export class Scene {
  readonly random: Random
  readonly mayIgnore: boolean
  readonly ledger: Ledger
  readonly #complain: (problem: string) => void
  readonly #tallies = new Map<string, Tally>()
  readonly #waiting = new Set<() => void>()
  /** Those with a governor inside, which count nothing themselves. */
  readonly nested = new Set<string>()
  #begun = 0
  #live = 0
  /** How much was deferred and has not been closed. */
  #deferred = 0
  /** How many checks have not ended. */
  #checks = 0
  #isReleased = false
  /** How many lines were written. */
  written = 0

  constructor(random: Random, mayIgnore: boolean, complain: (problem: string) => void) {
    this.random = random
    this.mayIgnore = mayIgnore
    this.#complain = complain
    this.ledger = new Ledger(complain)
  }

  conduct(): Conduct {
    return conductFrom(this.random, this.mayIgnore)
  }

  begins(name: string): void {
    const tally = this.#tallies.get(name) ?? { live: 0, failed: new Map(), failedLate: 0 }
    this.#tallies.set(name, tally)
    tally.failed.set(this.ledger.startsOf(name), new Set())
    if (tally.live > 0) this.ledger.complainOf(name, `a run of "${name}" began, and ${tally.live} had not ended`)
    this.#begun++
    this.#count(tally, 1)
  }

  /** Its `stop()` counts like the run. */
  enters(name: string): void {
    this.#count(this.#tallies.get(name)!, 1)
  }

  /** What it is made of has taken its time: not if it was asked to end meanwhile. `start`: the number of the run. */
  entersLate(name: string, start: number): void {
    const stage = start === this.ledger.startsOf(name) ? this.ledger.stageOf(name) : "gone"
    if (stage !== "unready" && stage !== "ready") {
      this.ledger.complainOf(name, `run ${start} of "${name}" was made, and began though it was ${stage}`)
    }
    this.enters(name)
  }

  leaves(name: string): void {
    this.#count(this.#tallies.get(name)!, -1)
  }

  #count(tally: Tally, by: number): void {
    tally.live += by
    this.#live += by
  }

  defers(): void {
    this.#deferred++
  }

  closes(): void {
    this.#deferred--
  }

  checks(by: 1 | -1): void {
    this.#checks += by
  }

  /** The options as the service gets them. Who says that a run is the last is to be believed. */
  watched<A extends Known & Pick<Options, "restart">>(name: string, options: A): A {
    this.ledger.offers(name, options)
    const { restart } = options
    if (typeof restart !== "object" || restart.unless === undefined) return options
    const { unless } = restart
    const told = (error: unknown) => {
      const isLast = unless(error)
      if (isLast) this.ledger.isDue(name, { outcome: "Crashed", isForGood: true })
      return isLast
    }
    return { ...options, restart: { ...restart, unless: told } }
  }

  /** The run ends by itself now. */
  ends(name: string, due: Due): void {
    this.ledger.isDue(name, due)
  }

  /**
   * What to throw; if nobody waits for the run any more, somebody has to be told, once for each part of it. `start`: the number
   * of the run among those of this name, if another one may run now.
   */
  thrownBy(name: string, part: Part = "run", start = this.ledger.startsOf(name)): unknown {
    const tally = this.#tallies.get(name)!
    const failed = tally.failed.get(start)!
    const isLost = start === this.ledger.startsOf(name) && this.ledger.stageOf(name) === "lost"
    if (isLost && !failed.has(part)) tally.failedLate++
    failed.add(part)
    return strange(this.random)
  }

  /** Resolves after this time, and at the latest when the governor is gone. */
  until(millis: number): Promise<void> {
    if (this.#isReleased) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = millis === Infinity ? undefined : setTimeout(done, millis)
      this.#waiting.add(done)
    })
  }

  release(): void {
    this.#isReleased = true
    this.#waiting.forEach((done) => done())
  }

  get isQuiet(): boolean {
    return this.#live === 0 && this.#deferred === 0 && this.#checks === 0
  }

  /** What the services counted is what the events say. */
  compare(): void {
    let told = this.ledger.counts.starts
    for (const name of this.nested) told -= this.ledger.startsOf(name)
    if (told !== this.#begun) this.#complain(`${this.#begun} runs began, and ${told} were told of`)
    for (const [name, { failed, failedLate }] of this.#tallies) {
      const late = this.ledger.lateOf(name)
      // A promise that rejects as its run is given up may be heard of on either side.
      const givenUp = Array.from(failed).filter(([start]) => this.ledger.wasAbandoned(name, start))
      const most = givenUp.reduce((sum, [, parts]) => sum + parts.size, 0)
      if (late < failedLate || late > most) {
        this.#complain(`"${name}" failed late in ${failedLate} to ${most} parts, and ${late} were told of`)
      }
    }
  }
}
