import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import { CurrentLoggers } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { Governor, RestartPolicy, Service, ServiceRun, ServiceStatus } from "../src/index.ts"
import { probe } from "../src/testing/index.ts"
import { pass, turns, watched } from "./support.ts"

const started = Effect.fnUntraced(
  function*(services: ReadonlyArray<Service.Service<unknown>>, options?: Governor.Options) {
    yield* TestClock.adjust(0)
    const all = yield* watched(options)
    for (const service of services) yield* all.governor.add(service)
    yield* Effect.andThen(all.governor.start, turns)
    const status = (name: string) => Effect.flatMap(all.governor.get(name), ({ status }) => status)
    return { ...all, status }
  }
)

describe("unready (rule 19)", () => {
  it.effect.each(["automatic", "manual"] as const)(
    "takes a run back to Starting with its reason, and ready makes it ready again: %s",
    (readiness) =>
      Effect.gen(function*() {
        const a = probe("a", { readiness })
        const { events, governor, lines, status } = yield* started([a])
        a.ready()
        yield* pass(10)
        a.unready("no disk")
        const now = yield* status("a")
        assert.include(now, { _tag: "Starting", reason: "no disk", run: 1, since: 10, startedAt: 0 })
        assert.notProperty(now, "readyAt")
        assert.notProperty(now, "lastFailure")
        yield* pass(10)
        a.ready()
        const after = yield* status("a")
        assert.include(after, { _tag: "Running", run: 1, restarts: 0, crashes: 0, since: 20, readyAt: 20 })
        assert.notProperty(after, "reason")
        assert.deepStrictEqual(lines, ["Added a#0", "Starting a#1", "Ready a#1", "Unready a#1", "Ready a#1"])
        assert.deepStrictEqual(events[3], {
          _tag: "ServiceUnready",
          service: "a",
          run: 1,
          time: 10,
          sequence: 4,
          reason: "no disk"
        })
        assert.deepStrictEqual(ServiceStatus.replay(events), yield* governor.status)
        assert.isTrue((yield* governor.shutdown).ok)
      })
  )

  it.effect("needs no reason; the same again is not told, another reason is", () =>
    Effect.gen(function*() {
      const a = probe("a")
      const { events, lines, status } = yield* started([a])
      for (const reason of [undefined, undefined, "no disk", "no disk", undefined]) a.unready(reason)
      const told = events.filter(({ _tag }) => _tag === "ServiceUnready")
      assert.deepStrictEqual(told.map((event) => "reason" in event ? event.reason : "none"), [
        "none",
        "no disk",
        "none"
      ])
      assert.notProperty(yield* status("a"), "reason")
      assert.strictEqual(lines.at(-1), "Unready a#1")
    }))

  it.effect("said in the first synchronous stretch, it holds until the run is ready", () =>
    Effect.gen(function*() {
      const warm = Effect.andThen(ServiceRun.unready("cold"), Effect.andThen(Effect.sleep(10), ServiceRun.ready))
      const { lines, status } = yield* started([Service.make("a", Effect.andThen(warm, Effect.never))])
      assert.include(yield* status("a"), { _tag: "Starting", reason: "cold" })
      yield* pass(10)
      assert.deepStrictEqual(lines.slice(1), ["Starting a#1", "Unready a#1", "Ready a#1"])
    }))

  it.effect("dependents that are up go on, and those that are not wait", () =>
    Effect.gen(function*() {
      const db = probe("db")
      const [api, late] = ["api", "late"].map((name) => probe(name, { dependsOn: ["db"] })) as [typeof db, typeof db]
      const { governor, status } = yield* started([db, api])
      db.unready()
      yield* governor.add(late)
      yield* Effect.andThen(governor.start, turns)
      assert.strictEqual(late.runs, 0)
      assert.strictEqual((yield* status("api"))._tag, "Running")
      db.ready()
      yield* turns
      assert.strictEqual(late.runs, 1)
      assert.deepStrictEqual([db.runs, api.runs], [1, 1])
    }))

  it.effect("those that wait say what it said, or what its readiness probe says", () =>
    Effect.gen(function*() {
      const [disk, db] = [probe("disk"), probe("db", { readiness: { check: Effect.fail("refused"), every: 100 } })]
      const { governor } = yield* started([disk, db])
      disk.unready("no space")
      yield* governor.add(probe("api", { dependsOn: ["disk", "db"] }))
      yield* Effect.andThen(governor.start, turns)
      const start = yield* Effect.forkChild(Effect.flip(governor.awaitReadyWithin("1 second")))
      yield* pass(1000)
      assert.strictEqual(
        (yield* Fiber.join(start)).message,
        `not ready within 1 s: "db" is not ready yet: its readiness probe failed: "refused"; "api" waits for "disk", "db"`
      )
      yield* pass(4000)
      assert.deepStrictEqual((yield* TestConsole.logLines).map(String).filter((line) => line.startsWith("still")), [
        `still waiting: "api" for "disk" (Starting, no space), "db" (Starting, its readiness probe failed: "refused")`
      ])
    }))

  it.effect("is no start: startTimeout limits only the first ready of a run", () =>
    Effect.gen(function*() {
      const a = probe("a", { readiness: "manual", startTimeout: 100 })
      const { status } = yield* started([a])
      a.ready()
      a.unready()
      yield* pass(1000)
      assert.include(yield* status("a"), { _tag: "Starting", run: 1 })
    }))

  it.effect("means nothing for a service that has to complete, and for a run that was asked to end", () =>
    Effect.gen(function*() {
      const [a, b] = [probe("a", { readiness: "completed" }), probe("b")]
      b.hang()
      const { governor, lines } = yield* started([a, b])
      a.unready()
      yield* Effect.forkChild(Effect.flatMap(governor.get("b"), ({ stop }) => stop))
      yield* turns
      b.unready()
      assert.deepStrictEqual(lines.slice(2), ["Starting a#1", "Starting b#1", "Ready b#1", "Stopping b#1"])
      b.release()
    }))

  it.effect("a run that completes is ready at the latest now, for those that wait for it", () =>
    Effect.gen(function*() {
      const [db, api] = [probe("db"), probe("api", { dependsOn: ["db"] })]
      const { governor, lines } = yield* started([db])
      db.unready()
      yield* governor.add(api)
      yield* Effect.andThen(governor.start, turns)
      db.complete()
      yield* turns
      assert.strictEqual(api.runs, 1)
      assert.deepStrictEqual(lines.filter((line) => line.includes("db#1")).slice(2), [
        "Unready db#1",
        "Ready db#1",
        "Completed db#1",
        "Stopped db#1"
      ])
    }))

  it.effect("ends the time that counts for resetAfter", () =>
    Effect.gen(function*() {
      const restart = RestartPolicy.onFailure(0, { maxRestarts: 1, resetAfter: 1000 })
      for (const [millis, tag] of [[999, "Failed"], [1000, "Running"]] as const) {
        const a = probe("a", { restart })
        const { status } = yield* started([a])
        a.crash()
        yield* turns
        yield* pass(millis)
        a.unready()
        yield* pass(1000)
        a.crash()
        yield* turns
        assert.strictEqual((yield* status("a"))._tag, tag)
      }
    }))

  it.effect("the log says why, and for how long", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) =>
        void log.push(`${logLevel} ${String(message)}`)
      )
      const a = probe("a")
      yield* Effect.provideService(
        Effect.gen(function*() {
          yield* started([a])
          a.unready("no disk")
          yield* pass(1500)
          a.ready()
        }),
        CurrentLoggers,
        new Set([logger])
      )
      assert.deepStrictEqual(log, ["Info ready in 0 ms", "Warn not ready: no disk", "Info ready again after 1.5 s"])
    }))
})
