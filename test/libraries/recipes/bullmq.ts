import { Worker } from "bullmq"
import type { ServiceAPI } from "effect-governor/promise"
import { Redis } from "ioredis"
import { work } from "./work.ts"

export const consumer = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const redis = new Redis(process.env["REDIS_URL"] ?? "", { maxRetriesPerRequest: null })
  redis.on("error", (error) => log.warn("redis: %s", error.message))
  defer(() => redis.disconnect())
  const worker = new Worker("jobs", ({ data }) => work(data), { connection: redis })
  worker.on("error", (error) => log.warn("worker: %s", error.message))
  defer(() => {
    const gone = new Promise((resolve) => redis.once("close", resolve))
    // `close(true)` waits for no job. While Redis is away, `close(false)` never settles.
    return Promise.race([worker.close(redis.status !== "ready"), gone])
  })
  ready()
  await sleep("Infinity")
}
