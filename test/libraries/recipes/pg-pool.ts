import type { ServiceAPI } from "effect-governor/promise"
import { Pool } from "pg"
import { work } from "./work.ts"

export const reader = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const pool = new Pool({ connectionString: process.env["DATABASE_URL"] })
  pool.on("error", (error) => log.warn("idle connection: %s", error.message)) // without a listener the process ends
  defer(() => pool.end()) // waits for the queries, and without limit for clients that were not released
  ready()
  do {
    const { rows } = await pool.query("delete from jobs returning job")
    for (const { job } of rows) await work(job)
  } while (!(await sleep("1 second")))
}
