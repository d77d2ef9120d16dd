import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { CurrentLoggers } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { Governor, GovernorError, type Probe, RestartPolicy, Service, ServiceRun, ServiceStatus } from "../src/index.ts"
import { probe } from "../src/testing/index.ts"
import { pass, turns, watched } from "./support.ts"

/** A check that answers as it is told, and counts. */
const checked = (isWell = true) => {
  const state = { isWell, count: 0, began: 0, cut: 0 }
  const check = Effect.suspend(() => {
    state.count++
    return state.isWell ? Effect.void : Effect.fail("no answer")
  })
  /** A check that begins and never ends. */
  const hangs = Effect.suspend(() => {
    state.began++
    return Effect.onInterrupt(Effect.never, () => Effect.sync(() => state.cut++))
  })
  return Object.assign(state, { check, hangs })
}

const started = Effect.fnUntraced(
  function*(services: ReadonlyArray<Service.Service<unknown>>, options?: Governor.Options) {
    yield* TestClock.adjust(0)
    const all = yield* watched({ restart: RestartPolicy.spaced("1 hour"), ...options })
    for (const service of services) yield* all.governor.add(service)
    yield* Effect.andThen(all.governor.start, turns)
    const status = (name = "a") => Effect.flatMap(all.governor.get(name), ({ status }) => status)
    return { ...all, status }
  }
)

const failuresIn = (events: ReadonlyArray<object>) =>
  events.flatMap((event) => {
    const error = "cause" in event ? Cause.squash(event.cause as Cause.Cause<unknown>) : undefined
    return error instanceof GovernorError.ProbeFailed ? [error] : []
  })

