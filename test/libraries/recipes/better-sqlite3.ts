import Database from "better-sqlite3"
import type { ServiceAPI } from "effect-governor/promise"
import { work } from "./work.ts"

export const reader = async ({ defer, ready, signal, sleep }: ServiceAPI) => {
  const database = new Database(":memory:")
  defer(() => database.close()) // after the run. In `stop()` it would throw while the loop has the iterator open
  database.exec("create table jobs (job text); insert into jobs values ('one'), ('two')")
  ready()
  do {
    for (const job of database.prepare<[], string>("select job from jobs").pluck().iterate()) {
      await work(job)
      if (signal.aborted) break
    }
  } while (!(await sleep("1 second")))
}
