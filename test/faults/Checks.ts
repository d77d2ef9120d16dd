/** The checks of one probe, which do as they are drawn, one after another, and whether they are made when they should be. */
import * as Effect from "effect/Effect"
import type { Probe } from "../../src/index.ts"
import type { PromiseProbe } from "../../src/Probe.ts"
import { strange } from "./conduct.ts"
import { type Check, checkFrom, resultOf, type Timing } from "./probes.ts"
import type { Scene } from "./Scene.ts"

export class Checks {
  readonly #name: string
  readonly #scene: Scene
  readonly #kind: "readiness" | "liveness"
  readonly #timing: Timing
  /** The runs that have a check which has not ended, by their numbers among those of this name. */
  readonly #open = new Set<number>()

  constructor(name: string, scene: Scene, kind: "readiness" | "liveness", timing: Timing) {
    this.#name = name
    this.#scene = scene
    this.#kind = kind
    this.#timing = timing
  }

  ofPromise(): PromiseProbe {
    const check: PromiseProbe["check"] = (probe) => {
      const { check, ends } = this.#begins()
      if (check === "passes") return ends(true)
      if (check === "says no") return ends(false)
      if (check === "throws") {
        ends(false)
        throw strange(this.#scene.random)
      }
      return this.#lasts(check, probe).then(
        () => ends(true),
        (error: unknown) => {
          ends(false)
          throw error
        }
      )
    }
    return { ...this.#timing, check }
  }

  ofEffect(): Probe.Probe {
    const check = Effect.suspend(() => {
      const { check, ends } = this.#begins()
      const told = Effect.map(this.#acts(check), (value) => value !== false)
      return Effect.onExit(told, (exit) => Effect.sync(() => ends(exit._tag === "Success" && exit.value)))
    })
    return { ...this.#timing, check }
  }

  #begins(): { readonly check: Check; readonly ends: (hasPassed: boolean) => boolean } {
    const { ledger, random } = this.#scene
    const start = ledger.startsOf(this.#name)
    const stage = ledger.stageOf(this.#name)
    if (stage !== "unready" && stage !== "ready") this.#complain(`was checked, and is ${stage}`)
    if (this.#open.has(start)) this.#complain("was checked, and the check before it had not ended")
    this.#open.add(start)
    this.#scene.checks(1)
    const began = performance.now()
    const note = ledger.checks(this.#name, this.#kind)
    const ends = (hasPassed: boolean) => {
      this.#open.delete(start)
      this.#scene.checks(-1)
      note(resultOf(hasPassed, performance.now() - began, this.#timing))
      return hasPassed
    }
    return { check: checkFrom(random), ends }
  }

  #complain(problem: string): void {
    this.#scene.ledger.complainOf(this.#name, `the ${this.#kind} of "${this.#name}" ${problem}`)
  }

  async #lasts(check: Check, probe: { readonly signal: AbortSignal }): Promise<void> {
    if (check === "rejects") throw strange(this.#scene.random)
    if (check === "is slow") return this.#scene.until(this.#slowness())
    if (check === "hangs") return this.#scene.until(Infinity)
    await new Promise((_, reject) => {
      probe.signal.addEventListener("abort", () => reject(probe.signal.reason))
    })
  }

  #acts(check: Check): Effect.Effect<unknown, unknown> {
    switch (check) {
      case "passes":
        return Effect.void
      case "says no":
        return Effect.succeed(false)
      case "throws":
        return Effect.die(strange(this.#scene.random))
      case "rejects":
        return Effect.fail(strange(this.#scene.random))
      case "is slow":
        return Effect.sleep(this.#slowness())
      case "waits for its end":
        return Effect.never
      case "hangs":
        return Effect.uninterruptible(Effect.promise(() => this.#scene.until(Infinity)))
    }
  }

  #slowness(): number {
    return this.#scene.random.between(0, 60)
  }
}
