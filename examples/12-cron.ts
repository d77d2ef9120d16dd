/**
 * Services that do something at fixed times.
 *
 *     node examples/12-cron.ts
 *
 * "report" prints at each full second of the clock, so it does not drift. "backup" is due at the same times and takes
 * longer than a second. A backup never overlaps with another, and times that come during a backup are left out. Ctrl-C
 * breaks a backup off, and ends the program with exit code 0.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"
import * as Cron from "effect/Cron"

/** The times are those of a crontab, with seconds in front. */
const at = (times: string, zone: string, action: (due: Date, api: ServiceAPI) => void | Promise<void>) => {
  const cron = Cron.parseUnsafe(times, zone) // throws before anything starts if it cannot read the times
  const next = (after: number) => Cron.next(cron, after)
  return async (api: ServiceAPI) => {
    for (let due = next(Date.now()); !api.signal.aborted; due = next(Math.max(Date.now(), due.getTime()))) {
      while (due.getTime() > Date.now()) {
        // Sleeps one minute at most and then looks again, because the clock may be set, and the machine may sleep.
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

// A crash is logged, and the next run waits for the next time.
const governor = new Governor().catchSignals().restart(0)
governor.add("report", report)
governor.add("backup", backup)
governor.start()
await governor.waitForShutdown()
