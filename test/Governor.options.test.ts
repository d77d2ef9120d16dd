import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { turns, watched } from "./support.ts"

const started = Effect.fnUntraced(function*(service: Service.Service<unknown>, options?: Governor.Options) {
  const { events, governor, lines } = yield* watched(options)
  yield* TestClock.adjust(0)
  const handle = yield* governor.add(service)
  yield* Effect.andThen(governor.start, turns)
  return { events, governor, handle, lines }
})

describe("onStop (rule 9)", () => {
  it.effect("is done before the fiber is interrupted, once, with what it requires and the run of it", () =>
    Effect.gen(function*() {
      class Log extends Context.Service<Log, Array<string>>()("test/Log") {}
      const log: Array<string> = []
      const say = (what: string) => Log.useSync((log) => void log.push(what))
      const onStop = Effect.gen(function*() {
        const { name, run } = yield* ServiceRun
        yield* say(`stops ${name}#${run}`)
        yield* Effect.sleep(100)
        yield* say("has stopped")
      })
      const run = Effect.onInterrupt(Effect.never, () => say("interrupted"))
      const service = Service.make("a", run, { onStop })
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      const handle = yield* Effect.provideService(governor.add(service), Log, log)
      yield* governor.start
      for (const command of ["restart", "stop", "stop"] as const) {
        const fiber = yield* Effect.forkChild(handle[command])
        yield* TestClock.adjust(100)
        yield* Fiber.join(fiber)
      }
      const once = (run: number) => [`stops a#${run}`, "has stopped", "interrupted"]
      assert.deepStrictEqual(log, [...once(1), ...once(2)])
    }))

  it.effect("may end the run itself; the run has settled when both are done", () =>
    Effect.gen(function*() {
      let end = () => {}
      const run = Effect.callback<void>((resume) => {
        end = () => resume(Effect.void)
      })
      const { handle, lines } = yield* started(
        Service.make("a", run, { onStop: Effect.andThen(Effect.sync(() => end()), Effect.sleep(100)) })
      )
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust(99)
      assert.isUndefined(stop.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(lines.slice(-3), ["Stopping a#1", "Interrupted a#1", "Stopped a#1"])
    }))

  it.effect("is part of the stop: what it fails with is kept, and its time is that of the stop", () =>
    Effect.gen(function*() {
      const failing = yield* started(Service.make("a", Effect.never, { onStop: Effect.fail("cannot close") }))
      yield* failing.handle.stop
      const status = yield* failing.handle.status
      assert.strictEqual(status._tag === "Stopped" && status.cause && Cause.squash(status.cause), "cannot close")
      assert.isFalse((yield* failing.governor.shutdown).ok)

      const log: Array<string> = []
      const say = (what: string) => Effect.sync(() => void log.push(what))
      const hangs = yield* started(
        Service.make("b", Effect.onInterrupt(Effect.never, () => say("interrupted")), {
          onStop: Effect.onInterrupt(Effect.never, () => say("given up")),
          stopTimeout: 100,
          restart: RestartPolicy.spaced(10)
        })
      )
      const stop = yield* Effect.forkChild(hangs.handle.stop)
      yield* TestClock.adjust(100)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(log, ["given up", "interrupted"])
      assert.include(hangs.lines, "Abandoned b#1")
      yield* Effect.andThen(hangs.handle.start, turns)
      assert.include(yield* hangs.handle.status, { _tag: "Running", run: 2 })
      const shutdown = yield* Effect.forkChild(hangs.governor.shutdown)
      yield* TestClock.adjust(100)
      yield* Fiber.join(shutdown)
    }))

  it.effect("interrupts the run of one that cannot be interrupted itself, when its time is over", () =>
    Effect.gen(function*() {
      let isInterrupted = false
      const run = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (isInterrupted = true)))
      const { handle } = yield* started(
        Service.make("a", run, { onStop: Effect.uninterruptible(Effect.never), stopTimeout: 100 })
      )
      yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust(100)
      assert.isTrue(isInterrupted)
    }))

  it.effect.each(["stop", "restart"] as const)(
    "is not for a run that has ended, and whose finalizers ask for a %s",
    (command) =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const { governor } = yield* watched()
        yield* TestClock.adjust(0)
        const run = Effect.gen(function*() {
          const { run } = yield* ServiceRun
          const ask = Effect.ignore(Effect.flatMap(governor.get("a"), (handle) => handle[command]))
          if (run === 1) yield* Effect.addFinalizer(() => ask)
          log.push(`begins ${run}`)
          yield* Effect.sleep(run === 1 ? 100 : "Infinity")
        })
        const onStop = Effect.sync(() => void log.push("onStop"))
        yield* governor.add(Service.make("a", run, { onStop, restart: RestartPolicy.never }))
        yield* Effect.andThen(governor.start, turns)
        yield* Effect.andThen(TestClock.adjust(100), turns)
        assert.deepStrictEqual(log, command === "restart" ? ["begins 1", "begins 2"] : ["begins 1"])
      })
  )

  it.effect("is for live runs: not for one that ends by itself, nor in a delay, nor before the first run", () =>
    Effect.gen(function*() {
      let count = 0
      const options = { onStop: Effect.sync(() => void count++), restart: RestartPolicy.spaced("1 hour") }
      const { governor, handle } = yield* started(Service.make("a", Effect.fail("no"), options))
      yield* governor.add(Service.make("waits", Effect.never, { ...options, dependsOn: ["later"] }))
      yield* governor.add(Service.make("later", Effect.never, { readiness: "manual" }))
      const slow = Effect.andThen(Effect.addFinalizer(() => Effect.sleep(100)), Effect.fail("no"))
      const ending = yield* governor.add(Service.make("ends", slow, options))
      yield* Effect.andThen(governor.start, turns)
      yield* handle.stop
      const stop = yield* Effect.forkChild(ending.stop)
      yield* TestClock.adjust(100)
      yield* Fiber.join(stop)
      yield* governor.shutdown
      assert.strictEqual(count, 0)
    }))

  it.effect("is for a hung run, too", () =>
    Effect.gen(function*() {
      let count = 0
      const onStop = Effect.sync(() => void count++)
      const { handle, lines } = yield* started(Service.make("a", Effect.never, { onStop, heartbeatTimeout: 100 }))
      yield* TestClock.adjust(100)
      assert.include(yield* handle.status, { _tag: "Failed" })
      assert.include(lines, "Unready a#1")
      assert.strictEqual(count, 1)
    }))

  it.effect("is an effect, or refused", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const service = Service.make("a", Effect.never, { onStop: (() => {}) as never })
      const error = yield* Effect.flip(governor.add(service))
      assert.include(error, { _tag: "InvalidOption", field: "onStop", expected: "an Effect" })
    }))
})

