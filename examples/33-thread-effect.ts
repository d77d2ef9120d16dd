/**
 * A thread as a service, whose work is an effect: it is blocked on purpose, and begins again, while the rest of the program goes on.
 *
 *     node examples/33-thread-effect.ts
 *
 * The work of the thread is in threads/primes-effect.ts. In its first run it ends in a loop without an end. No fiber of that
 * thread goes on, so it gives no sign of life any more, and is terminated after a second: its finalizers do not run. Those of the
 * second run do, at Ctrl-C. The clock in this thread does not notice. The exit code is 0.
 */
import { Governor, RestartPolicy } from "effect-governor"
import { runMain } from "effect-governor/node"
import { ServiceProcess } from "effect-governor/process"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const primes = ServiceProcess.worker("primes", new URL("./threads/primes-effect.ts", import.meta.url), {
  data: { limit: 100_000 },
  readiness: "manual",
  heartbeatTimeout: "1 second",
  restart: RestartPolicy.onFailure("100 millis")
})

const clock = Effect.gen(function*() {
  for (let tick = 1;; tick++) {
    yield* Effect.sleep("200 millis")
    yield* Effect.logInfo(`tick ${tick}`)
  }
})

const Services = Layer.mergeAll(Governor.service(primes), Governor.service("clock", clock))

Governor.launch(Services).pipe(runMain)
