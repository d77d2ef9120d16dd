/**
 * A simulated process. Its signals come from the test, and it does not really end.
 */
import { codeOf, type SignalName } from "../node/signals.ts"
import type { System } from "../node/system.ts"

/**
 * How the process of a `TestGovernor` would have ended.
 *
 * **Details**
 *
 * - `code`: the exit code: 0; or 1 if the report is not `ok` and `catchSignals` was called; or 128 + the number of the
 *   signal that ended the process
 * - `why`: `"no service is active"`; `"the report is not ok"`; `"SIGTERM came again"`, if the second signal came a second
 *   later or more; `"SIGTERM was not caught"`, if the signal came without `catchSignals` or after the shutdown
 * - `running`: the services that still had a run
 *
 * **Example** (A service that does not end in time)
 *
 * ```ts
 * import { TestGovernor } from "effect-governor/testing"
 *
 * const test = new TestGovernor({ stopTimeout: "10 seconds" }).catchSignals()
 * test.probe("hung").hang()
 * test.start()
 * test.signal("SIGTERM")
 * await test.advance("10 seconds")
 * console.log(test.exit) // { code: 1, why: 'the report is not ok', running: [] }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface TestExit {
  readonly code: number
  readonly why: string
  readonly running: ReadonlyArray<string>
}

/** @internal */
export class TestProcess implements System {
  exitCode: number | undefined
  readonly #listeners = new Map<string, (what: never) => void>()
  readonly #running: () => ReadonlyArray<string>
  /** Whether something keeps the process up. Undefined as long as nothing has. */
  #isHeld: boolean | undefined
  #signal: SignalName | undefined
  #killed: TestExit | undefined
  readonly now: () => number

  constructor(now: () => number, running: () => ReadonlyArray<string>) {
    this.now = now
    this.#running = running
  }

  /** How the process ended; undefined while it is up. */
  get ended(): TestExit | undefined {
    if (this.#killed !== undefined) return this.#killed
    if (this.#isHeld !== false) return undefined
    const code = this.exitCode ?? 0
    return { code, why: code === 0 ? "no service is active" : "the report is not ok", running: [] }
  }

  /** Sends a signal. After the end of the process, it does nothing. */
  send(signal: SignalName): void {
    if (this.ended !== undefined) return
    this.#signal = signal
    const listener = this.#listeners.get(signal)
    if (listener === undefined) this.#kill(codeOf(signal), `${signal} was not caught`)
    else listener(signal as never)
  }

  // --- as a system ---

  readonly on: System["on"] = (event, listener) => void this.#listeners.set(event, listener)

  readonly off: System["off"] = (event) => void this.#listeners.delete(event)

  exit(code = this.exitCode ?? 0): void {
    this.#kill(code, `${this.#signal} came again`)
  }

  hold(): () => void {
    this.#isHeld = true
    return () => {
      this.#isHeld = false
    }
  }

  /** The channel to the parent process keeps this process up until the hub lets go of it. */
  holdChannel(does: boolean): void {
    this.#isHeld = does
  }

  /** Does nothing: these tasks are for a process that something else keeps up after its end, and here nothing does. */
  later(): void {}

  soon(): void {}

  outliveReaders(): void {}

  /** The process is not real, and neither is its termination message. */
  overwrite(): void {}

  /** No error leaves the test. */
  readonly enter: System["enter"] = (_run, begin) => begin()

  entered(): undefined {}

  holders(): ReadonlyArray<string> {
    return []
  }

  #kill(code: number, why: string): void {
    this.#killed = { code, why, running: this.#running() }
  }
}
