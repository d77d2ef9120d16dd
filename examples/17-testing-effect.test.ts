/**
 * How to test a service alone, and under a governor whose clock the test moves. No test sleeps in real time.
 *
 *     npx vitest run examples/17-testing-effect.test.ts
 *
 * Vitest prints five tests that pass.
 */
import { assert, it } from "@effect/vitest"
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import { collectEvents, probe } from "effect-governor/testing"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

class Unavailable extends Data.TaggedError("Unavailable")<{}> {}

class Upstream extends Context.Service<Upstream, { readonly news: Effect.Effect<string, Unavailable> }>()("Upstream") {}

/** The service to test. It fetches news each minute and sends them on. */
const relay = (send: (news: string) => void) =>
  Effect.gen(function*() {
    const { news } = yield* Upstream
    send(yield* news)
    yield* ServiceRun.ready // does nothing outside a governor
    yield* Effect.sleep("1 minute")
  }).pipe(Effect.forever)

/** Gives these answers one after the other, and then numbered news. */
const upstream = (...news: ReadonlyArray<Effect.Effect<string, Unavailable>>) => {
  let calls = 0
  return Layer.succeed(Upstream, { news: Effect.suspend(() => news[calls++] ?? Effect.succeed(`news ${calls}`)) })
}

const unavailable = Effect.fail(new Unavailable())

it.effect("fetches and sends each minute", () =>
  Effect.gen(function*() {
    const sent: Array<string> = []
    yield* Effect.forkChild(relay((news) => sent.push(news)))
    yield* TestClock.adjust("2 minutes")
    assert.deepStrictEqual(sent, ["news 1", "news 2", "news 3"])
  }).pipe(Effect.provide(upstream())))

it.effect("fails when there is nothing to fetch", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* Effect.flip(relay(() => {})), new Unavailable())
  }).pipe(Effect.provide(upstream(unavailable))))

it.effect("is run again ten seconds after it failed", () =>
  Effect.gen(function*() {
    const governor = yield* Governor.make({ restart: RestartPolicy.onFailure("10 seconds") })
    const { steps } = collectEvents(governor)
    const handle = yield* governor.add(Service.make("relay", relay(() => {}), { readiness: "manual" }))
    yield* governor.start
    yield* TestClock.adjust("9 seconds")
    assert.strictEqual((yield* handle.status)._tag, "Backoff")
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(steps.slice(1), [
      "Starting relay#1",
      "Crashed relay#1",
      "RestartScheduled relay#1",
      "Starting relay#2",
      "Ready relay#2"
    ])
  }).pipe(Effect.provide(upstream(unavailable))))

it.effect("is not run before its database is ready", () =>
  Effect.gen(function*() {
    const governor = yield* Governor.make()
    const database = probe("database", { readiness: "manual" })
    yield* governor.add(database)
    const { status } = yield* governor.add(Service.make("relay", relay(() => {}), { dependsOn: [database] }))
    yield* governor.start
    assert.strictEqual((yield* status).run, 0)
    database.ready()
    assert.strictEqual((yield* status).run, 1)
  }).pipe(Effect.provide(upstream())))

it.effect("breaks its fetch off when it is to end, which is no failure", () =>
  Effect.gen(function*() {
    const brokenOff = yield* Deferred.make<void>()
    const endless = Effect.onInterrupt(Effect.never, () => Deferred.succeed(brokenOff, undefined))
    const governor = yield* Governor.make()
    yield* Effect.provide(governor.add(Service.make("relay", relay(() => {}))), upstream(endless))
    yield* governor.start
    const report = yield* governor.shutdown
    assert.isTrue(report.ok)
    assert.isTrue(yield* Deferred.isDone(brokenOff))
  }))
