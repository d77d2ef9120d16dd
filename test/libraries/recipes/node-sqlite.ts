import type { ServiceAPI } from "effect-governor/promise"
import { DatabaseSync } from "node:sqlite"
import { work } from "./work.ts"

export const reader = async ({ defer, ready, signal, sleep }: ServiceAPI) => {
  const database = new DatabaseSync(":memory:")
  defer(() => database.close()) // after the run. In `stop()` it would break the loop, with ERR_INVALID_STATE
  database.exec("create table jobs (job text); insert into jobs values ('one'), ('two')")
  ready()
  do {
    for (const { job } of database.prepare("select job from jobs").iterate()) {
      await work(job)
      if (signal.aborted) break
    }
  } while (!(await sleep("1 second")))
}
