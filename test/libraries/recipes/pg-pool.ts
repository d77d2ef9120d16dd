import type { ServiceAPI } from "effect-governor/promise"
import { setTimeout } from "node:timers/promises"
import { Pool } from "pg"
import { work } from "./work.ts"

export const reader = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const pool = new Pool({
    connectionString: process.env["DATABASE_URL"],
    connectionTimeoutMillis: 4000, // a server that is frozen accepts connections and never answers:
    query_timeout: 4000, // without limits everything waits for it without end
    allowExitOnIdle: true // what `end` leaves behind does not keep the process
  })
  pool.on("error", (error) => log.warn("idle connection: %s", error.message)) // without a listener the process ends
  pool.on("connect", (client) => client.on("error", () => {})) // the same, while a client is checked out
  // `end` waits for the queries, and without limit for a server that does not answer, and for clients that were not released.
  defer(() => Promise.race([pool.end(), setTimeout(2000, undefined, { ref: false })]))
  ready()
  do {
    const { rows } = await pool.query("delete from jobs returning job")
    for (const { job } of rows) await work(job)
  } while (!(await sleep("1 second")))
}
