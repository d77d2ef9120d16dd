import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, puppet, turns, up, watched } from "./support.ts"

const crash = Exit.fail("lost")

const states = (governor: Governor.Governor) =>
  Effect.map(governor.status, (statuses) => statuses.map(({ _tag, name, run }) => `${name} ${_tag} ${run}`))

/** A service whose first run takes a second to stop, or as long as is said. */
const slow = (name: string, options?: Service.Options, millis = 1000) =>
  Service.make(
    name,
    Effect.flatMap(ServiceRun, ({ run }) =>
      Effect.onInterrupt(Effect.never, () => run === 1 ? Effect.sleep(millis) : Effect.void)),
    options
  )

describe("strategies (rule 20)", () => {
  it.effect("the group stops while the delay of the crashed one runs, and begins again with it", () =>
    Effect.gen(function*() {
      const { end, events, governor, lines } = yield* up({ strategy: "one-for-all" }, { a: {}, b: {}, c: {} })
      yield* end("b", crash)
      assert.deepStrictEqual(lines, [
        "Crashed b#1",
        "RestartScheduled b#1",
        "Stopping a#1",
        "Interrupted a#1",
        "Stopped a#1",
        "Stopping c#1",
        "Interrupted c#1",
        "Stopped c#1"
      ])
      assert.include(events.find(({ _tag }) => _tag === "ServiceStopping"), { reason: "strategy" })
      yield* pass(999)
      assert.deepStrictEqual(yield* states(governor), ["a Stopped 1", "b Backoff 1", "c Stopped 1"])
      yield* pass(1)
      assert.deepStrictEqual(lines.slice(8).filter((line) => line.startsWith("Starting")), [
        "Starting a#2",
        "Starting b#2",
        "Starting c#2"
      ])
      assert.deepStrictEqual((yield* governor.status).map(({ restarts }) => restarts), [1, 1, 1])
    }))

  it.effect("none begins before all are down, and then they do, though the delay was over long ago", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.add(slow("b"))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* a.end(crash)
      yield* pass(999)
      assert.deepStrictEqual(lines.slice(-2), ["RestartScheduled a#1", "Stopping b#1"])
      yield* pass(1)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "b Running 2"])
    }))

  it.effect("dependents stop before what they depend on, and begin after it", () =>
    Effect.gen(function*() {
      const { end, lines } = yield* up({ strategy: "dependents" }, {
        page: { dependsOn: ["api"] },
        api: { dependsOn: ["db"] },
        db: {},
        clock: {}
      })
      yield* end("db", crash)
      yield* pass(1000)
      assert.deepStrictEqual(lines, [
        "Crashed db#1",
        "RestartScheduled db#1",
        "Stopping page#1",
        "Interrupted page#1",
        "Stopped page#1",
        "Stopping api#1",
        "Interrupted api#1",
        "Stopped api#1",
        "Starting db#2",
        "Ready db#2",
        "Starting api#2",
        "Ready api#2",
        "Starting page#2",
        "Ready page#2"
      ])
    }))

  it.effect("those that depend on each other only by one that stays up go down in order, too", () =>
    Effect.gen(function*() {
      const { end, lines } = yield* up({ strategy: "rest-for-one" }, {
        cache: { dependsOn: ["db"] },
        clock: {},
        db: {},
        page: { dependsOn: ["cache"] }
      })
      yield* end("clock", crash)
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Stop")), [
        "Stopping page#1",
        "Stopped page#1",
        "Stopping db#1",
        "Stopped db#1"
      ])
    }))

  it.effect("those that are over or were stopped by hand are left alone", () =>
    Effect.gen(function*() {
      const never = { restart: RestartPolicy.never }
      const { end, governor, handle } = yield* up({ strategy: "one-for-all" }, {
        a: {},
        b: {},
        done: never,
        failed: never
      })
      yield* Effect.flatMap(handle("b"), (b) => b.stop)
      yield* end("done", Exit.void)
      yield* end("failed", crash)
      yield* end("a", crash)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), [
        "a Running 2",
        "b Stopped 1",
        "done Stopped 1",
        "failed Failed 1"
      ])
    }))

  it.effect("one that only takes it from its governor that it never restarts begins again with its group", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all" })
      const a = puppet("a", { restart: RestartPolicy.spaced("1 second") })
      yield* governor.add(a.service)
      yield* governor.add(puppet("b").service)
      yield* Effect.andThen(governor.start, turns)
      yield* a.end(crash)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "b Running 2"])
    }))

  it.effect("nobody waits for one that a strategy has stopped for good", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "one-for-all" }, {
        once: { restart: RestartPolicy.never },
        a: { dependsOn: ["once"] }
      })
      yield* end("a", crash)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["once Stopped 1", "a Running 2"])
    }))

  it.effect("a service that never restarts does not begin again, and a crash of it takes nobody with it", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "one-for-all" }, {
        a: {},
        once: { restart: RestartPolicy.never },
        other: { restart: RestartPolicy.never }
      })
      yield* end("once", crash)
      assert.deepStrictEqual(yield* states(governor), ["a Running 1", "once Failed 1", "other Running 1"])
      yield* end("a", crash)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "once Failed 1", "other Stopped 1"])
    }))

  it.effect("a crash of one already in the group adds no delay and no count", () =>
    Effect.gen(function*() {
      const policy = RestartPolicy.spaced("1 second", { maxRestarts: 1 })
      const { clear, governor, lines } = yield* watched({ strategy: "one-for-all", restart: policy })
      const [a, b] = [puppet("a"), puppet("b")]
      yield* governor.add(a.service)
      yield* governor.add(b.service)
      yield* governor.add(slow("above", { dependsOn: ["b"] }, 500))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* a.end(crash)
      clear()
      yield* b.end(crash) // while it waits until the one above it is down
      assert.deepStrictEqual(lines, ["Crashed b#1", "RestartScheduled b#1"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "b Running 2", "above Running 2"])
      yield* b.end(crash) // its first that counts
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 3", "b Running 3", "above Running 3"])
      yield* a.end(crash)
      assert.include((yield* states(governor))[0], "Failed")
    }))

  it.effect("groups overlap: a service begins when none holds it", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "rest-for-one" }, {
        a: { restart: RestartPolicy.spaced("10 seconds") },
        b: { restart: RestartPolicy.spaced("4 seconds") },
        c: {}
      })
      yield* end("b", crash)
      yield* pass(1000)
      yield* end("a", crash)
      yield* pass(3000)
      assert.deepStrictEqual(yield* states(governor), ["a Backoff 1", "b Backoff 1", "c Stopped 1"])
      yield* pass(7000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "b Running 2", "c Running 2"])
    }))

  it.effect("a start by hand in the delay ends it; a stop or a removal leaves the others to begin", () =>
    Effect.gen(function*() {
      for (const command of ["start", "stop", "remove"] as const) {
        const { end, governor, handle } = yield* up({ strategy: "one-for-all" }, { a: {}, b: {} })
        yield* end("a", crash)
        yield* Effect.flatMap(handle("a"), (a): Effect.Effect<void, unknown> => a[command])
        yield* turns
        const a = { start: ["a Running 2"], stop: ["a Stopped 1"], remove: [] }[command]
        assert.deepStrictEqual(yield* states(governor), [...a, "b Running 2"])
      }
    }))

  it.effect.each(["stop", "remove"] as const)(
    "nobody waits for one that was asked to %s before",
    (command) =>
      Effect.gen(function*() {
        const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced("1 second") })
        const head = puppet("head")
        yield* governor.add(head.service)
        const leaving = yield* governor.add(slow("leaving", {}, 3_600_000))
        yield* Effect.andThen(governor.start, turns)
        yield* Effect.forkChild(leaving[command])
        yield* TestClock.adjust(0)
        yield* Effect.andThen(head.end(crash), pass(1000))
        assert.deepStrictEqual(yield* states(governor), ["head Running 2", "leaving Stopping 1"])
        yield* pass(3_600_000)
      })
  )

  it.effect("a member that is removed as it goes down holds nobody for ever", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced("1 second") })
      const head = puppet("head")
      yield* governor.add(slow("db"))
      const api = yield* governor.add(slow("api", { dependsOn: ["db"] }))
      yield* governor.add(head.service)
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* head.end(crash)
      yield* Effect.forkChild(api.remove, { startImmediately: true })
      yield* pass(1000)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "head Running 2"])
    }))

  it.effect("a held service that is started by hand waits for its group, and one that is stopped stays so", () =>
    Effect.gen(function*() {
      const { end, governor, handle } = yield* up({ strategy: "one-for-all" }, { a: {}, b: {}, c: {} })
      yield* end("a", crash)
      yield* Effect.flatMap(handle("b"), (b) => b.start)
      yield* Effect.flatMap(handle("c"), (c) => c.stop)
      assert.deepStrictEqual(yield* states(governor), ["a Backoff 1", "b Stopped 1", "c Stopped 1"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "b Running 2", "c Stopped 1"])
    }))

  it.effect("a shutdown in the delay lets nobody begin again, though the head leaves first", () =>
    Effect.gen(function*() {
      const { clear, end, governor, lines } = yield* up({ strategy: "one-for-all" }, { a: {}, b: {} })
      yield* end("a", crash)
      clear()
      yield* governor.shutdown
      assert.deepStrictEqual(lines, ["ShutdownStarted", "Stopping a#1", "Stopped a#1", "ShutdownCompleted"])
    }))

  it.effect("a shutdown gets through a group at once, and nothing begins again", () =>
    Effect.gen(function*() {
      const { clear, governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.add(slow("b"))
      yield* governor.add(slow("above", { dependsOn: ["b"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* a.end(crash)
      clear()
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* pass(2000)
      const { ok, services } = yield* Fiber.join(shutdown)
      assert.deepStrictEqual([ok, services.length], [true, 3])
      assert.deepStrictEqual(lines, [
        "ShutdownStarted",
        "Stopping a#1",
        "Stopped a#1",
        "Interrupted above#1",
        "Stopped above#1",
        "Stopping b#1",
        "Interrupted b#1",
        "Stopped b#1",
        "ShutdownCompleted"
      ])
    }))

  it.effect("a member that hangs is abandoned, and the others begin again", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({
        strategy: "one-for-all",
        restart: RestartPolicy.spaced(0),
        stopTimeout: "1 second"
      })
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.add(Service.make("deaf", Effect.uninterruptible(Effect.never)))
      yield* Effect.andThen(governor.start, turns)
      yield* a.end(crash)
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2", "deaf Failed 1"])
    }))

  it.effect("a storm of a hundred that restart with one another goes on, and leaves time for others", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      let runs = 0
      const crashing = Effect.sync(() => runs++).pipe(
        Effect.andThen(Effect.yieldNow),
        Effect.andThen(Effect.fail("soon"))
      )
      for (let i = 0; i < 100; i++) yield* governor.add(Service.make(`service-${i}`, crashing))
      yield* governor.start
      yield* turns
      assert.isAbove(runs, 100)
      assert.strictEqual((yield* governor.shutdown).services.length, 100)
    }))

  it.effect.each(
    [
      { strategy: "rest-for-one", delay: 0 },
      { strategy: "rest-for-one", delay: 10 },
      { strategy: "one-for-all", delay: 0 },
      { strategy: "dependents", delay: 0 }
    ] as const
  )(
    "$strategy, delay $delay: those behind one that fails as it begins wait until it is up, also at the first start",
    ({ delay, strategy }) =>
      Effect.gen(function*() {
        const { governor, lines } = yield* watched({ strategy, restart: RestartPolicy.spaced(delay) })
        const fails = ServiceRun.use(({ run }) => run < 3 ? Effect.fail("not yet") : Effect.never)
        yield* governor.add(Service.make("db", fails))
        yield* governor.add(Service.make("cache", Effect.never, { dependsOn: strategy === "dependents" ? ["db"] : [] }))
        yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["db"] }))
        yield* Effect.andThen(governor.start, turns)
        for (let i = 0; i < 2; i++) yield* pass(delay)
        assert.deepStrictEqual(lines.filter((line) => line.startsWith("Starting")), [
          "Starting db#1",
          "Starting db#2",
          "Starting db#3",
          "Starting cache#1",
          "Starting api#1"
        ])
      })
  )

  it.effect("is refused if it is none", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Governor.make({ strategy: "all" as "one-for-all" })))
      assert.include(error, { _tag: "InvalidOption", field: "strategy", actual: "\"all\"" })
    }))

  it.effect("a run that was ready for long clears its service's count, though it ended in a group", () =>
    Effect.gen(function*() {
      const restart = RestartPolicy.spaced("1 second", { maxRestarts: 1, within: "1 hour", resetAfter: "1 minute" })
      const { governor } = yield* watched({ strategy: "one-for-all", restart })
      const [db, other] = [puppet("db"), puppet("other")]
      const handle = yield* governor.add(db.service)
      yield* governor.add(slow("api", { dependsOn: ["db"] }))
      yield* governor.add(other.service)
      yield* handle.start
      yield* Effect.andThen(db.end(crash), pass(1000))
      yield* Effect.andThen(governor.start, pass(60_000))
      yield* other.end(crash) // the API stops slowly, and so the database is still up
      yield* db.end(crash)
      yield* pass(1000)
      yield* db.end(crash)
      assert.strictEqual((yield* handle.status)._tag, "Backoff")
    }))

  it.effect("nobody begins on what the group is about to stop", () =>
    Effect.gen(function*() {
      for (const delay of [0, 1000]) {
        const { governor } = yield* watched({ strategy: "rest-for-one", restart: RestartPolicy.spaced(delay) })
        const job = puppet("job", { readiness: "manual" })
        yield* governor.add(puppet("api", { dependsOn: ["job", "once", "db"] }).service)
        yield* governor.add(job.service)
        yield* governor.add(puppet("once", { restart: RestartPolicy.never }).service)
        yield* governor.add(puppet("db").service)
        yield* Effect.andThen(governor.start, turns)
        yield* Effect.andThen(job.end(Exit.void), turns)
        assert.strictEqual((yield* states(governor))[0], "api Waiting 0")
      }
    }))

  it.effect("those that wait in a group do not fail any more once a shutdown has begun", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "rest-for-one" }, {
        db: { readiness: "manual", significant: true, restart: RestartPolicy.never },
        cache: {},
        api: { dependsOn: ["db"] }
      })
      yield* end("cache", crash)
      yield* end("db", crash)
      assert.deepStrictEqual(yield* states(governor), ["db Failed 1", "cache Stopped 1", "api Stopped 0"])
    }))

  it.effect("nor on what goes down next, as one of the group is given up", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "rest-for-one", restart: RestartPolicy.spaced("1 minute") })
      const [api, cache] = [puppet("api", { dependsOn: ["db", "deaf"], restart: RestartPolicy.never }), puppet("cache")]
      const handle = yield* governor.add(api.service)
      yield* governor.add(cache.service)
      yield* governor.add(puppet("db").service)
      const deaf = Effect.uninterruptible(Effect.never)
      yield* governor.add(Service.make("deaf", deaf, { dependsOn: ["db"], stopTimeout: "1 second" }))
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(api.end(crash), cache.end(crash))
      yield* Effect.andThen(handle.start, pass(1000))
      assert.deepStrictEqual(yield* states(governor), [
        "api Waiting 1",
        "cache Backoff 1",
        "db Stopped 1",
        "deaf Failed 1"
      ])
    }))
})

