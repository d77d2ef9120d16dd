/**
 * Restarts by a schedule, with growing random delays and a limit.
 *
 *     node examples/04-backoff-effect.ts
 *
 * Two services ask upstreams that are down. The upstream of "prices" answers the fourth run, and that service
 * completes. The upstream of "weather" never answers, so its service is given up after three restarts. The report has
 * the errors of all its runs. One service has failed, so the program sets the exit code 1.
 */
import { Governor, GovernorError, RestartPolicy, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

class Unavailable extends Data.TaggedError("Unavailable")<{ readonly message: string }> {}

/** Asks an upstream that answers from the run `upFrom` on. */
const ask = (upFrom: number) =>
  Effect.gen(function*() {
    const { run } = yield* ServiceRun
    if (run < upFrom) return yield* new Unavailable({ message: `unavailable in run ${run}` })
    yield* Effect.logInfo(`answered in run ${run}`)
  })

// 50 ms, 100 ms, and then 150 ms, changed at random by up to 20 %, so that many processes do not call at the same time.
const delays = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("150 millis")]).pipe(Schedule.jittered)

const Services = Layer.mergeAll(
  Governor.service("prices", ask(4), { restart: RestartPolicy.onFailure(delays) }),
  Governor.service("weather", ask(Infinity), {
    restart: RestartPolicy.onFailure(delays, { maxRestarts: 3, within: "1 minute" })
  })
)

const program = Effect.gen(function*() {
  const { ok, services } = yield* Governor.launch(Services)
  if (!ok) process.exitCode = 1 // the program itself ends well
  for (const { cause, name, outcome } of services) {
    yield* Console.log(`${name}: ${outcome}`)
    if (cause === undefined) continue
    const error = Cause.squash(cause)
    if (!(error instanceof GovernorError.RestartLimitExceeded)) continue
    yield* Console.log(error.message)
    for (const exit of error.exits) yield* Console.log(Exit.isFailure(exit) ? Cause.squash(exit.cause) : "completed")
  }
})

GovernorNode.runMain(program)