describe("a readiness probe (rule 19)", () => {
  it.effect("makes the run ready when its check succeeds, first right after the first synchronous stretch", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const run = Effect.andThen(Effect.sync(() => log.push("run")), Effect.never)
      const check = Effect.sync(() => log.push("check"))
      const { lines, status } = yield* started([Service.make("a", run, { readiness: { check, every: "1 second" } })])
      assert.deepStrictEqual(log, ["run", "check"])
      assert.strictEqual((yield* status())._tag, "Running")
      yield* pass(2000)
      assert.deepStrictEqual(log, ["run", "check", "check", "check"])
      assert.deepStrictEqual(lines, ["Added a#0", "Starting a#1", "Ready a#1"])
    }))

  it.effect("checks more often until the run is ready, and again when it has begun anew", () =>
    Effect.gen(function*() {
      const well = checked()
      const checks: Array<number> = []
      const check = Effect.andThen(Effect.clockWith((clock) => clock.currentTimeMillis), (now) => {
        checks.push(now)
        return well.check
      })
      const readiness = { check, every: "10 seconds", startEvery: "250 millis", failures: 1 } as const
      const { governor, status } = yield* started([Service.make("a", Effect.never, { readiness })])
      well.isWell = false
      yield* (yield* governor.get("a")).restart
      yield* pass(600)
      well.isWell = true
      yield* pass(150)
      assert.include(yield* status(), { _tag: "Running", readyAt: 750 })
      well.isWell = false
      yield* pass(20_000)
      assert.deepStrictEqual(checks, [0, 0, 250, 500, 750, 1000, 11_000])
    }))

  it.effect("takes readiness away after failures in a row, and gives it back after successes in a row", () =>
    Effect.gen(function*() {
      const well = checked()
      const { events, governor, lines, status } = yield* started([
        Service.make("a", Effect.never, {
          readiness: { check: well.check, every: "1 second", failures: 2, successes: 2 }
        })
      ])
      assert.strictEqual((yield* status())._tag, "Starting")
      yield* pass(1000)
      assert.include(yield* status(), { _tag: "Running", readyAt: 1000 })
      well.isWell = false
      yield* pass(1000)
      assert.strictEqual((yield* status())._tag, "Running")
      yield* pass(1000)
      const reason = "its readiness probe failed: \"no answer\""
      assert.include(yield* status(), { _tag: "Starting", run: 1, restarts: 0, crashes: 0, since: 3000, reason })
      const [error, ...others] = failuresIn(events)
      assert.lengthOf(others, 0)
      assert.include(error, { service: "a", run: 1, probe: "readiness", failures: 2, cause: "no answer" })
      assert.strictEqual(
        error?.message,
        "the readiness probe of run 1 of service \"a\" failed 2 times in a row: \"no answer\""
      )
      yield* pass(5000)
      well.isWell = true
      yield* pass(1000)
      assert.strictEqual((yield* status())._tag, "Starting")
      yield* pass(1000)
      assert.strictEqual((yield* status())._tag, "Running")
      assert.deepStrictEqual(lines.slice(2), ["Ready a#1", "Unready a#1", "Ready a#1"])
      assert.deepStrictEqual(ServiceStatus.replay(events), yield* governor.status)
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("those that depend on it and are not up wait; nothing restarts", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const db = probe("db", { readiness: { check: well.check, every: 100, failures: 1 } })
      const api = probe("api", { dependsOn: ["db"] })
      const { status } = yield* started([db, api])
      yield* pass(1000)
      assert.strictEqual(api.runs, 0)
      well.isWell = true
      yield* pass(100)
      assert.strictEqual(api.runs, 1)
      well.isWell = false
      yield* pass(100)
      assert.deepStrictEqual([(yield* status("db"))._tag, (yield* status("api"))._tag], ["Starting", "Running"])
      api.crash()
      yield* pass(3_600_000)
      assert.deepStrictEqual([db.runs, api.runs], [1, 1])
      well.isWell = true
      yield* pass(100)
      assert.strictEqual(api.runs, 2)
    }))

  it.effect("what is bound to it goes down when its check fails, and begins again when it succeeds", () =>
    Effect.gen(function*() {
      const well = checked()
      const db = probe("db", { readiness: { check: well.check, every: 100, failures: 2 } })
      const worker = probe("worker", { bindsTo: ["db"] })
      const { status } = yield* started([db, worker])
      well.isWell = false
      yield* pass(100)
      assert.strictEqual((yield* status("worker"))._tag, "Running")
      yield* pass(100)
      assert.strictEqual((yield* status("worker"))._tag, "Waiting")
      well.isWell = true
      yield* pass(100)
      assert.include(yield* status("worker"), { _tag: "Running", run: 2, restarts: 0 })
      assert.strictEqual(db.runs, 1)
    }))

  it.effect("startTimeout limits only the first ready, and tells what the last check failed with", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const { events, lines, status } = yield* started([
        Service.make("a", Effect.never, { readiness: { check: well.check, every: 100 }, startTimeout: 250 })
      ], { restart: RestartPolicy.spaced(0) })
      yield* pass(250)
      const error = events.flatMap((event) => event._tag === "ServiceCrashed" ? [Cause.squash(event.cause)] : [])[0]
      assert.instanceOf(error, GovernorError.RunTimedOut)
      assert.include(error, {
        timeout: "startTimeout",
        cause: "no answer",
        message: "run 1 of service \"a\" was not ready within 250 ms: its readiness probe failed: \"no answer\""
      })
      well.isWell = true
      yield* pass(100)
      assert.include(yield* status(), { _tag: "Running", run: 2 })
      well.isWell = false
      yield* pass(10_000)
      assert.include(yield* status(), { _tag: "Starting", run: 2 })
      assert.deepStrictEqual(lines.slice(-3), ["Starting a#2", "Ready a#2", "Unready a#2"])
    }))

  it.effect("the run's own ready does nothing, but takes back its own unready", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const a = probe("a", { readiness: { check: well.check, every: 100, failures: 1 } })
      const { lines, status } = yield* started([a])
      a.ready()
      assert.strictEqual((yield* status())._tag, "Starting")
      well.isWell = true
      yield* pass(100)
      a.unready("drains")
      yield* pass(1000)
      assert.include(yield* status(), { _tag: "Starting", reason: "drains" })
      a.ready()
      assert.strictEqual((yield* status())._tag, "Running")
      a.unready("drains")
      well.isWell = false
      yield* pass(100)
      a.ready()
      assert.include(yield* status(), { _tag: "Starting", reason: "its readiness probe failed: \"no answer\"" })
      well.isWell = true
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(2), [
        "Ready a#1",
        "Unready a#1",
        "Ready a#1",
        "Unready a#1",
        "Unready a#1",
        "Ready a#1"
      ])
    }))

  it.effect("what a run says that is over says nothing of the next one", () =>
    Effect.gen(function*() {
      const says: Array<ServiceRun> = []
      const run = ServiceRun.use((run) => {
        says.push(run)
        return Effect.never
      })
      const { check } = checked(false)
      const { governor, lines } = yield* started([Service.make("a", run, { readiness: { check, every: "1 second" } })])
      const [first] = says
      yield* first!.unready("busy")
      yield* Effect.andThen(Effect.flatMap(governor.get("a"), (handle) => handle.restart), turns)
      const told = lines.length
      yield* Effect.andThen(Effect.andThen(first!.ready, first!.unready("late")), turns)
      assert.deepStrictEqual(lines.slice(told), [])
    }))

  it.effect("a run that completes is ready at the latest now, and no check follows", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const a = probe("a", { readiness: { check: well.check, every: 100 }, restart: RestartPolicy.never })
      const { lines } = yield* started([a])
      a.complete()
      yield* pass(1000)
      assert.strictEqual(well.count, 1)
      assert.deepStrictEqual(lines.slice(2), ["Ready a#1", "Completed a#1", "Stopped a#1"])
    }))

  it.effect("a layer with one is ready by it, and so is a governor inside", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const readiness = { check: well.check, every: 100 }
      const { status } = yield* started([
        Governor.asService("inside", Governor.service("b", Effect.never), { service: { readiness } })
      ])
      yield* pass(1000)
      assert.strictEqual((yield* status("inside"))._tag, "Starting")
      well.isWell = true
      yield* pass(100)
      assert.strictEqual((yield* status("inside"))._tag, "Running")
    }))
})

