import { Governor, RestartPolicy, Service } from "effect-governor"
import { GovernorEvent, ShutdownReport } from "effect-governor/schema"
import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import * as Schema from "effect/Schema"

const Line = Schema.fromJsonString(GovernorEvent)
type Sent = typeof ShutdownReport.Encoded

const program = Effect.gen(function*() {
  const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0, { maxRestarts: 1 }) })
  governor.tree.listen((event) => {
    const read = Schema.decodeSync(Line)(Schema.encodeSync(Line)(event))
    if (read._tag === "ServiceStarting") console.log("run", read.run)
  })
  yield* governor.add(Service.make("ticker", Effect.fail("crashed")))
  yield* governor.start
  return yield* governor.awaitShutdown
})
const report = await Effect.runPromise(Effect.provideService(Effect.scoped(program), MinimumLogLevel, "None"))
const sent: Sent = Schema.encodeSync(ShutdownReport)(report)
console.log("ok", sent.services[0]?.cause?.name === "RestartLimitExceeded")

// @ts-expect-error: what is checked here has types
export const wrong: Sent = { ok: 1 }
