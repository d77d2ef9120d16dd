/** Programs that take jobs from PostgreSQL. */
import { makeWorkerUtils } from "graphile-worker"
import * as assert from "node:assert/strict"
import { Client } from "pg"
import { PgBoss } from "pg-boss"
import type { Trial } from "../Trial.ts"

const connected = async <A>(url: string, use: (client: Client) => Promise<A>): Promise<A> => {
  const client = new Client(url)
  await client.connect()
  return use(client).finally(() => client.end())
}

const count = (url: string, query: string): Promise<number> =>
  connected(url, async (client) => Number((await client.query(`select count(*) from ${query}`)).rows[0].count))

const table: Trial = {
  server: "postgresql",
  noticesSilence: true,
  prepare: (url) => connected(url, (client) => client.query("create table if not exists jobs (job text)")),
  send: async ({ url }) => {
    await connected(url, (client) => client.query("insert into jobs values ('job')"))
    return async () => assert.equal(await count(url, "jobs"), 0)
  }
}

const listen: Trial = {
  server: "postgresql",
  isForgetful: true,
  closesWithError: true,
  send: async ({ url }) => {
    await connected(url, (client) => client.query("notify jobs, 'job'"))
    return () => {}
  }
}

const graphile: Trial = {
  server: "postgresql",
  send: async ({ url }) => {
    const utils = await makeWorkerUtils({ connectionString: url })
    const { id } = await utils.addJob("job", "job")
    await utils.release()
    return async () => assert.equal(await count(url, `graphile_worker.jobs where id = ${id}`), 0)
  }
}

const boss: Trial = {
  server: "postgresql",
  send: async ({ url }) => {
    const client = new PgBoss({ connectionString: url, supervise: false, schedule: false })
    await client.start()
    const id = await client.send("jobs", {})
    await client.stop()
    return async () => assert.equal(await count(url, `pgboss.job where id = '${id}' and state = 'completed'`), 1)
  }
}

export const trials: Readonly<Record<string, Trial>> = {
  "graphile-worker": graphile,
  "pg-boss": boss,
  "pg-listen": { ...listen, noticesSilence: true },
  "pg-pool": table,
  "sql-pg-effect": { ...listen, closesWithError: false }
}
