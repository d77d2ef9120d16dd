import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { Governor, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import { Governor as Facade } from "../../src/promise/index.ts"
import { collectGarbage } from "../garbage.ts"
import { pass } from "../support.ts"

/** `name{attributes} value`, as Prometheus has it, of all that is not 0. */
const snapshot = Effect.map(Metric.snapshot, (metrics) =>
  metrics.flatMap(({ attributes = {}, id, state }) => {
    const value = "count" in state ? state.count : "value" in state ? state.value : undefined
    if (value === 0) return []
    const labels = Object.entries(attributes).filter(([key]) => key !== "unit").map(([key, text]) => `${key}=${text}`)
    return [`${id}{${labels.join()}} ${value}`]
  }).toSorted())

const fresh = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

const crashes = (name: string, times: number) => {
  let runs = 0
  return Service.make(name, Effect.suspend(() => ++runs <= times ? Effect.die("no") : Effect.never))
}

/** What services of governors hold that were shut down and dropped. */
const finishedFacades = async () => {
  const refs: Array<WeakRef<object>> = []
  for (let i = 0; i < 20; i++) {
    const governor = new Facade({ log: () => {} })
    const payload = { i }
    refs.push(new WeakRef(payload))
    governor.add("holder", async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(void payload)))
    })
    governor.start()
    await governor.shutdown()
  }
  await new Promise((resolve) => setTimeout(resolve)) // weak references are kept to the end of a turn
  return refs
}

