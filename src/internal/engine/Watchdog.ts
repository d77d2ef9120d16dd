/**
 * Watches the time that one run has to be ready, and from one heartbeat to the next. From systemd.
 */
import type * as Fiber from "effect/Fiber"
import { RunTimedOut } from "../../GovernorError.ts"
import type { Checked } from "../../Service.ts"
import type { RareRun, RunState } from "../lifecycle/ServiceState.ts"
import { judgeAfter, limitAfter } from "./after.ts"
import { timedOut } from "./end.ts"
import { monotonic } from "./record.ts"

/** Watches a run, if there is a limit for it. */
export const watch = (run: RunState, options: Checked): RareRun["watchdog"] => {
  const { heartbeatTimeout, readiness, startTimeout: limit } = options
  const startTimeout = readiness === "automatic" ? Infinity : limit
  if (startTimeout === Infinity && heartbeatTimeout === Infinity) return undefined
  const { governor, name: service, spec: { place: { context } } } = run.of
  const owner: Owner = {
    monotonic: () => monotonic(governor),
    judgeAfter: (millis, judge) => judgeAfter(context, millis, judge),
    limitAfter: (millis, judge) => limitAfter(context, millis, judge),
    timedOut: (timeout, afterMillis) => {
      const why = timeout === "startTimeout" ? run.rare?.probes?.failure : undefined
      timedOut(run, new RunTimedOut({ service, run: run.run, timeout, afterMillis, ...why }))
    }
  }
  return new Watchdog(owner, startTimeout, heartbeatTimeout)
}

/** A check that is late by this part of its time proves nothing: the process itself was held up. */
const late = 0.25

/** The run as the watchdog sees it. */
interface Owner {
  readonly monotonic: () => number
  readonly judgeAfter: (millis: number, judge: () => void) => Fiber.Fiber<void>
  readonly limitAfter: (millis: number, judge: () => void) => Fiber.Fiber<void>
  readonly timedOut: (timeout: RunTimedOut["timeout"], afterMillis: number) => void
}

export class Watchdog {
  readonly #owner: Owner
  readonly #heartbeatTimeout: number
  #beatAt: number
  #start: Fiber.Fiber<void> | undefined
  #heart: Fiber.Fiber<void> | undefined

  constructor(owner: Owner, startTimeout: number, heartbeatTimeout: number) {
    this.#owner = owner
    this.#heartbeatTimeout = heartbeatTimeout
    this.#beatAt = owner.monotonic()
    if (startTimeout !== Infinity) {
      this.#start = owner.limitAfter(startTimeout, () => owner.timedOut("startTimeout", startTimeout))
    }
    if (heartbeatTimeout !== Infinity) this.#check(heartbeatTimeout)
  }

  ready(): void {
    this.#start?.interruptUnsafe()
  }

  beat(): void {
    this.#beatAt = this.#owner.monotonic()
  }

  needsNoHeartbeat(): void {
    this.#heart?.interruptUnsafe()
  }

  close(): void {
    this.#start?.interruptUnsafe()
    this.#heart?.interruptUnsafe()
  }

  /** Checks after this time whether there was a heartbeat meanwhile. */
  #check(millis: number): void {
    const due = this.#owner.monotonic() + millis
    this.#heart = this.#owner.judgeAfter(millis, () => {
      const now = this.#owner.monotonic()
      const timeout = this.#heartbeatTimeout
      const left = this.#beatAt + timeout - now
      if (left > 0) this.#check(left)
      else if (now - due > late * timeout) this.#check(timeout)
      else this.#owner.timedOut("heartbeatTimeout", timeout)
    })
  }
}
