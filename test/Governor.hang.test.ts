import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import { CurrentLoggers, MinimumLogLevel } from "effect/References"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import {
  Governor,
  GovernorError,
  RestartPolicy,
  Service,
  ServiceRun,
  ServiceStatus,
  StopService
} from "../src/index.ts"
import { pass, puppet, turns, watched } from "./support.ts"

const deaf = Effect.uninterruptible(Effect.never)

const started = Effect.fnUntraced(function*(service: Service.Service<unknown>, options?: Governor.Options) {
  const { events, governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 hour"), ...options })
  const handle = yield* governor.add(service)
  yield* governor.start
  const errors = () =>
    events.flatMap((event) =>
      "cause" in event && event.cause !== undefined
        ? event.cause.reasons.map((reason) => reason._tag === "Fail" ? reason.error : reason)
        : []
    )
  return { governor, handle, lines, events, errors }
})

describe("startTimeout (rule 19)", () => {
  it.effect("a run that is not ready in time is asked to end, and has crashed", () =>
    Effect.gen(function*() {
      const slow = puppet("slow", { readiness: "manual", startTimeout: "10 seconds" })
      const { errors, handle, lines } = yield* started(slow.service)
      yield* pass(9999)
      assert.strictEqual((yield* handle.status)._tag, "Starting")
      yield* pass(1)
      assert.deepStrictEqual(lines.slice(1), ["Starting slow#1", "Crashed slow#1", "RestartScheduled slow#1"])
      const [error] = errors()
      if (!(error instanceof GovernorError.RunTimedOut)) return assert.fail("not the cause")
      assert.deepStrictEqual([error.service, error.run, error.timeout, error.afterMillis], [
        "slow",
        1,
        "startTimeout",
        10_000
      ])
      assert.strictEqual(error.message, "run 1 of service \"slow\" was not ready within 10 s")
      assert.deepStrictEqual(slow.log, ["begin", "interrupted"])
    }))

  it.effect("it cannot be ready any more once it was asked to end", () =>
    Effect.gen(function*() {
      const { handle, lines } = yield* started(Service.make(
        "a",
        Effect.flatMap(ServiceRun, ({ ready }) => Effect.onInterrupt(Effect.never, () => ready)),
        { readiness: "manual", startTimeout: "1 second", restart: RestartPolicy.never }
      ))
      yield* pass(1000)
      assert.strictEqual((yield* handle.status)._tag, "Failed")
      assert.notInclude(lines, "Ready a#1")
    }))

  it.effect("one that is ready in time is left alone, and so is one that is ready at once", () =>
    Effect.gen(function*() {
      const ready = Effect.andThen(Effect.sleep("9 seconds"), Effect.andThen(ServiceRun.ready, Effect.never))
      const { governor } = yield* started(Service.make("a", ready, { readiness: "manual", startTimeout: "10 seconds" }))
      yield* Effect.flatMap(
        governor.add(Service.make("b", Effect.never, { startTimeout: "10 seconds" })),
        (handle) => handle.start
      )
      yield* pass(60_000)
      assert.deepStrictEqual((yield* governor.status).map(({ _tag, run }) => [_tag, run]), [["Running", 1], [
        "Running",
        1
      ]])
    }))

  it.effect("a migration has to be done by then", () =>
    Effect.gen(function*() {
      const migration = Service.make("migration", Effect.never, { readiness: "completed", startTimeout: "10 seconds" })
      const { governor } = yield* started(migration, { restart: RestartPolicy.never })
      yield* Effect.flatMap(governor.add(puppet("api", { dependsOn: ["migration"] }).service), (handle) => handle.start)
      yield* pass(10_000)
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag), ["Failed", "Failed"])
    }))
})

