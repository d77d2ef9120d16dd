import * as PgClient from "@effect/sql-pg/PgClient"
import { Governor, ServiceRun } from "effect-governor"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { work } from "./work.ts"

// A pool for all services. It connects at its first query, and again by itself. Without a query here, the layer would be
// built also while there is no server.
const Database = PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }).pipe(
  Layer.tap((context) => Context.get(context, PgClient.PgClient)`select 1`)
)

const listener = Effect.gen(function*() {
  const sql = yield* PgClient.PgClient
  const notifications = yield* sql.listen("jobs") // a lost connection fails the queue: a crash, and the next run listens
  yield* ServiceRun.ready
  while (true) {
    const { payload } = yield* Queue.take(notifications)
    yield* Effect.uninterruptible(Effect.promise(() => work(payload)))
  }
})

export const services = Governor.service("listener", listener, { readiness: "manual" }).pipe(Layer.provide(Database))
