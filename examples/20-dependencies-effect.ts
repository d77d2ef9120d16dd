/**
 * Services that wait for one another: an API, a migration that has to complete before it, and the database of both.
 *
 *     node examples/20-dependencies-effect.ts
 *
 * The API begins when the migration has completed, and the migration begins when the database is ready. In its first
 * run the database is late. After one second this run is given up and another run follows, while the other services
 * still wait. Ctrl-C stops the API before the database, with exit code 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A real service would make a client here, which is closed with the run. The first attempt gets no answer. */
const connect = Effect.gen(function*() {
  const { run } = yield* ServiceRun
  yield* Effect.logInfo("connects")
  yield* Effect.sleep(run === 1 ? "1 minute" : "100 millis")
  yield* Effect.acquireRelease(Effect.logInfo("connected"), () => Effect.logInfo("disconnected"))
})

const database = Service.make(
  "database",
  Effect.gen(function*() {
    yield* connect
    yield* ServiceRun.ready
    return yield* Effect.never
  }),
  { readiness: "manual", startTimeout: "1 second" }
)

const migration = Service.make(
  "migration",
  Effect.andThen(Effect.sleep("100 millis"), Effect.logInfo("done")),
  { dependsOn: [database], readiness: "completed" }
)

const api = Service.make(
  "api",
  Effect.andThen(
    Effect.acquireRelease(Effect.logInfo("answers requests"), () => Effect.logInfo("closed")),
    Effect.never
  ),
  { dependsOn: [database, migration] }
)

const Services = Layer.mergeAll(Governor.service(api), Governor.service(migration), Governor.service(database))

Governor.launch(Services, { restart: RestartPolicy.onFailure("500 millis") }).pipe(GovernorNode.runMain)