describe("a liveness probe (rule 24)", () => {
  it.effect("a run whose checks fail in a row is hung: it is asked to end, and has crashed", () =>
    Effect.gen(function*() {
      const well = checked()
      const { events, governor, lines, status } = yield* started([
        Service.make("a", Effect.never, { liveness: { check: well.check, every: "1 second" } })
      ])
      yield* pass(999)
      assert.strictEqual(well.count, 0)
      yield* pass(1)
      assert.strictEqual(well.count, 1)
      well.isWell = false
      yield* pass(2999)
      assert.strictEqual((yield* status())._tag, "Running")
      yield* pass(1)
      assert.include(yield* status(), { _tag: "Backoff", run: 1, crashes: 1 })
      assert.deepStrictEqual(lines.slice(3), ["Unready a#1", "Crashed a#1", "RestartScheduled a#1"])
      assert.deepStrictEqual(failuresIn(events).map(({ failures, probe }) => [failures, probe]), [
        [3, "liveness"],
        [3, "liveness"],
        [3, "liveness"]
      ])
      assert.deepStrictEqual(ServiceStatus.replay(events), yield* governor.status)
      yield* pass(3_600_000)
      assert.include(yield* status(), { _tag: "Running", run: 2 })
      yield* pass(3000)
      assert.include(yield* status(), { _tag: "Backoff", run: 2 })
    }))

  it.effect("begins when the run was ready for the first time, and goes on while it is not", () =>
    Effect.gen(function*() {
      const well = checked()
      const a = probe("a", { readiness: "manual", liveness: { check: well.check, every: 100, failures: 1 } })
      const { status } = yield* started([a])
      yield* pass(1000)
      assert.strictEqual(well.count, 0)
      a.ready()
      yield* pass(200)
      assert.strictEqual(well.count, 2)
      a.unready()
      a.ready()
      yield* pass(100)
      assert.strictEqual(well.count, 3)
      a.unready()
      well.isWell = false
      yield* pass(100)
      assert.strictEqual((yield* status())._tag, "Backoff")
    }))

  it.effect("a run that does not end either is abandoned, after the time that its probe took, or its stopTimeout", () =>
    Effect.gen(function*() {
      const well = checked(false)
      const deaf = Effect.uninterruptible(Effect.never)
      const liveness = { check: well.check, every: 100, failures: 3 }
      for (
        const [options, millis] of [[{}, 300], [{ stopTimeout: 50 }, 50], [{ heartbeatTimeout: 1000 }, 1000]] as const
      ) {
        const { lines } = yield* started([Service.make("a", deaf, { liveness, ...options })])
        yield* pass(300 + millis - 1)
        assert.strictEqual(lines.at(-1), "Unready a#1")
        yield* pass(1)
        assert.deepStrictEqual(lines.slice(-2), ["Abandoned a#1", "Failed a#1"])
        const count = well.count
        yield* pass(1000)
        assert.strictEqual(well.count, count)
      }
    }))

  it.effect("a check that hangs is a failed one, is interrupted, and is not started twice", () =>
    Effect.gen(function*() {
      const slow = checked()
      const { status } = yield* started([
        Service.make("a", Effect.never, { liveness: { check: slow.hangs, every: 2000, failures: 2 } })
      ])
      yield* pass(2999)
      assert.deepStrictEqual([slow.began, slow.cut], [1, 0])
      yield* pass(1)
      assert.deepStrictEqual([slow.began, slow.cut], [1, 1])
      yield* pass(2000)
      assert.deepStrictEqual([slow.began, slow.cut], [2, 2])
      assert.strictEqual((yield* status())._tag, "Backoff")
      yield* pass(3000)
      assert.strictEqual(slow.began, 2)

      const deaf = checked()
      const hung = yield* started([
        Service.make("a", Effect.never, { liveness: { check: Effect.uninterruptible(deaf.hangs), every: 2000 } })
      ])
      yield* pass(5999)
      assert.strictEqual((yield* hung.status())._tag, "Running")
      yield* pass(1)
      assert.strictEqual((yield* hung.status())._tag, "Backoff")
      assert.deepStrictEqual([deaf.began, deaf.cut], [1, 0])
    }))
})

