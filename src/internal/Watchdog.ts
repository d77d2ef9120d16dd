/**
 * Watches one run: it has so long to be ready, and so long from one heartbeat to the next. From systemd.
 */
import type * as Fiber from "effect/Fiber"
import { RunTimedOut } from "../GovernorError.ts"
import type { Checked } from "../Service.ts"

/** A run, as its number. */
interface Run {
  readonly name: string
  readonly run: number
}

/** Whose run it is. */
interface Owner<R> {
  readonly home: { monotonic(): number }
  after(millis: number, then: () => void): Fiber.Fiber<void>
  timedOut(run: R, error: RunTimedOut): void
}

/** A check that comes later than this part of its time is no proof: the process had no time itself. */
const late = 0.25

/** Watches a run, if there is a limit for it. */
export const watch = <R extends Run>(
  owner: Owner<R> & { readonly spec: { readonly options: Checked } },
  run: R
): Watchdog<R> | undefined => {
  const { heartbeatTimeout, readiness, startTimeout: limit } = owner.spec.options
  const startTimeout = readiness === "automatic" ? Infinity : limit
  const isWatched = startTimeout !== Infinity || heartbeatTimeout !== Infinity
  return isWatched ? new Watchdog(owner, run, startTimeout, heartbeatTimeout) : undefined
}

export class Watchdog<R extends Run> {
  readonly #owner: Owner<R>
  readonly #run: R
  readonly #heartbeatTimeout: number
  #beatAt: number
  #start: Fiber.Fiber<void> | undefined
  #heart: Fiber.Fiber<void> | undefined

  constructor(owner: Owner<R>, run: R, startTimeout: number, heartbeatTimeout: number) {
    this.#owner = owner
    this.#run = run
    this.#heartbeatTimeout = heartbeatTimeout
    this.#beatAt = owner.home.monotonic()
    if (startTimeout !== Infinity) {
      this.#start = owner.after(startTimeout, () => this.#timedOut("startTimeout", startTimeout))
    }
    if (heartbeatTimeout !== Infinity) this.#check(heartbeatTimeout)
  }

  ready(): void {
    this.#start?.interruptUnsafe()
  }

  beat(): void {
    this.#beatAt = this.#owner.home.monotonic()
  }

  close(): void {
    this.#start?.interruptUnsafe()
    this.#heart?.interruptUnsafe()
  }

  /** Looks after so long whether there was a heartbeat meanwhile. */
  #check(millis: number): void {
    const due = this.#owner.home.monotonic() + millis
    this.#heart = this.#owner.after(millis, () => {
      const now = this.#owner.home.monotonic()
      const timeout = this.#heartbeatTimeout
      const left = this.#beatAt + timeout - now
      if (left > 0) this.#check(left)
      else if (now - due > late * timeout) this.#check(timeout)
      else this.#timedOut("heartbeatTimeout", timeout)
    })
  }

  #timedOut(timeout: "startTimeout" | "heartbeatTimeout", afterMillis: number): void {
    const { name: service, run } = this.#run
    this.#owner.timedOut(this.#run, new RunTimedOut({ service, run, timeout, afterMillis }))
  }
}
