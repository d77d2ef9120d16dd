import * as PgClient from "@effect/sql-pg/PgClient"
import { Governor, ServiceRun } from "effect-governor"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { work } from "./work.ts"

// A pool for all services. It connects again by itself.
const Database = PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") })

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
