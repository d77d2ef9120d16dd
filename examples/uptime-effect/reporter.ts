/**
 * The service that posts a summary every few seconds. It handles no errors: an error crashes it, and its restart is the
 * retry.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schedule from "effect/Schedule"
import { explain } from "./explain.ts"
import { Settings } from "./settings.ts"
import { Store } from "./store.ts"

class ReportError extends Data.TaggedError("ReportError")<{ readonly url: string; readonly cause: unknown }> {
  override readonly message = `cannot report to ${this.url}: ${explain(this.cause)}`
}

export const reporting = Effect.gen(function*() {
  const { reportUrl } = yield* Settings
  const { latest } = yield* Store
  const client = (yield* HttpClient.HttpClient).pipe(HttpClient.filterStatusOk, HttpClient.withScope)

  const report = Effect.gen(function*() {
    const results = yield* latest
    const up = results.filter((result) => result.up).length
    const summary = { up, down: results.length - up }
    const request = HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(reportUrl), summary)
    yield* client.execute(request).pipe(
      Effect.scoped,
      Effect.timeout("5 seconds"),
      Effect.mapError((cause) => new ReportError({ url: reportUrl, cause }))
    )
    yield* Effect.logInfo(`reported ${JSON.stringify(summary)}`)
  })
  yield* Effect.repeat(report, Schedule.spaced("5 seconds"))
})

/** The delays grow to half a minute and are random, so that many processes do not come at the same time. */
export const backoff = Schedule.min([
  Schedule.jittered(Schedule.exponential("1 second")),
  Schedule.spaced("30 seconds")
])
