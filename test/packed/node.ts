import { Governor, type GovernorError, RestartPolicy, Service, ServiceRun, type ShutdownReport } from "effect-governor"
import { catchSignals, runMain, type RunOptions } from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MinimumLogLevel } from "effect/References"

const ticker = Service.make(
  "ticker",
  Effect.gen(function*() {
    const { run } = yield* ServiceRun
    console.log("run", run)
    if (run === 1) return yield* Effect.fail("crashed")
    process.kill(process.pid, "SIGTERM")
    return yield* Effect.never
  })
)

const options: RunOptions = { shutdownTimeout: "10 seconds", catchUncaught: true, teardown: undefined }
const program: Effect.Effect<
  ShutdownReport.ShutdownReport,
  | GovernorError.DuplicateService
  | GovernorError.GovernorClosed
  | GovernorError.GovernorFailed
  | GovernorError.InvalidOption
> = Governor.launch(Governor.service(ticker), { restart: RestartPolicy.spaced(0) })

program.pipe(
  Effect.tap(({ ok }) => Effect.sync(() => console.log("ok", ok))),
  Effect.provideService(MinimumLogLevel, "None"),
  runMain(options)
)

export const Signals = Layer.effectDiscard(Effect.flatMap(Governor.Governor, (governor) => catchSignals(governor)))

// @ts-expect-error: what is checked here has types
export const wrong = () => runMain(program, { patience: 1 })