describe("metrics (rule 28)", () => {
  it.effect("count runs, restarts, crashes, and services by state", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governor = yield* Governor.make({ name: "shop", restart: RestartPolicy.spaced(1000) })
      yield* governor.add(crashes("twice", 2))
      yield* governor.add(crashes("often", 9))
      yield* governor.add(Service.make("fine", Effect.never))
      yield* governor.add(Service.make("once", ServiceRun.stop))
      assert.deepStrictEqual(yield* snapshot, ["governor_services{governor=shop,state=Pending} 4"])
      yield* governor.start
      yield* TestClock.adjust(2000)
      assert.deepStrictEqual(yield* snapshot, [
        "governor_crashes_total{governor=shop,service=often} 3",
        "governor_crashes_total{governor=shop,service=twice} 2",
        "governor_restarts_total{governor=shop,service=often} 2",
        "governor_restarts_total{governor=shop,service=twice} 2",
        "governor_runs_total{governor=shop} 8",
        "governor_services{governor=shop,state=Backoff} 1",
        "governor_services{governor=shop,state=Running} 2",
        "governor_services{governor=shop,state=Stopped} 1"
      ])
      const often = yield* governor.get("often")
      yield* often.remove
      yield* governor.shutdown
      assert.deepStrictEqual(yield* snapshot, [
        "governor_crashes_total{governor=shop,service=twice} 2",
        "governor_restarts_total{governor=shop,service=twice} 2",
        "governor_runs_total{governor=shop} 8",
        "governor_services{governor=shop,state=Stopped} 3"
      ])
    }))))

  it.effect("count restarts by policy and by hand apart", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(1000) })
      const handle = yield* governor.add(crashes("a", 2))
      yield* governor.start
      yield* TestClock.adjust(1000)
      assert.include(yield* snapshot, "governor_restarts_total{governor=governor,service=a} 1")
      yield* handle.start // in its backoff
      yield* handle.restart
      assert.deepStrictEqual((yield* snapshot).filter((line) => line.includes("total")), [
        "governor_crashes_total{governor=governor,service=a} 2",
        "governor_restarts_by_hand_total{governor=governor,service=a} 1",
        "governor_restarts_total{governor=governor,service=a} 1",
        "governor_runs_total{governor=governor} 4"
      ])
      yield* handle.stop
      yield* handle.start
      assert.include(yield* snapshot, "governor_restarts_total{governor=governor,service=a} 1")
    }))))

  it.effect("count no restart by hand for one by policy that was before it", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(1000) })
      const handle = yield* governor.add(crashes("a", 1))
      yield* governor.start
      yield* TestClock.adjust(1000)
      yield* handle.restart
      assert.strictEqual((yield* handle.status).restarts, 1)
      assert.include(yield* snapshot, "governor_restarts_total{governor=governor,service=a} 1")
    }))))

  it.effect("are counters and gauges with a unit and a description", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.add(crashes("a", 1))
      yield* governor.start
      const metrics = yield* Metric.snapshot
      assert.deepStrictEqual(
        new Set(metrics.map(({ attributes, id, type }) => `${type} ${id} ${attributes?.unit}`)),
        new Set([
          "Counter governor_runs_total {run}",
          "Gauge governor_services {service}",
          "Counter governor_crashes_total {crash}"
        ])
      )
      const isRising = metrics.map(({ state, type }) =>
        type !== "Counter" || "incremental" in state && state.incremental
      )
      assert.notInclude(isRising, false) // an exporter would take it for one that may fall
      for (const { description } of metrics) assert.match(String(description), /^[A-Z].* .+/)
    }))))

  it.effect("of governors of one name add up, and the services of one that is gone count no more", () =>
    fresh(Effect.gen(function*() {
      const up = Effect.gen(function*() {
        const governor = yield* Governor.make()
        yield* governor.add(Service.make("a", Effect.never))
        yield* governor.start
      })
      yield* Effect.scoped(Effect.gen(function*() {
        yield* up
        yield* Effect.scoped(Effect.gen(function*() {
          yield* up
          assert.include(yield* snapshot, "governor_services{governor=governor,state=Running} 2")
        }))
        assert.include(yield* snapshot, "governor_services{governor=governor,state=Running} 1")
      }))
      assert.deepStrictEqual(yield* snapshot, [
        "governor_runs_total{governor=governor} 2",
        "governor_services{governor=governor,state=Stopped} 1"
      ])
    })))

  it.effect("of a service stay while another governor of that name counts on one of its name", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governors = [yield* Governor.make(), yield* Governor.make()] as const
      const handles = []
      for (const governor of governors) {
        handles.push(yield* governor.add(crashes("a", 1)))
        yield* governor.start
      }
      yield* handles[0]!.remove
      assert.include(yield* snapshot, "governor_crashes_total{governor=governor,service=a} 2")
      yield* handles[1]!.remove
      assert.notInclude((yield* snapshot).join(), "governor_crashes_total")
    }))))

  it.effect.each([
    {
      door: "the core",
      inner: Governor.asService("inner", Governor.service(crashes("a", 1)), { restart: RestartPolicy.spaced(0) })
    },
    {
      door: "the facade",
      inner: Service.fromPromise(
        "inner",
        Facade.asService((inner) => {
          inner.add("a", async ({ run, sleep }) => {
            if (run === 1) throw new Error("no")
            await sleep("Infinity")
          }, { restart: 0 })
        }, { log: () => {} }),
        { readiness: "manual" }
      )
    }
  ])(
    "of a governor inside of a service go with it when it is removed: $door",
    ({ inner }) =>
      fresh(Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        const registry = yield* Metric.MetricRegistry
        const before = registry.size
        const handle = yield* governor.add<unknown, never>(inner)
        yield* handle.start
        yield* governor.awaitReady
        yield* handle.stop
        assert.include(yield* snapshot, "governor_crashes_total{governor=inner,service=a} 1")
        yield* handle.remove
        assert.strictEqual(registry.size, before)
      })))
  )

  it.effect("of one that was made anew by each run go with it, those of the runs before too", () =>
    fresh(Effect.scoped(Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(1000) })
      const registry = yield* Metric.MetricRegistry
      const before = registry.size
      const once = { ...crashes("a", 1), options: { significant: true } }
      const handle = yield* governor.add<unknown, never>(Governor.asService("inner", Governor.service(once)))
      yield* handle.start
      yield* pass(0)
      yield* pass(1000)
      assert.include(yield* snapshot, "governor_runs_total{governor=inner} 2")
      assert.include(yield* snapshot, "governor_crashes_total{governor=inner,service=a} 1")
      yield* handle.remove
      assert.deepStrictEqual(Array.from(registry.keys()).slice(before), [])
    }))))

  it.effect("of the last governor of a name stay for who asks late, and hold none that nobody has any more", () =>
    fresh(Effect.gen(function*() {
      const facades = yield* Effect.promise(finishedFacades)
      collectGarbage()
      assert.isBelow(facades.filter((ref) => ref.deref() !== undefined).length, facades.length / 2)
    })))

  it.effect("that cannot be kept harm nobody", () => {
    class Broken extends Map<string, never> {
      override set(key: string, value: never): this {
        if (key.includes("crashes")) throw new Error("a broken registry")
        return super.set(key, value)
      }
    }
    return Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("a", Effect.die("no")))
      const handle = yield* governor.add(Service.make("b", Effect.never))
      yield* governor.start
      assert.strictEqual((yield* handle.status)._tag, "Running")
      yield* governor.shutdown
      const log = (yield* TestConsole.logLines).join("\n")
      assert.include(log, "an event could not be counted")
      assert.include(log, "a broken registry")
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Broken()))
  })

  it.effect("are registered by Effect alone: the registry is never read", () => {
    class Unreadable extends Map<string, never> {
      override get(): never {
        throw new Error("read")
      }
    }
    return Effect.gen(function*() {
      const registry = yield* Metric.MetricRegistry
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("a", Effect.die("no")))
      yield* governor.start
      assert.strictEqual(registry.size, 11) // runs, nine states, the crashes of "a"
      assert.notInclude((yield* TestConsole.logLines).join("\n"), "an event could not be counted")
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Unreadable()))
  })

  it.effect("are shown again by the next governor of the name after the registry was cleared", () =>
    fresh(Effect.gen(function*() {
      const registry = yield* Metric.MetricRegistry
      const up = Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        yield* governor.add(crashes("a", 1))
        yield* governor.start
      }))
      yield* up
      registry.clear()
      yield* up
      assert.deepStrictEqual(yield* snapshot, [
        "governor_crashes_total{governor=governor,service=a} 2",
        "governor_runs_total{governor=governor} 2",
        "governor_services{governor=governor,state=Failed} 1"
      ])
    })))

  it.effect("of services that an attribute of the program makes one add up", () =>
    fresh(
      Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        const registry = yield* Metric.MetricRegistry
        const handles = [yield* governor.add(crashes("a", 1)), yield* governor.add(crashes("b", 1))] as const
        yield* governor.start
        assert.include(yield* snapshot, "governor_crashes_total{governor=governor,service=billing} 2")
        yield* handles[0].remove
        assert.include(yield* snapshot, "governor_crashes_total{governor=governor,service=billing} 2")
        yield* handles[1].remove
        assert.notInclude(Array.from(registry.keys()).join(), "crashes")
      })).pipe(Effect.provideService(Metric.CurrentMetricAttributes, { service: "billing" }))
    ))

  it.effect("carry the attributes of the program", () =>
    fresh(
      Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        yield* governor.add(Service.make("a", Effect.never))
        assert.deepStrictEqual(yield* snapshot, ["governor_services{governor=governor,state=Pending,zone=b} 1"])
      })).pipe(Effect.provideService(Metric.CurrentMetricAttributes, { zone: "b" }))
    ))
})
