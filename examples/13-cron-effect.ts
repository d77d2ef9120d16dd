/**
 * Services that do something at fixed times.
 *
 *     node examples/13-cron-effect.ts
 *
 * "report" prints at each full second of the clock, so it does not drift. "backup" is due at the same times and takes
 * longer than a second. A backup never overlaps with another, and times that come during a backup are left out. The
 * first backup fails, which is logged, and the next run waits for the next time. Ctrl-C breaks a backup off, and ends
 * the program with exit code 0.
 */
import { Governor, RestartPolicy, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Clock from "effect/Clock"
import * as Cron from "effect/Cron"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class DiskFull extends Data.TaggedError("DiskFull")<{ readonly message: string }> {}

/**
 * Sleeps one minute at most and then looks again: the clock may be set, the machine may sleep, a timer may be early.
 */
const sleepUntil = (due: number): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    now >= due
      ? Effect.void
      : Effect.andThen(Effect.sleep(Math.min(due - now, 60_000)), sleepUntil(due)))

/** The times are those of a crontab, with seconds in front. */
const at = <E, R>(times: string, zone: string, action: (due: Date) => Effect.Effect<void, E, R>) => {
  const cron = Cron.parseUnsafe(times, zone) // throws before anything starts if it cannot read the times
  return Effect.gen(function*() {
    for (let last = 0;;) {
      const due = Cron.next(cron, Math.max(yield* Clock.currentTimeMillis, last))
      yield* sleepUntil(due.getTime())
      yield* action(due)
      last = due.getTime()
    }
  })
}

const report = at("* * * * * *", "UTC", (due) => Effect.logInfo(`due at ${due.toISOString()}`))

const backup = at("* * * * * *", "UTC", (due) =>
  Effect.gen(function*() {
    yield* Effect.logInfo(`begun, due at ${due.toISOString()}`)
    if ((yield* ServiceRun).run === 1) return yield* new DiskFull({ message: "the disk is full" })
    yield* Effect.sleep("1300 millis")
    yield* Effect.logInfo("done")
  }).pipe(Effect.onInterrupt(() => Effect.logInfo("broken off"))))

const Services = Layer.mergeAll(Governor.service("report", report), Governor.service("backup", backup))

// The delay is zero: after a crash, the next run waits for the next time.
Governor.launch(Services, { restart: RestartPolicy.spaced(0) }).pipe(GovernorNode.runMain)
