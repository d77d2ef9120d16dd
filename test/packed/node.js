import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
import { runMain } from "effect-governor/node"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"

const Ticker = Governor.service(
  "ticker",
  Effect.gen(function*() {
    const { run } = yield* ServiceRun
    console.log("run", run)
    if (run === 1) return yield* Effect.fail("crashed")
    process.kill(process.pid, "SIGTERM")
    return yield* Effect.never
  })
)

Governor.launch(Ticker, { restart: RestartPolicy.spaced(0) }).pipe(
  Effect.tap(({ ok }) => Effect.sync(() => console.log("ok", ok))),
  Effect.provideService(MinimumLogLevel, "None"),
  runMain
)
