/**
 * The governor for plain TypeScript, on a clock that a test moves, in a process that the test plays.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Scheduler from "effect/Scheduler"
import * as Option from "../GovernorOption.ts"
import { hasRun } from "../node/governed.ts"
import { CurrentHub, Hub, signals } from "../node/process.ts"
import { Governor } from "../promise/Governor.ts"
import { check, type GovernorOptions, inside } from "../promise/GovernorOptions.ts"
import type { LogEntry } from "../promise/log.ts"
import type { GovernorEvent } from "../promise/plain.ts"
import type { ServiceOptions } from "../promise/ServiceConfig.ts"
import { step } from "./events.ts"
import { Commands, type Probe, promised } from "./probe.ts"
import { type TestExit, TestProcess } from "./TestProcess.ts"
import { TestTime } from "./TestTime.ts"

/** As it is when this is loaded: the test may fake it later. */
const { setTimeout } = globalThis

/** What a disposal lets pass while the shutdown is not complete, in minutes: more than a day in all. */
const patience = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** In between, for what stops in real time. */
const pause = () => new Promise<false>((resolve) => setTimeout(resolve, 100, false))

/**
 * The `Governor` of `effect-governor/promise` for tests: the same methods, with time that passes only as the test says, and
 * with signals that only the test sends.
 *
 * **Details**
 *
 * - `advance(duration)`: lets so much time pass, from one sleep that ends to the next; in between, promises and restarts
 *   settle. `0` lets settle what is under way. It begins with 1970
 * - `signal(name)`: what the process would do at that signal, 128 + n at the second one a second later included
 * - `exit`: how the process would have ended; undefined while it is up
 * - `events`: all so far; `steps`: the same in short, as `"Starting web#1"`
 * - `logs`: every line of the log; none is printed
 * - `probe(name, options?)`: adds a service that does as the test says
 *
 * It works in any test runner, has no timer and no listener of the process, and holds nothing up: one that is forgotten does
 * no harm, unless its services restart without a delay for ever. `await using` shuts it down, and lets pass what time that
 * takes, more than a day if need be.
 *
 * **Gotchas**
 *
 * It moves `api.sleep` and the governor's own time: delays, timeouts, limits. It does not move your `setTimeout` and `Date`,
 * nor wait for what takes real time, as a socket. Fake those with your test runner (`vi.useFakeTimers()`, `mock.timers` of
 * `node:test`) and move both.
 *
 * A stop that waits for a time, as that of a hung service with a `stopTimeout`, is over when the time is: ask for it, let the
 * time pass, and await it then.
 *
 * **Example** (An hour of a service, and its end)
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

  /** How the process would have ended; undefined while it is up. */
  get exit(): TestExit | undefined {
    return this.#process.ended
  }

  /**
   * Lets so much time pass; resolves when all has settled that this brought about. Rejects with `InvalidOption`, or if a service
   * restarts without a delay for ever.
   */
  async advance(duration: Duration.Input): Promise<void> {
    const millis = Option.durationMillis("duration", duration)
    const before = this.events.length
    await this.#time.advance(millis, () => namesOf(this.events.slice(before).slice(-100)))
  }

  /** Does what the process would do at that signal. Throws `InvalidOption`. */
  signal(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGBREAK"): void {
    this.#process.send(Option.oneOf("signal", signal, signals))
  }

  /** Adds a service that does as the test says. Throws as `add` does. */
  probe(name: string, options?: ServiceOptions): Probe {
    const commands = new Commands<unknown>(name)
    this.add(name, promised(commands, options), options)
    return commands
  }

  /** Shuts down, and lets pass what time that takes: `await using test = new TestGovernor()`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    const down = this.shutdown().then(() => true)
    for (const minutes of patience) {
      await this.advance(60_000 * minutes)
      if (await Promise.race([down, Promise.resolve(false)])) return // without a pause if it is over by now
      if (await Promise.race([down, pause()])) return
    }
    throw new Error(`These services do not end, for more than a day of the test's time: ${this.#running().join(", ")}`)
  }
}

const namesOf = (events: ReadonlyArray<GovernorEvent>): ReadonlyArray<string> => [
  ...new Set(events.flatMap((event) => event._tag === "RestartScheduled" ? [event.service] : []))
]
