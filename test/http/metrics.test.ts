import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Prometheus from "effect/observability/PrometheusMetrics"
import { Governor } from "../../src/index.ts"
import { asks } from "./asking.ts"

/** The lines of one name stand together, in any order of the names. */
const families = (text: string): ReadonlyArray<string> => text.split(/^(?=# HELP |# TYPE (?!.*\n# ))/m).toSorted()

describe("/metrics", () => {
  const of = (labels: Readonly<Record<string, string>>, name = "jobs_total") =>
    Metric.counter(name, { description: "Jobs\nthat \\ ran", attributes: labels })

  it.effect("says what Effect says, however often it is asked and whatever has changed since", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor)
      const size = Metric.gauge("size", { description: "Size" })
      const big = Metric.counter("big", { description: "Big", bigint: true })
      const latency = Metric.histogram("latency", { description: "Latency", boundaries: [1, 10] })
      const isSame = Effect.gen(function*() {
        const { text } = yield* Effect.promise(() => ask("/metrics"))
        assert.deepStrictEqual(families(text), families(yield* Prometheus.format()))
      })
      yield* isSame
      yield* Metric.update(of({ "a-b": "\"x\" \\ y\nz 1 2", path: "/a b" }), 3)
      for (const number of [1, -0.5, 1e21, Number.NaN, Infinity, -Infinity, 0]) {
        yield* Metric.update(size, number)
        yield* Metric.update(big, 2n ** 64n)
        yield* Metric.update(latency, 5)
        yield* Metric.update(of({ turn: String(number) }), 1)
        yield* isSame
        yield* isSame
      }
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect("says of many series in all what they are only once, and has all of them", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor)
      for (let i = 0; i < 1234; i++) yield* Metric.update(of({ i: String(i) }), i)
      for (let i = 0; i < 2; i++) {
        const { text } = yield* Effect.promise(() => ask("/metrics"))
        assert.deepStrictEqual(families(text), families(yield* Prometheus.format()))
      }
      const registry = Context.get(yield* Effect.context(), Metric.MetricRegistry)
      assert.isAbove(registry.size, 1234)
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map())))
})