/** A pool that its service closes slowly, whichever way its run ends, and a service that fails once the pool is closed. */
const pooled = (restart: RestartPolicy.RestartPolicy, ends: Effect.Effect<unknown, unknown>) => {
  let closed = Deferred.makeUnsafe<never, string>()
  const database = Effect.gen(function*() {
    closed = Deferred.makeUnsafe()
    const { run } = yield* ServiceRun
    yield* Effect.addFinalizer(() =>
      Effect.andThen(Deferred.fail(closed, "the pool is closed"), run === 1 ? Effect.sleep(50) : Effect.void)
    )
    yield* Effect.andThen(Effect.sleep(1000), ends)
  })
  return [
    Service.make("database", database, { restart }),
    Service.make("worker", Effect.suspend(() => Deferred.await(closed)), { dependsOn: ["database"] })
  ] as const
}

describe("a group is formed as a run ends by itself, though its finalizers take their time (rules 13 and 20)", () => {
  const begun = ["Starting database#1", "Ready database#1", "Starting worker#1", "Ready worker#1"]
  const again = ["Starting database#2", "Ready database#2", "Starting worker#2", "Ready worker#2"]
  const taken = ["Stopping worker#1", "Interrupted worker#1", "Stopped worker#1"]

  const told = (restart: RestartPolicy.RestartPolicy, ends: Effect.Effect<unknown, unknown>) =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "dependents" })
      yield* TestClock.adjust(0)
      for (const service of pooled(restart, ends)) yield* governor.add(service)
      yield* Effect.andThen(governor.start, turns)
      yield* pass(1000)
      yield* pass(50)
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(2, 6), begun)
      return lines.slice(6)
    })

  it.effect("the others are asked to stop before they see what the finalizers close", () =>
    Effect.gen(function*() {
      const lines = yield* told(RestartPolicy.spaced(100), Effect.fail("lost"))
      assert.deepStrictEqual(lines, [
        "Unready database#1",
        "Crashed database#1",
        ...taken,
        "RestartScheduled database#1",
        ...again
      ])
    }))

  it.effect("also if the run completes, and is to run again", () =>
    Effect.gen(function*() {
      const lines = yield* told(RestartPolicy.spaced(100), Effect.void)
      assert.deepStrictEqual(lines, [...taken, "Completed database#1", "RestartScheduled database#1", ...again])
    }))

  it.effect("counts the end of the run once", () =>
    Effect.gen(function*() {
      const lines = yield* told(RestartPolicy.spaced(100, { maxRestarts: 1, within: "1 hour" }), Effect.fail("lost"))
      assert.deepStrictEqual(lines.slice(-5), ["RestartScheduled database#1", ...again])
    }))

  it.effect("also if the run was ready for so long that the limits are forgotten", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "dependents" })
      yield* TestClock.adjust(0)
      const limits = { maxRestarts: 1, within: "1 hour", resetAfter: 500 } as const
      const policy = RestartPolicy.spaced(100, limits)
      for (const service of pooled(policy, Effect.fail("lost"))) yield* governor.add(service)
      yield* Effect.andThen(governor.start, turns)
      for (const millis of [1000, 50, 100, 1000, 50]) yield* pass(millis)
      const first = ["Unready database#1", "Crashed database#1", ...taken, "RestartScheduled database#1", ...again]
      assert.deepStrictEqual(lines.slice(6, 16), first)
      assert.deepStrictEqual(lines.slice(16), first.slice(0, 6).map((line) => line.replace("#1", "#2")))
    }))

  it.effect("and not if the policy gives up", () =>
    Effect.gen(function*() {
      const policies = [RestartPolicy.never, RestartPolicy.spaced(100, { maxRestarts: 0, within: "1 hour" })]
      for (const restart of policies) {
        const lines = yield* Effect.scoped(told(restart, Effect.fail("lost")))
        assert.notInclude(lines, "Stopping worker#1")
      }
    }))
})