describe("ServiceRun.awaitStop", () => {
  it.effect("returns when the run is asked to end, where nothing can be interrupted, and at once after that", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const say = (what: string) => Effect.sync(() => void log.push(what))
      const job = Effect.raceFirst(Effect.sleep(40), ServiceRun.awaitStop).pipe(
        Effect.andThen(say("asked")),
        Effect.andThen(Effect.sleep(100)),
        Effect.andThen(ServiceRun.awaitStop),
        Effect.andThen(say("finished"))
      )
      const { handle } = yield* started(Service.make("a", Effect.uninterruptible(job)))
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(log, ["asked"])
      yield* TestClock.adjust(100)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(log, ["asked", "finished"])
    }))

  it.effect("returns when onStop has begun: a run that then ends at once does not end without its onStop", () =>
    Effect.gen(function*() {
      let stops = 0
      const onStop = Effect.sync(() => void stops++)
      const { handle } = yield* started(Service.make("a", Effect.uninterruptible(ServiceRun.awaitStop), { onStop }))
      yield* handle.stop
      assert.strictEqual(stops, 1)
    }))

  it.effect("waits for ever where there is no governor", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(ServiceRun.awaitStop)
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(fiber.pollUnsafe())
    }))
})

describe("removeWhenOver", () => {
  const options: Service.Options = { removeWhenOver: true, restart: RestartPolicy.never }

  it.effect("removes a service that has completed or failed for good, and its failure makes no report bad", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(100) })
      yield* TestClock.adjust(0)
      yield* governor.add(Service.make("completes", Effect.void, options))
      yield* governor.add(Service.make("fails", Effect.fail("no"), options))
      yield* governor.add(Service.make("restarts", Effect.fail("no"), { removeWhenOver: true }))
      yield* governor.add(Service.make("stays", Effect.never, options))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual((yield* governor.status).map(({ name }) => name), ["restarts", "stays"])
      assert.includeMembers([...lines], [
        "Failed fails#1",
        "Removed fails#1",
        "Stopped completes#1",
        "Removed completes#1"
      ])
      yield* governor.add(Service.make("fails", Effect.never)) // the name is free
      const report = yield* governor.shutdown
      assert.isTrue(report.ok)
      assert.deepStrictEqual(report.services.map(({ name }) => name), ["restarts", "stays"])
    }))

  it.effect("keeps one that others depend on, one that was stopped by hand, and a significant one", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("migration", Effect.void, { ...options, readiness: "completed" }))
      yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["migration"] }))
      const byHand = yield* governor.add(Service.make("by hand", Effect.never, options))
      yield* Effect.andThen(governor.start, turns)
      yield* byHand.stop
      assert.deepStrictEqual((yield* governor.status).map(({ _tag, name }) => `${name} ${_tag}`), [
        "migration Stopped",
        "api Running",
        "by hand Stopped"
      ])
      yield* byHand.start
      const main = yield* governor.add(Service.make("main", Effect.fail("no"), { ...options, significant: true }))
      yield* main.start
      const report = yield* governor.awaitShutdown
      assert.isFalse(report.ok)
      assert.include(report.services.map(({ name, outcome }) => `${name} ${outcome}`), "main Failed")
    }))

  it.effect("removes one whose abandoned run has settled, and nothing of one that ends by itself in a shutdown counts", () =>
    Effect.gen(function*() {
      let end = () => {}
      const run = Effect.uninterruptible(Effect.callback<void>((resume) => {
        end = () => resume(Effect.void)
      }))
      const { governor, handle } = yield* started(
        Service.make("a", run, { ...options, heartbeatTimeout: 10, stopTimeout: 10 })
      )
      yield* TestClock.adjust(20)
      assert.include(yield* handle.status, { _tag: "Failed" })
      end()
      yield* turns
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("does not hide from the report that a run was abandoned, before the shutdown or in it", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      const hangs = (name: string) =>
        Service.make(name, Effect.uninterruptible(Effect.never), { ...options, stopTimeout: 10 })
      const before = yield* governor.add(hangs("before"))
      yield* governor.add(hangs("in it"))
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.forkChild(before.stop)
      yield* TestClock.adjust(10)
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(10)
      const { ok, services } = yield* governor.awaitShutdown
      assert.isFalse(ok)
      assert.deepStrictEqual(services.map(({ name, outcome }) => `${name} ${outcome}`), [
        "before Abandoned",
        "in it Abandoned"
      ])
    }))

  it.effect("does not hide one from the report that waited for a dependency when the shutdown began", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const readyOnce = ServiceRun.use(({ ready, run }) =>
        Effect.andThen(run === 1 ? ready : Effect.void, Effect.never)
      )
      const store = yield* governor.add(Service.make("store", readyOnce, { readiness: "manual" }))
      const fails = Effect.andThen(Effect.sleep(10), Effect.fail("no"))
      const task = yield* governor.add(Service.make("task", fails, { ...options, dependsOn: [store.name] }))
      yield* Effect.andThen(governor.start, turns)
      yield* governor.add(Service.make("last", Effect.never, { dependsOn: ["task"] })) // the task stays for its sake
      yield* Effect.andThen(TestClock.adjust(10), turns)
      yield* Effect.andThen(store.restart, turns)
      yield* task.start
      const { ok, services } = yield* governor.shutdown
      assert.deepStrictEqual(services.map(({ name, outcome }) => `${name} ${outcome}`), [
        "store Stopped",
        "task Stopped"
      ])
      assert.isTrue(ok)
    }))

  it.effect("removes one that is not to begin again with its group", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced("1 hour") })
      yield* TestClock.adjust(0)
      yield* governor.add(Service.make("head", Effect.andThen(Effect.sleep(10), Effect.fail("no"))))
      yield* governor.add(Service.make("temporary", Effect.never, options))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(10)
      yield* turns
      assert.deepStrictEqual((yield* governor.status).map(({ name }) => name), ["head"])
      yield* governor.shutdown
    }))

  it.effect("removes one that has stayed for another, when that leaves", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      yield* governor.add(Service.make("migration", Effect.void, { ...options, readiness: "completed" }))
      yield* governor.add(Service.make("job", Effect.sleep(10), { ...options, dependsOn: ["migration"] }))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual((yield* governor.status).map(({ name }) => name), ["migration", "job"])
      yield* TestClock.adjust(10)
      yield* turns
      assert.deepStrictEqual(yield* governor.status, [])
    }))
})

describe("significant: \"failure\" (rule 22)", () => {
  it.effect("shuts the governor down if the service failed, and not if it completed", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("other", Effect.never))
      yield* governor.add(Service.make("completes", Effect.void, { significant: "failure" }))
      yield* Effect.andThen(governor.start, turns)
      assert.include((yield* governor.status)[0], { _tag: "Running" })
      const fails = yield* governor.add(Service.make("fails", Effect.fail("no"), { significant: "failure" }))
      yield* fails.start
      const { reason } = yield* governor.awaitShutdown
      assert.include(reason, { _tag: "Significant", service: "fails" })
    }))

  it.effect("is no other word", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const service = Service.make("a", Effect.never, { significant: "completion" as "failure" })
      const error = yield* Effect.flip(governor.add(service))
      assert.include(error, { field: "significant", expected: "true, false or \"failure\"" })
    }))
})
