import type { ServiceAPI } from "effect-governor/promise"
import { createClient } from "redis"
import { work } from "./work.ts"

export const consumer = async ({ defer, log, ready, until }: ServiceAPI) => {
  const redis = createClient({ url: process.env["REDIS_URL"] ?? "" })
  redis.on("error", (error) => log.warn("redis: %s", error.message)) // without a listener the process ends
  defer(() => redis.destroy()) // `close` waits for `blPop`, and while Redis is away without end
  await until(redis.connect())
  ready()
  while (true) {
    const popped = await until(redis.blPop("jobs", 0))
    if (popped) await work(popped.element)
  }
}
