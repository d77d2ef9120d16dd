/**
 * A service that is restarted, and a clean way out, as an Effect program.
 *
 *     node examples/02-hello-effect.ts
 *
 * It says hello and fails: you see the error, that it restarts, and hello again from the next run. Ctrl-C leaves at once,
 * with exit code 0.
 */
import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

class WentWrong extends Data.TaggedError("WentWrong")<{ readonly message: string }> {}

const hello = Effect.gen(function*() {
  const { run } = yield* ServiceRun
  yield* Effect.logInfo(`hello from run ${run}`)
  yield* Effect.sleep("500 millis")
  return yield* new WentWrong({ message: "something went wrong" })
})

// A service is a layer. What it needs is provided to it in the usual way.
const Services = Governor.service("hello", hello)

Governor.launch(Services, { restart: RestartPolicy.spaced("500 millis") }).pipe(GovernorNode.runMain)
