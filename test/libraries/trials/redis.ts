/** Programs that take jobs from Redis. */
import { Queue } from "bullmq"
import { Redis } from "ioredis"
import * as assert from "node:assert/strict"
import type { Trial } from "../Trial.ts"

const connected = async <A>(url: string, use: (redis: Redis) => Promise<A>): Promise<A> => {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  return use(redis).finally(() => redis.disconnect())
}

const list: Trial = {
  server: "redis",
  send: async ({ url }) => {
    await connected(url, (redis) => redis.rpush("jobs", "job"))
    return async () => assert.equal(await connected(url, (redis) => redis.llen("jobs")), 0)
  }
}

const bullmq: Trial = {
  server: "redis",
  lingers: true,
  send: async ({ url }) => {
    const queued = <A>(use: (queue: Queue) => Promise<A>) =>
      connected(url, async (connection) => {
        const queue = new Queue("jobs", { connection })
        return use(queue).finally(() => queue.close())
      })
    const { id = "" } = await queued((queue) => queue.add("job", "job"))
    return async () => assert.equal(await queued((queue) => queue.getJobState(id)), "completed")
  }
}

export const trials: Readonly<Record<string, Trial>> = { bullmq, ioredis: list, redis: list, "redis-effect": list }
