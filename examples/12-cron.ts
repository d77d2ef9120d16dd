/**
 * Services that do something at set times of the clock.
 *
 *     node examples/12-cron.ts
 *
 * "report" prints at each full second: the clock says when, so it does not drift. "backup" is due at the same times and
 * takes longer than a second: it never overlaps with itself, and leaves out the times it misses. Ctrl-C breaks a backup
 * off, and leaves with exit code 0.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import * as Cron from "effect/Cron"

/** Times as in a crontab, with seconds in front. */
const at = (times: string, zone: string, action: (due: Date, api: ServiceAPI) => void | Promise<void>) => {
  const cron = Cron.parseUnsafe(times, zone) // what it cannot read, it throws before anything starts
  const next = (after: number) => Cron.next(cron, after)
  return async (api: ServiceAPI) => {
    for (let due = next(Date.now()); !api.signal.aborted; due = next(Math.max(Date.now(), due.getTime()))) {
      while (due.getTime() > Date.now()) {
        // A minute at most, then it looks again: the clock may be set, the machine may sleep.
        if (await api.sleep(Math.min(due.getTime() - Date.now(), 60_000))) return
      }
      await action(due, api)
    }
  }
}

const report = at("* * * * * *", "UTC", (due, { log }) => {
  log("due at %s", due.toISOString())
})

const backup = at("* * * * * *", "UTC", async (due, { log, sleep }) => {
  log("begun, due at %s", due.toISOString())
  log(await sleep("1300 millis") ? "broken off" : "done")
})

// A crash is logged; the next run waits for the next time.
const governor = new Governor().catchSignals().restart(0)
governor.add("report", report)
governor.add("backup", backup)
governor.start()
await governor.waitForShutdown()
