import type { ServiceAPI } from "effect-governor/promise"
import { run } from "graphile-worker"
import { work } from "./work.ts"

export const worker = async ({ defer, ready, until }: ServiceAPI) => {
  const runner = await run({
    noHandleSignals: true, // its own handlers end the process
    // Without the delay of 0, the end of a job for which `stop` waits is not written to the database.
    preset: { worker: { connectionString: process.env["DATABASE_URL"] ?? "", completeJobBatchDelay: 0 } },
    taskList: { job: (payload) => work(payload).then(() => {}) }
  })
  defer(() => runner.stop().catch(() => {})) // waits for the jobs; rejects if the runner has ended by itself
  // A worker whose first look for jobs fails never finds any. So a failure is a crash, and the next run looks afresh.
  const failed = new Promise<never>((_, reject) =>
    runner.events.on("worker:getJob:error", ({ error }) => reject(error))
  )
  failed.catch(() => {})
  ready()
  await until(Promise.race([runner.promise, failed]))
}
