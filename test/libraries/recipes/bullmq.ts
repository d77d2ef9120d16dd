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
  defer(() => worker.close(redis.status !== "ready")) // true: does not wait. While Redis is away it would wait for ever
  ready()
  await sleep("Infinity")
}
