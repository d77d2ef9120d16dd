/**
 * A worker that must not run while its database is away, and an API that goes on without it.
 *
 *     node examples/27-binding-effect.ts
 *
 * Both depend on the database. The worker is bound to it: when the database is not ready any more, the worker stops, and it
 * begins again with the database. The API only waits for the database before its first answer. Ctrl-C stops the worker
 * and the API before the database, with exit code 0.
 */
import { Governor, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A real service would hear from its client that the connection is lost. */
const connection = Effect.gen(function*() {
  yield* ServiceRun.ready
  yield* Effect.sleep("1 second")
  yield* ServiceRun.unready("the connection is lost")
  yield* Effect.sleep("1 second")
})

const database = Service.make("database", Effect.forever(connection), { readiness: "manual" })

const jobs = Effect.acquireRelease(Effect.logInfo("takes jobs"), () => Effect.logInfo("has finished its job"))

const worker = Service.make("worker", Effect.andThen(jobs, Effect.never), { bindsTo: [database] })

/** A real service would answer requests. */
const answer = Effect.gen(function*() {
  const governor = yield* Governor.Governor
  const { _tag } = yield* Effect.flatMap(governor.get("database"), (handle) => handle.status)
  return _tag === "Running" ? 200 : 503
})

const api = Service.make(
  "api",
  Effect.gen(function*() {
    for (let latest = 0;; yield* Effect.sleep("100 millis")) {
      const status = yield* answer
      if (status !== latest) yield* Effect.logInfo(`the answer is ${status}`)
      latest = status
    }
  }),
  { dependsOn: [database] }
)

const Services = Layer.mergeAll(Governor.service(database), Governor.service(worker), Governor.service(api))

Governor.launch(Services).pipe(GovernorNode.runMain)
