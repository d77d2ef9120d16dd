/**
 * The governor for plain TypeScript, with a clock and a process that a test controls.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Scheduler from "effect/Scheduler"
import * as Option from "../internal/input/GovernorOption.ts"
import { hasRun } from "../node/governed.ts"
import { Hub } from "../node/Hub.ts"
import { CurrentHub } from "../node/process.ts"
import { type SignalName, signals } from "../node/signals.ts"
import { Governor } from "../promise/Governor.ts"
import { check, type GovernorOptions, inside } from "../promise/GovernorOptions.ts"
import type { LogEntry } from "../promise/log.ts"
import type { GovernorEvent } from "../promise/plain.ts"
import type { ServiceOptions } from "../promise/ServiceConfig.ts"
import { step } from "./events.ts"
import { Commands, type Probe, promised } from "./probe.ts"
import { type TestExit, TestProcess } from "./TestProcess.ts"
import { TestTime } from "./TestTime.ts"

/** The real timer, taken when this module loads, because a test may fake timers later. */
const { setTimeout } = globalThis

/**
 * In minutes: how far a disposal moves the time in each step while the shutdown is not complete. In total more than a
 * day.
 */
const patience = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** Waits in real time between two steps of a disposal, for services that stop in real time. */
const pause = () => new Promise<false>((resolve) => setTimeout(resolve, 100, false))

/**
 * The `Governor` of `effect-governor/promise` for tests. It has the same methods. Its time passes only when the test
 * moves it, and its signals come only from the test.
 *
 * **Details**
 *
 * - `advance(duration)`: moves the time by this duration, from one sleep that ends to the next. After each step,
 *   promises and restarts settle. `0` moves no time and only lets pending work settle. The clock begins at 1970-01-01,
 *   00:00 UTC
 * - `signal(name)`: does what the process would do at this signal. The second signal, a second later or more, ends the
 *   process with 128 + n
 * - `exit`: how the process would have ended; undefined while the process is up
 * - `events`: all events so far. `steps`: the same events in a short form, such as `"Starting web#1"`
 * - `logs`: every line of the log. Nothing is printed
 * - `probe(name, options?)`: adds a service that the test controls
 *
 * A `TestGovernor` works in any test runner. It sets no timer, does not listen to the real process, and keeps nothing
 * up. So a governor that a test forgets does no harm, unless its services restart without a delay for ever.
 * `await using` shuts the governor down, and moves the time as far as that needs, more than a day if necessary.
 *
 * **Gotchas**
 *
 * `advance` moves `api.sleep` and the governor's own time: delays, timeouts, limits. It does not move your `setTimeout`
 * and `Date`, and does not wait for work that takes real time, such as a socket. Fake your own timers with your test
 * runner (`vi.useFakeTimers()`, `mock.timers` of `node:test`), and move both clocks.
 *
 * A stop that has to wait for a time, such as the stop of a hung service with a `stopTimeout`, ends when that time has
 * passed. Ask for the stop, move the time, and then await the stop.
 *
 * **Example** (An hour of a service, and its shutdown)
 *
 * ```ts
 * import { TestGovernor } from "effect-governor/testing"
 *
 * const test = new TestGovernor().catchSignals().restart("1 second")
 * let polls = 0
 * test.add("poller", async ({ sleep }) => {
 *   do if (++polls === 10) throw new Error("no connection")
 *   while (!(await sleep("1 minute")))
 * })
 * test.start()
 * await test.advance("1 hour")
 * console.log(polls, test.get("poller").status().restarts) // 61 1
 *
 * test.signal("SIGTERM")
 * const { ok } = await test.waitForShutdown()
 * console.log(ok, test.exit?.code) // true 0
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export class TestGovernor extends Governor {
  readonly #time: TestTime
  readonly #process: TestProcess
  readonly #running: () => ReadonlyArray<string>
  readonly events: ReadonlyArray<GovernorEvent>
  readonly steps: ReadonlyArray<string>
  readonly logs: ReadonlyArray<LogEntry>

  constructor(options: GovernorOptions = {}) {
    const { log } = check(options)
    const logs: Array<LogEntry> = []
    const time = new TestTime()
    const process = new TestProcess(() => time.now, () => running())
    super({
      ...options,
      log: (entry) => {
        logs.push(entry)
        return log?.(entry)
      },
      [inside]: Context.make(Clock.Clock, time.clock).pipe(
        Context.add(Scheduler.Scheduler, time.scheduler),
        Context.add(CurrentHub, new Hub(process))
      )
    })
    const running = () => this.status().filter(hasRun).map(({ name }) => name)
    const events: Array<GovernorEvent> = []
    const steps: Array<string> = []
    this.onEvent((event) => {
      events.push(event)
      steps.push(step(event))
    })
    this.#time = time
    this.#process = process
    this.#running = running
    this.events = events
    this.steps = steps
    this.logs = logs
  }

  /** How the process would have ended; undefined while the process is up. */
  get exit(): TestExit | undefined {
    return this.#process.ended
  }

  /**
   * Moves the time by this duration. Resolves when everything that this caused has settled. Rejects with
   * `InvalidOption`, or if a service restarts without a delay for ever.
   */
  async advance(duration: Duration.Input): Promise<void> {
    const millis = Option.durationMillis("duration", duration)
    const before = this.events.length
    await this.#time.advance(millis, () => namesOf(this.events.slice(before).slice(-100)))
  }

  /** Does what the process would do at this signal. Throws `InvalidOption`. */
  signal(signal: SignalName): void {
    this.#process.send(Option.oneOf("signal", signal, signals))
  }

  /** Adds a service that the test controls. Throws as `add` does. */
  probe(name: string, options?: ServiceOptions): Probe {
    const commands = new Commands<unknown>(name)
    this.add(name, promised(commands, options), options)
    return commands
  }

  /** Shuts down, and moves the time as far as that needs: `await using test = new TestGovernor()`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    const down = this.shutdown().then(() => true)
    for (const minutes of patience) {
      await this.advance(60_000 * minutes)
      if (await Promise.race([down, Promise.resolve(false)])) return // no pause if the shutdown is complete by now
      if (await Promise.race([down, pause()])) return
    }
    const running = this.#running().join(", ")
    throw new Error(`more than a day of the test's time after the shutdown began, these services still run: ${running}`)
  }
}

const namesOf = (events: ReadonlyArray<GovernorEvent>): ReadonlyArray<string> => [
  ...new Set(events.flatMap((event) => event._tag === "RestartScheduled" ? [event.service] : []))
]