describe("checks", () => {
  it.effect("get what they require, the run they belong to, and a scope of their own", () =>
    Effect.gen(function*() {
      class Log extends Context.Service<Log, Array<string>>()("test/Log") {}
      class Name extends Context.Service<Name, string>()("test/Name") {}
      const log: Array<string> = []
      const check = Effect.gen(function*() {
        const { name, run } = yield* ServiceRun
        const log = yield* Log
        yield* Effect.acquireRelease(
          Effect.sync(() => log.push(`checks ${name}#${run}`)),
          () => Effect.sync(() => log.push("closes"))
        )
      })
      const alive: Probe.Probe<Name> = { check: Name.useSync((name) => log.push(name)), every: "1 second" }
      const service = Service.make("a", Effect.never, { readiness: { check, every: "1 second" }, liveness: alive })
      const typed: Service.Service<never, Log | Name> = service
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      yield* governor.add(typed).pipe(Effect.provideService(Log, log), Effect.provideService(Name, "alive"))
      yield* governor.start
      yield* pass(1000)
      assert.deepStrictEqual(log.filter((line) => line !== "alive"), ["checks a#1", "closes", "checks a#1", "closes"])
      assert.include(log, "alive")
    }))

  it.effect.each(["stop", "restart", "remove", "shutdown"] as const)(
    "nobody waits for a check in a %s",
    (command) =>
      Effect.gen(function*() {
        const [first, second] = [checked(), checked()]
        const deaf = Effect.uninterruptible(second.hangs)
        const { governor, status } = yield* started([
          Service.make("a", Effect.never, {
            readiness: { check: first.hangs, every: 100, timeout: 1000 },
            liveness: { check: deaf, every: 100 }
          }),
          Service.make("b", Effect.never, { liveness: { check: deaf, every: 100 } })
        ])
        yield* pass(100)
        assert.deepStrictEqual([first.began, second.began, first.cut], [1, 1, 0])
        const names = command === "shutdown" ? [] : ["a", "b"]
        for (const name of names) {
          const fiber = yield* Effect.forkChild(
            Effect.flatMap(governor.get(name), (handle) => handle[command as "stop"])
          )
          yield* turns
          assert.isDefined(fiber.pollUnsafe())
        }
        if (command === "shutdown") assert.isTrue((yield* governor.shutdown).ok)
        assert.strictEqual(first.cut, 1)
        if (command === "restart") assert.include(yield* status("b"), { _tag: "Running", run: 2 })
        else {
          yield* pass(1000)
          assert.deepStrictEqual([first.began, second.began], [1, 1])
        }
      })
  )

  it.effect("a check may end its own run, in its first stretch or later", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* TestClock.adjust(0)
      const stop = Effect.suspend(() => Effect.flatMap(governor.get("a"), ({ stop }) => stop))
      const later = checked()
      for (const check of [Effect.andThen(stop, later.hangs), Effect.andThen(Effect.sleep(10), stop)]) {
        const handle = yield* governor.add(Service.make("a", Effect.never, { readiness: { check, every: 100 } }))
        yield* Effect.andThen(governor.start, turns)
        yield* pass(100)
        assert.strictEqual((yield* handle.status)._tag, "Stopped")
        yield* handle.remove
      }
      assert.lengthOf(lines.filter((line) => line === "Starting a#1"), 2)
      assert.strictEqual(later.cut, later.began)
    }))

  it.effect("what they do as they are interrupted finds the run asked to end, or hung", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      const seen: Array<unknown> = []
      const look = Effect.flatMap(governor.status, ([status]) => Effect.sync(() => seen.push(status?._tag)))
      const check = Effect.onInterrupt(Effect.never, () => look)
      const slow = { check, every: 100, timeout: 1000 }
      const options = { readiness: slow, liveness: slow, stopTimeout: 10, startTimeout: 300 }
      const run = Effect.andThen(Effect.sleep(50), Effect.never)
      const handle = yield* governor.add(Service.make("a", run, options))
      yield* Effect.andThen(governor.start, turns)
      yield* handle.stop
      yield* Effect.andThen(handle.start, turns)
      yield* pass(300)
      assert.deepStrictEqual(seen, ["Stopped", "Failed"]) // or `Starting`, if it were interrupted before that is told
    }))

  it.effect("in plain TypeScript: what it throws, rejects or returns, and its signal", () =>
    Effect.gen(function*() {
      let signal: AbortSignal | undefined
      const forms: ReadonlyArray<[Probe.PromiseProbe["check"], unknown]> = [
        [() => {
          throw new RangeError("thrown")
        }, new RangeError("thrown")],
        [() => Promise.reject(new RangeError("rejected")), new RangeError("rejected")],
        [() => false, false],
        [async () => false, false],
        [(probe) => {
          signal = probe.signal
          return new Promise(() => {})
        }, new Cause.TimeoutError("the check took longer than 1 s")]
      ]
      for (const [check, expected] of forms) {
        const idle = Service.fromPromise("a", ({ sleep }) => sleep("Infinity"), {
          liveness: { check, every: 2000, failures: 1 }
        })
        const { events, governor } = yield* started([idle])
        yield* Effect.andThen(pass(2000), pass(1000))
        const [error] = failuresIn(events)
        assert.strictEqual(String(error?.cause), String(expected))
        yield* governor.shutdown
      }
      assert.isTrue(signal?.aborted)
    }))

  it.effect("in plain TypeScript: one that ignores its signal is not started twice, and has it however late it asks", () =>
    Effect.gen(function*() {
      let [count, settle] = [0, () => {}]
      const asked: Array<{ readonly signal: AbortSignal }> = []
      const check: Probe.PromiseProbe["check"] = (probe) => {
        asked.push(probe)
        count++
        return new Promise<void>((resolve) => settle = resolve)
      }
      const options = { readiness: { check, every: 100, timeout: 10 } }
      yield* started([Service.fromPromise("a", ({ sleep }) => sleep("Infinity"), options)])
      yield* pass(1000)
      assert.strictEqual(count, 1)
      assert.isTrue(asked[0]?.signal.aborted)
      settle()
      yield* turns
      yield* pass(100)
      assert.strictEqual(count, 2)
      assert.isFalse(asked[1]?.signal.aborted)
    }))

  it.effect("an answer that is there when the time is over counts", () =>
    Effect.gen(function*() {
      const answer = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      const check = Effect.andThen(Effect.sleep(50), answer)
      const service = Service.make("a", Effect.never, { readiness: { check, every: 100, timeout: 50 } })
      const { status } = yield* started([service])
      yield* pass(50)
      assert.strictEqual((yield* status())._tag, "Running")
    }))

  it.effect("a promise that rejects when nobody waits for it any more is no unhandled rejection", () =>
    Effect.gen(function*() {
      const unhandled: Array<unknown> = []
      const hear = (error: unknown) => void unhandled.push(error)
      process.on("unhandledRejection", hear)
      let reject: (error: unknown) => void = () => {}
      const check = () => new Promise((_, no) => reject = no)
      const { governor } = yield* started([
        Service.fromPromise("a", ({ sleep }) => sleep("Infinity"), { readiness: { check, every: 100 } })
      ])
      assert.isTrue((yield* governor.shutdown).ok)
      reject(new Error("late"))
      yield* turns
      process.off("unhandledRejection", hear)
      assert.deepStrictEqual(unhandled, [])
    }))

  it.effect("the log says why", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) =>
        void log.push(`${logLevel} ${String(message)}`)
      )
      const [ready, alive] = [checked(false), checked(false)]
      yield* Effect.provideService(
        Effect.gen(function*() {
          yield* started([
            Service.make("a", Effect.never, {
              readiness: { check: ready.check, every: 100, failures: 2 },
              liveness: { check: Effect.map(alive.check, () => false), every: 1000, failures: 1 }
            })
          ])
          yield* pass(1000)
          ready.isWell = true
          yield* pass(100)
          ready.isWell = false
          yield* pass(200)
          ready.isWell = alive.isWell = true
          yield* pass(800)
        }),
        CurrentLoggers,
        new Set([logger])
      )
      assert.deepStrictEqual(log, [
        "Info not ready yet: its readiness probe failed: \"no answer\"",
        "Info ready in 1.1 s",
        "Warn not ready: its readiness probe failed: \"no answer\"",
        "Info ready again after 100 ms",
        "Warn hung: the liveness probe of run 1 of service \"a\" failed: the check returned false",
        "Error crashed: the liveness probe of run 1 of service \"a\" failed: the check returned false, and has ended now",
        "Info restarting in 1 h"
      ])
    }))
})
