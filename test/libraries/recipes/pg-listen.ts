import type { ServiceAPI } from "effect-governor/promise"
import { Socket } from "node:net"
import { setTimeout } from "node:timers/promises"
import { Client } from "pg"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const listener = async ({ defer, log, ready, sleep, until }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const socket = new Socket()
  const client = new Client({
    connectionString: process.env["DATABASE_URL"],
    connectionTimeoutMillis: 4000,
    query_timeout: 4000,
    stream: () => socket
  })
  // A lost connection is an event. As a rejection it is a crash, and the next run listens again.
  const lost = new Promise<never>((_, reject) => client.on("error", reject))
  lost.catch(() => {}) // it may be lost before anybody waits for it
  client.on("notification", ({ payload }) => jobs.begin(() => work(payload)))
  // `end` waits without limit for a server that does not answer.
  defer(() => Promise.race([client.end(), setTimeout(2000, undefined, { ref: false })]).finally(() => socket.destroy()))
  defer(() => jobs.settled())
  await client.connect()
  await client.query("listen jobs")
  ready()
  // A server that falls silent is no event. So ask it: the query fails when its time is over.
  const ask = async () => {
    while (!(await sleep("10 seconds"))) await client.query("select 1")
  }
  await until(Promise.race([lost, ask()]))
}
