import { Cron } from "croner"
import type { ServiceAPI } from "effect-governor/promise"
import { work } from "./work.ts"

export const scheduled = async ({ ready, sleep }: ServiceAPI) => {
  const times = new Cron("* * * * * *") // without a function it only tells the times
  ready()
  for (let due = times.nextRun(); due !== null; due = times.nextRun()) {
    while (due.getTime() > Date.now()) if (await sleep(due.getTime() - Date.now())) return
    await work(due)
  }
}
