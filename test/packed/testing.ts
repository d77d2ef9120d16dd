import { Governor, RestartPolicy } from "effect-governor"
import type { ServiceAPI } from "effect-governor/promise"
import {
  collectEvents,
  type EventCollector,
  type Probe,
  probe,
  serviceAPI,
  TestGovernor
} from "effect-governor/testing"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import * as TestClock from "effect/testing/TestClock"

const announce = ({ run }: Pick<ServiceAPI, "run">) => console.log("run", run)

const program = Effect.gen(function*() {
  const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 minute") })
  const { first, steps }: EventCollector = collectEvents(governor)
  const ticker = probe<"no connection">("ticker")
  yield* governor.add(ticker)
  yield* governor.start
  announce(yield* first("ServiceStarting", "ticker"))
  ticker.crash("no connection")
  yield* TestClock.adjust("1 minute")
  announce(serviceAPI({ run: ticker.runs }))
  return steps.includes("Crashed ticker#1")
})
const crashed = await Effect.runPromise(
  program.pipe(Effect.scoped, Effect.provide(TestClock.layer()), Effect.provideService(MinimumLogLevel, "None"))
)

const test = new TestGovernor({ name: "test" }).catchSignals()
const idle: Probe = test.probe("idle", { stopTimeout: "1 second" })
test.start()
test.signal("SIGTERM")
const { ok } = await test.waitForShutdown()
console.log("ok", ok && crashed && idle.runs === 1 && test.exit?.code === 0)

// @ts-expect-error: what is checked here has types
export const wrong = () => test.signal("SIGWHAT")