describe("heartbeatTimeout (rule 24)", () => {
  const beats = (times: number) =>
    Effect.andThen(
      Effect.repeat(Effect.andThen(ServiceRun.heartbeat, Effect.sleep("900 millis")), { times }),
      Effect.never
    )

  it.effect("a run that says that it is alive is left alone; when it stops saying so it is hung", () =>
    Effect.gen(function*() {
      const { errors, events, governor, handle, lines } = yield* started(
        Service.make("a", beats(9), { heartbeatTimeout: "1 second" })
      )
      yield* pass(9000)
      assert.include(yield* handle.status, { _tag: "Running", run: 1 })
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(1), [
        "Starting a#1",
        "Ready a#1",
        "Unready a#1",
        "Crashed a#1",
        "RestartScheduled a#1"
      ])
      assert.deepStrictEqual(errors().map((error) => error instanceof GovernorError.RunTimedOut && error.message), [
        "run 1 of service \"a\" gave no heartbeat within 1 s",
        "run 1 of service \"a\" gave no heartbeat within 1 s",
        "run 1 of service \"a\" gave no heartbeat within 1 s"
      ])
      assert.deepStrictEqual(ServiceStatus.replay(events), yield* governor.status)
    }))

  it.effect("what it then fails with is kept", () =>
    Effect.gen(function*() {
      const run = Effect.onExit(Effect.never, () => Effect.die("torn"))
      const { handle } = yield* started(Service.make("a", run, { heartbeatTimeout: "1 second" }))
      yield* pass(1000)
      const status = yield* handle.status
      if (status._tag !== "Backoff" || status.cause === undefined) return assert.fail(status._tag)
      assert.deepStrictEqual(status.cause.reasons.map(({ _tag }) => _tag), ["Fail", "Die"])
    }))

  it.effect("it has crashed for its policy and its schedule, too, though it returns when it is interrupted", () =>
    Effect.gen(function*() {
      const inputs: Array<unknown> = []
      const schedule = Schedule.spaced("1 second").pipe(
        Schedule.setInputType<Exit.Exit<unknown, unknown>>(),
        Schedule.tap(({ input }) => Effect.sync(() => inputs.push(Exit.isFailure(input) && Cause.squash(input.cause))))
      )
      for (const restart of [RestartPolicy.onFailure("1 second"), RestartPolicy.onFailure(schedule)]) {
        const returns = Service.fromPromise("a", async ({ sleep }) => void await sleep("Infinity"), {
          heartbeatTimeout: "1 second",
          restart
        })
        const { lines } = yield* started(returns)
        yield* pass(1000)
        yield* turns
        assert.deepStrictEqual(lines.slice(-2), ["Crashed a#1", "RestartScheduled a#1"])
      }
      assert.lengthOf(inputs, 1)
      assert.instanceOf(inputs[0], GovernorError.RunTimedOut)
    }))

  it.effect("it is over if it then ends its service for good, in time or late", () =>
    Effect.gen(function*() {
      for (const stopTimeout of [1000, 100]) {
        const stops = Effect.die(new StopService({ restart: false }))
        const run = Effect.uninterruptible(Effect.andThen(Effect.sleep(300), stops))
        const { handle, lines } = yield* started(Service.make("a", run, { heartbeatTimeout: 100, stopTimeout }))
        for (const millis of [100, 100, 100, 3_600_000]) yield* pass(millis)
        assert.include(lines, "Crashed a#1")
        assert.include(yield* handle.status, { _tag: "Failed", run: 1 })
      }
    }))

  it.effect("it is not ready any more while it is asked to end, and counts as crashed though it then returns", () =>
    Effect.gen(function*() {
      const { handle, lines } = yield* started(Service.fromPromise(
        "a",
        async ({ signal, sleep }) => {
          await sleep("Infinity")
          if (signal.aborted) return
        },
        { heartbeatTimeout: "1 second" }
      ))
      const slow = Service.make("b", Effect.onInterrupt(Effect.never, () => Effect.sleep("500 millis")), {
        heartbeatTimeout: "1 second"
      })
      const second = yield* started(slow)
      yield* pass(1000)
      assert.strictEqual((yield* second.handle.status)._tag, "Starting")
      assert.deepStrictEqual(second.lines.slice(-1), ["Unready b#1"])
      yield* pass(500)
      assert.strictEqual((yield* second.handle.status)._tag, "Backoff")
      yield* turns
      assert.strictEqual((yield* handle.status)._tag, "Backoff")
      assert.deepStrictEqual(lines.slice(-2), ["Crashed a#1", "RestartScheduled a#1"])
    }))

  it.effect("a run that does not end either is abandoned after as long again, or its stopTimeout", () =>
    Effect.gen(function*() {
      for (
        const [service, governor, millis] of [[{}, {}, 1000], [{ stopTimeout: 300 }, {}, 300], [{}, {
          stopTimeout: 200
        }, 200]] as const
      ) {
        const { handle, lines } = yield* started(
          Service.make("a", deaf, { heartbeatTimeout: "1 second", ...service }),
          governor
        )
        yield* pass(1000 + millis - 1)
        assert.strictEqual((yield* handle.status)._tag, "Starting")
        yield* pass(1)
        assert.deepStrictEqual(lines.slice(-3), ["Unready a#1", "Abandoned a#1", "Failed a#1"])
        const status = yield* handle.status
        if (status._tag !== "Failed") return assert.fail(status._tag)
        const names = status.cause.reasons.map((reason) =>
          reason._tag === "Fail" && reason.error instanceof Error && reason.error.name
        )
        assert.deepStrictEqual(names, ["RunAbandoned", "RunTimedOut"])
        assert.strictEqual((yield* Effect.flip(handle.start))._tag, "RunAbandoned")
      }
    }))

  it.effect("one that may hang for ever is named again and again", () =>
    Effect.gen(function*() {
      const log: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void log.push([message].flat()[0]))
      const service = Service.make("a", deaf, { heartbeatTimeout: "1 second", stopTimeout: "Infinity" })
      const { governor } = yield* started(service, { shutdownTimeout: "1 second" }).pipe(
        Effect.provideService(CurrentLoggers, new Set([logger]))
      )
      yield* pass(11_000)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* pass(1000)
      yield* Fiber.join(shutdown)
      assert.deepStrictEqual(log.filter((line) => String(line).startsWith("still")), [
        "still stopping: \"a\"",
        "still stopping: \"a\""
      ])
    }))

  it.effect("a promise run that never settles is found and abandoned, too", () =>
    Effect.gen(function*() {
      let stopped = 0
      const never = { run: () => new Promise<void>(() => {}), stop: () => void stopped++ }
      const { handle } = yield* started(Service.fromPromise("a", never, { heartbeatTimeout: "1 second" }))
      yield* pass(1000)
      assert.strictEqual(stopped, 1)
      yield* pass(1000)
      assert.include(yield* handle.status, { _tag: "Failed", run: 1 })
    }))

  it.effect("a promise run that is hung and then stopped by hand is asked to stop once", () =>
    Effect.gen(function*() {
      let stopped = 0
      let end = () => {}
      const slow = { run: () => new Promise<void>((resolve) => end = resolve), stop: () => void stopped++ }
      const { handle } = yield* started(Service.fromPromise("a", slow, { heartbeatTimeout: "1 second" }))
      yield* pass(1000)
      const stop = yield* Effect.forkChild(handle.stop)
      yield* pass(0)
      end()
      yield* Fiber.join(stop)
      assert.strictEqual(stopped, 1)
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect("a promise run beats by its api", () =>
    Effect.gen(function*() {
      const alive = Service.fromPromise("a", async ({ heartbeat, sleep }) => {
        while (!(await sleep(900))) heartbeat()
      }, { heartbeatTimeout: "1 second" })
      const { handle } = yield* started(alive)
      for (let i = 0; i < 20; i++) yield* pass(900)
      assert.include(yield* handle.status, { _tag: "Running", run: 1 })
      yield* handle.stop
    }))

  it.effect("a stop, a restart and a shutdown of a hung run are ordinary ones", () =>
    Effect.gen(function*() {
      for (const command of ["stop", "restart", "shutdown"] as const) {
        const first = Effect.onInterrupt(Effect.never, () => Effect.sleep("500 millis"))
        const run = Effect.flatMap(ServiceRun, ({ run }) => run === 1 ? first : Effect.never)
        const { governor, handle, lines } = yield* started(Service.make("a", run, { heartbeatTimeout: "1 second" }))
        yield* pass(1000)
        const fiber = yield* Effect.forkChild(command === "shutdown" ? governor.shutdown : handle[command])
        yield* pass(500)
        yield* Fiber.join(fiber)
        const after = command === "restart" ? ["Starting a#2", "Ready a#2"] : ["Stopped a#1"]
        const told = lines.filter((line) => line.includes("a#")).slice(3)
        assert.deepStrictEqual(told, ["Unready a#1", "Stopping a#1", "Interrupted a#1", ...after])
        yield* governor.shutdown
      }
    }))

  it.effect("the stop of a run that is alive has no limit but stopTimeout", () =>
    Effect.gen(function*() {
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 hour"))
      const service = Service.make("a", slow, { heartbeatTimeout: "10 seconds", startTimeout: "1 second" })
      const { governor, handle } = yield* started(service)
      yield* TestClock.adjust(0)
      const stop = yield* Effect.forkChild(handle.stop)
      yield* pass(3_599_999)
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      yield* pass(1)
      yield* Fiber.join(stop)
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("a governor inside needs no heartbeat: its services have their own", () =>
    Effect.gen(function*() {
      const inside = Governor.asService(
        "inside",
        Governor.service("worker", Effect.never, { heartbeatTimeout: "1 hour" }),
        { service: { heartbeatTimeout: "1 second" } }
      )
      const { handle } = yield* started(inside)
      yield* pass(60_000)
      assert.include(yield* handle.status, { _tag: "Running", run: 1 })
    }))

  it.live("20 feeds that beat in time are never called hung in a process that is busy", () =>
    Effect.gen(function*() {
      const block = Effect.sync(() => {
        for (const end = performance.now() + 120; performance.now() < end;);
      })
      const { events, governor } = yield* watched()
      const feed = Effect.forever(Effect.andThen(Effect.sleep(20), ServiceRun.heartbeat))
      for (let i = 0; i < 20; i++) {
        yield* governor.add(Service.make(`feed ${i}`, feed, { heartbeatTimeout: 100 }))
      }
      yield* governor.add(
        Service.make("busy", Effect.repeat(Effect.andThen(block, Effect.sleep(5)), Schedule.recurs(9)))
      )
      yield* governor.start
      yield* Effect.forever(Effect.andThen(
        Effect.sleep(5),
        Effect.flatMap(governor.get("busy"), ({ status }) => status).pipe(
          Effect.flatMap(({ _tag }) => _tag === "Stopped" ? Effect.fail("done") : Effect.void)
        )
      )).pipe(Effect.flip)
      yield* governor.shutdown
      assert.notInclude(events.map(({ _tag }) => _tag), "ServiceUnready")
    }).pipe(Effect.provideService(MinimumLogLevel, "None")))

  it.effect("the time it was hung is no time it was ready", () =>
    Effect.gen(function*() {
      const restart = RestartPolicy.spaced(0, { maxRestarts: 1, resetAfter: "1200 millis" })
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("500 millis"))
      const { handle } = yield* started(Service.make("a", slow, { heartbeatTimeout: "1 second", restart }))
      for (let i = 0; i < 2; i++) {
        yield* pass(1000)
        yield* pass(500)
      }
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))

  it.effect("what is no time is refused", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      for (const option of ["startTimeout", "heartbeatTimeout"] as const) {
        for (const wrong of [0, -1, NaN, "soon"]) {
          const service = Service.make("a", Effect.never, { [option]: wrong })
          assert.include(yield* Effect.flip(governor.add(service)), { _tag: "InvalidOption", field: option })
        }
        yield* Effect.flatMap(governor.add(Service.make("a", Effect.never, { [option]: "Infinity" })), ({ remove }) =>
          remove)
      }
    }))
})

describe("a member of a group that hangs (rule 20)", () => {
  it.effect("goes down as the others do", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced("2 seconds") })
      const a = puppet("a")
      yield* governor.add(a.service)
      const slow = Effect.flatMap(ServiceRun, ({ run }) =>
        Effect.onInterrupt(Effect.never, () => run === 1 ? Effect.sleep("1 second") : Effect.void))
      yield* governor.add(Service.make("b", slow, { heartbeatTimeout: "1 second" }))
      yield* governor.start
      yield* pass(1000)
      yield* a.end(Exit.fail("lost"))
      yield* pass(1000)
      assert.deepStrictEqual(
        (yield* governor.status).map(({ _tag }) =>
          _tag
        ),
        ["Backoff", "Stopped"]
      )
      yield* pass(1000)
      assert.deepStrictEqual((yield* governor.status).map(({ _tag, run }) => [_tag, run]), [["Running", 2], [
        "Running",
        2
      ]])
    }))

  it.effect("its time to end is over with its run: it does not cut short the stop of the next", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const a = puppet("a")
      yield* governor.add(a.service)
      const slow = Effect.flatMap(ServiceRun, ({ heartbeat, run }) =>
        run === 1
          ? Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
          : Effect.onInterrupt(Effect.forever(Effect.delay(heartbeat, "1 second")), () => Effect.sleep("5 seconds")))
      const options = { heartbeatTimeout: "2 seconds", stopTimeout: "10 seconds" } as const
      const b = yield* governor.add(Service.make("b", slow, options))
      yield* governor.start
      yield* pass(2000) // hung: it has ten seconds
      yield* a.end(Exit.fail("lost"))
      yield* pass(1000)
      assert.include(lines, "Starting b#2")
      yield* pass(7000)
      const stop = yield* Effect.forkChild(b.stop, { startImmediately: true })
      yield* pass(5000)
      assert.isDefined(stop.pollUnsafe())
      assert.deepStrictEqual(lines.slice(-3), ["Stopping b#2", "Interrupted b#2", "Stopped b#2"])
    }))
})
