import * as NodeRedis from "@effect/platform-node/NodeRedis"
import { Governor } from "effect-governor"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { work } from "./work.ts"

// The layer closes the client. While Redis is away, that would wait without end for what was sent. So this comes first.
const LeaveIfAway = Layer.effectDiscard(Effect.gen(function*() {
  const { client } = yield* NodeRedis.NodeRedis
  yield* Effect.addFinalizer(() => Effect.sync(() => client.isReady || client.destroy()))
}))

const Redis = LeaveIfAway.pipe(Layer.provideMerge(NodeRedis.layerConfig({ url: Config.String("REDIS_URL") })))

const consumer = Effect.gen(function*() {
  const redis = yield* NodeRedis.NodeRedis
  while (true) {
    const job = yield* redis.use((client) => client.lPop("jobs")) // while Redis is away it waits, and is interruptible
    if (job === null) yield* Effect.sleep("100 millis")
    else yield* Effect.uninterruptible(Effect.promise(() => work(job)))
  }
})

export const services = Governor.service("consumer", consumer).pipe(Layer.provide(Redis))
