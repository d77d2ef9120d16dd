/**
 * A governor inside a governor, whose services restart together, and of which one hangs.
 *
 *     node examples/22-tree-effect.ts
 *
 * The services of "ingest" read a feed, parse it and store it. In its first run the parser stops working. After one
 * second without a heartbeat it is asked to end, and is restarted. The strategy "rest-for-one" restarts the store with
 * it, because the store was added later. The feed, which was added before, and the API in the outer governor go on.
 * Ctrl-C ends the program with exit code 0, and prints how each service ended, by its path.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const opened = Effect.gen(function*() {
  const { run } = yield* ServiceRun
  yield* Effect.acquireRelease(Effect.logInfo(`begins (run ${run})`), () => Effect.logInfo("ends"))
})

const stay = Effect.andThen(opened, Effect.never) // a real service would do its work here

const parse = Effect.gen(function*() {
  yield* opened
  const { run } = yield* ServiceRun
  for (let items = 0;; items++) {
    if (run === 1 && items === 3) return yield* Effect.never // an answer that never comes
    yield* ServiceRun.heartbeat
    yield* Effect.sleep("100 millis")
  }
})

// Merged layers are built at the same time. One layer adds these services, so that they are added in this order.
const Ingest = Layer.effectDiscard(Effect.gen(function*() {
  const governor = yield* Governor.Governor
  yield* governor.add(Service.make("feed", stay))
  yield* governor.add(Service.make("parser", parse, { heartbeatTimeout: "1 second" }))
  yield* governor.add(Service.make("store", stay))
}))

const ingest = Governor.asService("ingest", Ingest, {
  restart: RestartPolicy.spaced("100 millis"),
  strategy: "rest-for-one"
})

const Services = Layer.mergeAll(
  Governor.service(ingest),
  Governor.service("api", stay, { dependsOn: [ingest] })
)

Governor.launch(Services, { restart: RestartPolicy.spaced("1 second") }).pipe(
  Effect.flatMap(({ services }) => Effect.forEach(services, ({ name, outcome }) => Console.log(`${name}: ${outcome}`))),
  GovernorNode.runMain
)
