import type { ServiceAPI } from "effect-governor/promise"
import { Client } from "pg"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const listener = async ({ defer, log, ready, until }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const client = new Client({ connectionString: process.env["DATABASE_URL"] })
  // A lost connection is an event. As a rejection it is a crash, and the next run listens again.
  const lost = new Promise<never>((_, reject) => client.on("error", reject))
  lost.catch(() => {}) // it may be lost before anybody waits for it
  client.on("notification", ({ payload }) => jobs.begin(() => work(payload)))
  defer(() => client.end())
  defer(() => jobs.settled())
  await client.connect()
  await client.query("listen jobs")
  ready()
  await until(lost)
}
