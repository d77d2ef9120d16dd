/** What one run of plain TypeScript defers, and whether that is called when it should be. */
import { setTimeout } from "node:timers/promises"
import type { ServiceAPI } from "../../src/promise/index.ts"
import type { Closing, Conduct } from "./conduct.ts"
import type { Scene } from "./Scene.ts"

export class Closers {
  readonly #name: string
  readonly #scene: Scene
  readonly #conduct: Conduct
  readonly #api: ServiceAPI
  /** The number of the run among those of this name. */
  readonly #start: number
  /** How many promises of the run have not settled: that of `run`, and that of `stop()`. */
  #open = 0
  /** The numbers of those that wait, and how many there were. */
  readonly #waiting: Array<number> = []
  #deferred = 0
  /** How many have begun, and have not ended. */
  #closing = 0

  constructor(name: string, scene: Scene, conduct: Conduct, api: ServiceAPI) {
    this.#name = name
    this.#scene = scene
    this.#conduct = conduct
    this.#api = api
    this.#start = scene.ledger.startsOf(name)
  }

  /** A promise of the run: it has to settle before anything is closed. */
  async during(promise: Promise<void>): Promise<void> {
    this.#open++
    try {
      await promise
    } finally {
      this.#open--
    }
  }

  /** As the conduct says. */
  deferAll(): void {
    const { defers } = this.#conduct
    if (defers === "nothing") return
    this.#defer("closes")
    if (defers !== "once it is over") return this.#defer(defers)
    this.#scene.defers()
  }

  /** As the conduct says, when the promise of `run` is about to settle. Nobody waits for that. */
  deferLate(): void {
    if (this.#conduct.defers !== "once it is over") return
    void setTimeout(this.#conduct.slowness).then(() => {
      this.#scene.closes()
      const isOver = this.#open === 0 && this.#waiting.length === 0 && this.#closing === 0
      const before = this.#deferred
      this.#defer(this.#conduct.failsLate ? "throws" : "is slow")
      if (isOver && this.#waiting.includes(before)) {
        this.#complain("was over, and did not close at once what it deferred")
      }
    })
  }

  #complain(problem: string): void {
    this.#scene.ledger.complain(`run ${this.#start} of "${this.#name}" ${problem}`)
  }

  #defer(closing: Closing): void {
    const number = this.#deferred++
    this.#waiting.push(number)
    this.#scene.defers()
    this.#api.defer(async () => {
      this.#closing++
      if (this.#open > 0) this.#complain("closed what it had deferred before it had settled")
      if (this.#waiting.pop() !== number) this.#complain("closed what it had deferred out of order")
      try {
        await this.#close(closing, number)
      } finally {
        this.#closing--
        this.#scene.closes()
      }
    })
  }

  async #close(closing: Closing, number: number): Promise<void> {
    // The first is there before the run is over.
    const thrown = () => this.#scene.thrownBy(this.#name, number < 2 ? "closer" : "late closer", this.#start)
    switch (closing) {
      case "closes":
        return
      case "throws":
        throw thrown()
      case "is slow":
        return this.#scene.until(this.#conduct.slowness)
      case "defers another":
        return this.#defer("is slow")
      case "never settles":
        await this.#scene.until(this.#conduct.late)
        if (this.#conduct.failsLate) throw thrown()
    }
  }
}
