import type { ServiceAPI } from "effect-governor/promise"
import { PgBoss } from "pg-boss"
import { work } from "./work.ts"

export const worker = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const boss = new PgBoss(process.env["DATABASE_URL"] ?? "")
  boss.on("error", (error) => log.warn("pg-boss: %s", error.message)) // without a listener the process ends
  defer(() => boss.stop({ timeout: 20_000 })) // waits for the jobs. Its default, 30 seconds, is longer than the shutdown
  await boss.start()
  await boss.createQueue("jobs")
  await boss.work<string>("jobs", async ([job]) => void await work(job?.data))
  ready()
  await sleep("Infinity")
}
