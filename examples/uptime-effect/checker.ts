/**
 * The service that checks the targets. Each target has its own loop, so a target that hangs does not delay the others.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { check } from "./check.ts"
import { Page } from "./page.ts"
import { nowhere, Settings } from "./settings.ts"
import { type Result, Store } from "./store.ts"

const checks = Metric.counter("uptime_checks_total", { description: "Checks that came to a result", incremental: true })

const record = Effect.fnUntraced(function*(result: Result) {
  const { add } = yield* Store
  const state = result.up ? "up" : "down"
  yield* add(result)
  yield* Metric.update(Metric.withAttributes(checks, { target: result.target, state }), 1)
  yield* Effect.logInfo(`${result.target} is ${state} (${result.error ?? result.status})`)
})

/** A check may be interrupted, because that says nothing about the target. A result is always kept. */
const watch = (url: string) => Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(check(url)), record))

export const checking = Effect.gen(function*() {
  const { interval, targets } = yield* Settings
  const own = Page.use(({ url }) => url) // unknown until the server listens
  const urls = targets.length > 0 ? targets.map((url) => Effect.succeed(url)) : [own, Effect.succeed(nowhere)]
  const rhythm = Schedule.spaced(interval)
  yield* Effect.forEach(urls, (url) => Effect.repeat(Effect.flatMap(url, watch), rhythm), { concurrency: "unbounded" })
})
