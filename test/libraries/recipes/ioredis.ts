import type { ServiceAPI } from "effect-governor/promise"
import { Redis } from "ioredis"
import { work } from "./work.ts"

export const consumer = async ({ defer, log, ready, until }: ServiceAPI) => {
  const redis = new Redis(process.env["REDIS_URL"] ?? "", { maxRetriesPerRequest: null })
  redis.on("error", (error) => log.warn("redis: %s", error.message))
  defer(() => redis.disconnect()) // `quit` waits for `blpop`, and while Redis is away for its return
  ready()
  while (true) {
    const popped = await until(redis.blpop("jobs", 0)) // while Redis is away it never settles
    if (popped) await work(popped[1])
  }
}
