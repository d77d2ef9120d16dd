import { Governor, type GovernorError, RestartPolicy, Service, ServiceRun, type ShutdownReport } from "effect-governor"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import type * as Scope from "effect/Scope"

type Refusal =
  | GovernorError.DuplicateService
  | GovernorError.GovernorClosed
  | GovernorError.InvalidOption
  | GovernorError.RunAbandoned
  | GovernorError.UnknownService

const options: Governor.Options = { restart: RestartPolicy.spaced(0), stopTimeout: undefined }

const program: Effect.Effect<ShutdownReport.ShutdownReport, Refusal, Scope.Scope> = Effect.gen(function*() {
  const governor = yield* Governor.make(options)
  const ticker: Service.Service<string> = Service.make(
    "ticker",
    Effect.gen(function*() {
      const { run } = yield* ServiceRun
      console.log("run", run)
      if (run === 1) return yield* Effect.fail("crashed")
      return yield* governor.shutdown
    })
  )
  const handle: Governor.ServiceHandle<string> = yield* governor.add(ticker)
  yield* handle.start
  return yield* governor.awaitShutdown
})

const { ok } = await Effect.runPromise(
  Effect.scoped(program).pipe(Effect.provideService(MinimumLogLevel, "None"))
)
console.log("ok", ok)

// @ts-expect-error: what is checked here has types
export const wrong = () => Service.make(1, Effect.void)
