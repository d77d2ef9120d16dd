import type { ServiceAPI } from "effect-governor/promise"
import { schedule } from "node-cron"
import { Jobs } from "./Jobs.ts"
import { work } from "./work.ts"

export const scheduled = async ({ defer, log, ready, sleep }: ServiceAPI) => {
  const jobs = new Jobs(log)
  const task = schedule("* * * * * *", () => jobs.begin(() => work("job")))
  defer(() => jobs.settled()) // `destroy` does not wait for them
  defer(() => task.destroy())
  ready()
  await sleep("Infinity")
}
