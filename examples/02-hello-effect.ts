/**
 * A service that is restarted, and a program that ends cleanly, with Effect.
 *
 *     node examples/02-hello-effect.ts
 *
 * The service says hello and fails. The log shows the error and the restart, and the next run says hello again. Ctrl-C
 * ends the program at once, with exit code 0.
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

// A service is a layer. Its requirements are provided as to any other layer.
const Services = Governor.service("hello", hello)

Governor.launch(Services, { restart: RestartPolicy.spaced("500 millis") }).pipe(GovernorNode.runMain)
