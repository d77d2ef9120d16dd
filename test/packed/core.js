import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"

const program = Effect.gen(function*() {
  const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
  const run = Effect.gen(function*() {
    const { run } = yield* ServiceRun
    console.log("run", run)
    if (run === 1) return yield* Effect.fail("crashed")
    return yield* governor.shutdown
  })
  yield* governor.add(Service.make("ticker", run))
  yield* governor.start
  return yield* governor.awaitShutdown
})

const { ok } = await Effect.runPromise(
  Effect.scoped(program).pipe(Effect.provideService(MinimumLogLevel, "None"))
)
console.log("ok", ok)
