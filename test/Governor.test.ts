import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import { CurrentLoggers } from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { runInNewContext } from "node:vm"
import {
  Governor,
  type GovernorEvent,
  RestartPolicy,
  Service,
  ServiceRun,
  ServiceStatus,
  StopService
} from "../src/index.ts"
import { pass, puppet, watched } from "./support.ts"

const spaced = { restart: RestartPolicy.spaced("1 second") }
const tags = (statuses: ReadonlyArray<ServiceStatus.ServiceStatus>) => statuses.map((status) => status._tag)

describe("starting (rule 1)", () => {
  it.effect("runs nothing before it is started, then everything, together", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const [a, b] = [puppet("a"), puppet("b")]
      yield* governor.add(a.service)
      yield* governor.add(b.service)
      assert.deepStrictEqual([a.log, b.log, tags(yield* governor.status)], [[], [], ["Pending", "Pending"]])
      assert.deepStrictEqual(lines, ["Added a#0", "Added b#0"])
      yield* governor.start
      assert.deepStrictEqual([a.log, b.log, tags(yield* governor.status)], [["begin"], ["begin"], [
        "Running",
        "Running"
      ]])
      assert.deepStrictEqual(lines, [
        "Added a#0",
        "Added b#0",
        "Starting a#1",
        "Ready a#1",
        "Starting b#1",
        "Ready b#1"
      ])
    }))

  it.effect("starts later ones later, and none twice", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const [a, b] = [puppet("a"), puppet("b")]
      const handle = yield* governor.add(a.service)
      assert.strictEqual(handle.name, "a")
      yield* governor.start
      yield* governor.add(b.service)
      yield* governor.start
      yield* governor.start
      yield* handle.start
      assert.deepStrictEqual([a.log, b.log], [["begin"], ["begin"]])
    }))

  it.effect("does not restart what is over, but starts it by hand", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      yield* governor.start
      yield* a.end(Exit.void)
      yield* governor.start
      assert.deepStrictEqual(tags(yield* governor.status), ["Stopped"])
      yield* handle.start
      assert.strictEqual((yield* handle.status).run, 2)
      assert.deepStrictEqual(lines.slice(-4), ["Completed a#1", "Stopped a#1", "Starting a#2", "Ready a#2"])
    }))

  it.effect("a shutdown, or a stop, asked while all are started reaches those whose turn has not come", () =>
    Effect.gen(function*() {
      for (const ask of ["shutdown", "stop"] as const) {
        const { governor } = yield* watched({ shutdownTimeout: "1 second" })
        const b = puppet("b")
        const stop = Effect.flatMap(Effect.orDie(governor.get("b")), (handle) => handle.stop)
        const first = ask === "shutdown" ? governor.shutdown : stop
        yield* governor.add(Service.make("a", Effect.andThen(first, Effect.never)))
        yield* governor.add(b.service)
        yield* governor.start
        assert.deepStrictEqual([ask, b.log, tags(yield* governor.status)[1]], [ask, [], "Pending"])
        const { ok, services } = yield* governor.shutdown
        assert.deepStrictEqual([ok, services.map(({ name }) => name)], [true, ["a", "b"]])
      }
    }))

  it.effect("begins once what is started, stopped and started again before its turn, and not what is stopped last", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const [twice, never] = [puppet("twice"), puppet("never")]
      const second = yield* governor.add(twice.service)
      const third = yield* governor.add(never.service)
      const first = Effect.sync(() => {
        // Inside of a beginning every other one waits for its turn.
        for (const command of [second.start, second.stop, second.start, third.start, third.stop]) {
          Effect.runFork(command)
        }
      })
      yield* Effect.flatMap(governor.add(Service.make("first", first)), (handle) => handle.start)
      yield* Effect.flatMap(governor.add(puppet("last").service), (handle) => handle.start)
      while ((yield* second.status)._tag !== "Running") yield* Effect.yieldNow
      yield* Effect.yieldNow
      assert.deepStrictEqual([twice.log, never.log], [["begin"], []])
      assert.deepStrictEqual(lines.filter((line) => line.includes("twice") || line.includes("never")), [
        "Added twice#0",
        "Added never#0",
        "Starting twice#1",
        "Ready twice#1"
      ])
    }))

  it.effect("starts a chain of services that start one another without recursion", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const last = yield* Deferred.make<void>()
      const link = (i: number): Service.Service =>
        Service.make(
          `link-${i}`,
          i === 10_000
            ? Deferred.succeed(last, undefined)
            : Effect.andThen(
              Effect.suspend(() => Effect.orDie(Effect.flatMap(governor.add(link(i + 1)), (next) => next.start))),
              Effect.never
            )
        )
      yield* governor.add(link(0))
      yield* governor.start
      yield* Deferred.await(last)
      assert.lengthOf(yield* governor.status, 10_001)
    }))
})

describe("how a run ends (rules 2 to 4)", () => {
  it.effect.each<[string, Effect.Effect<unknown, unknown, Scope.Scope>, string, string]>([
    ["returns", Effect.void, "Completed", "Stopped"],
    [
      "throws StopService",
      Effect.sync(() => {
        throw new StopService()
      }),
      "Completed",
      "Stopped"
    ],
    ["fails", Effect.fail("boom"), "Crashed", "Failed"],
    ["dies", Effect.die("boom"), "Crashed", "Failed"],
    [
      "throws",
      Effect.sync(() => {
        throw "boom"
      }),
      "Crashed",
      "Failed"
    ],
    ["interrupts itself", Effect.interrupt, "Crashed", "Failed"],
    ["is told to stop for good", ServiceRun.stop, "Completed", "Stopped"],
    ["has a child that fails", Effect.flatMap(Effect.forkChild(Effect.fail("boom")), Fiber.join), "Crashed", "Failed"],
    ["fails as its scope closes", Effect.addFinalizer(() => Effect.die("boom")), "Crashed", "Failed"]
  ])("a run that %s", ([, run, event, status]) =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(Service.make("a", run))
      yield* governor.start
      yield* governor.awaitShutdown
      assert.deepStrictEqual(lines.slice(-2), [`${event} a#1`, `${status} a#1`])
      const [found] = yield* governor.status
      assert.strictEqual(found?._tag, status)
      if (found?._tag === "Failed") assert.isAbove(found.cause.reasons.length, 0)
    }))

  it.effect("always restarts both, on failure the crashed alone", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const always = RestartPolicy.always("1 second")
      const onFailure = RestartPolicy.onFailure("1 second")
      yield* governor.add(Service.make("always, completed", Effect.void, { restart: always }))
      yield* governor.add(Service.make("always, crashed", Effect.fail("boom"), { restart: always }))
      yield* governor.add(Service.make("on failure, completed", Effect.void, { restart: onFailure }))
      yield* governor.add(Service.make("on failure, crashed", Effect.fail("boom"), { restart: onFailure }))
      yield* governor.start
      assert.deepStrictEqual(tags(yield* governor.status), ["Backoff", "Backoff", "Stopped", "Backoff"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* governor.status).map((status) => status.run), [2, 2, 1, 2])
    }))

  it.effect("restarts after a plain StopService, and never after one that says so", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      yield* governor.add(Service.make("plain", Effect.die(new StopService())))
      yield* governor.add(Service.make("for good", Effect.die(new StopService({ restart: false }))))
      yield* governor.add(Service.make("in Effect", Effect.andThen(Effect.yieldNow, ServiceRun.stop)))
      yield* governor.add(Service.make("by a child", Effect.andThen(Effect.forkChild(ServiceRun.stop), Effect.never)))
      yield* governor.start
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(tags(yield* governor.status), ["Backoff", "Stopped", "Stopped", "Stopped"])
    }))

  it.effect("keeps an error thrown after the request to stop, and calls the rest interrupted", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      yield* governor.add(Service.make("clean", Effect.never))
      yield* governor.add(Service.make("dirty", Effect.onInterrupt(Effect.never, () => Effect.die("on the way out"))))
      yield* governor.start
      const report = yield* governor.shutdown
      const interrupted = events.filter((event) => event._tag === "ServiceInterrupted")
      assert.deepStrictEqual(interrupted.map((event) => event.cause?.reasons.length), [undefined, 1])
      assert.isFalse(report.ok)
      assert.deepStrictEqual(report.services.map(({ cause, outcome }) => [outcome, cause && Cause.squash(cause)]), [
        ["Stopped", undefined],
        ["Stopped", "on the way out"]
      ])
    }))
})

describe("one run at a time (rule 5)", () => {
  it.effect("starts the next only when the scope is closed and the children are gone", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const log: Array<string> = []
      const say = (line: string) => Effect.sync(() => void log.push(line))
      const run = Effect.gen(function*() {
        const { run } = yield* ServiceRun
        yield* say(`begin ${run}`)
        if (run === 2) return yield* Effect.never
        yield* Effect.addFinalizer(() => Effect.andThen(Effect.sleep("1 minute"), say(`scope ${run} closed`)))
        yield* Effect.forkScoped(Effect.onInterrupt(Effect.never, () => say(`scoped child ${run} gone`)))
        yield* Effect.forkChild(
          Effect.onInterrupt(Effect.never, () => Effect.andThen(Effect.sleep("1 minute"), say(`child ${run} gone`)))
        )
        yield* Effect.yieldNow
      })
      yield* governor.add(Service.make("a", run))
      yield* governor.start
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(log, ["begin 1"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, ["begin 1", "child 1 gone", "scoped child 1 gone", "scope 1 closed", "begin 2"])
    }))

  it.effect("gives each run a scope of its own", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const scopes: Array<Scope.Scope> = []
      const run = Effect.gen(function*() {
        scopes.push(yield* Effect.scope)
        if (scopes.length === 2) return yield* Effect.never
      })
      yield* governor.add(Service.make("a", run))
      yield* governor.start
      while (scopes.length < 2) yield* Effect.yieldNow
      assert.lengthOf(new Set(scopes), 2)
      assert.deepStrictEqual(scopes.map((scope) => scope.state._tag), ["Closed", "Empty"])
    }))
})

describe("delays (rule 7 and the restart policy)", () => {
  it.effect("waits as long as it says", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched(spaced)
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      yield* governor.start
      yield* a.end(Exit.fail("boom"))
      const status = yield* handle.status
      assert.strictEqual(status._tag === "Backoff" && status.until - status.since, 1000)
      assert.strictEqual(status._tag === "Backoff" && status.cause && Cause.squash(status.cause), "boom")
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(a.log, ["begin"])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(a.log, ["begin", "begin"])
      assert.strictEqual((yield* handle.status).restarts, 1)
      yield* a.end(Exit.void)
      assert.notProperty(yield* handle.status, "cause")
    }))

  it.effect("ends at once when a stop or a shutdown is asked, and no further run begins", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched(spaced)
      const [a, b] = [puppet("a"), puppet("b")]
      const handle = yield* governor.add(a.service)
      yield* governor.add(b.service)
      yield* governor.start
      yield* a.end(Exit.void)
      yield* b.end(Exit.void)
      yield* handle.stop
      assert.deepStrictEqual(tags(yield* governor.status), ["Stopped", "Backoff"])
      yield* governor.shutdown
      assert.deepStrictEqual(tags(yield* governor.status), ["Stopped", "Stopped"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([a.log, b.log], [["begin"], ["begin"]])
      assert.deepStrictEqual(lines.slice(-4), ["ShutdownStarted", "Stopping b#1", "Stopped b#1", "ShutdownCompleted"])
    }))

  it.effect("takes the delays of any schedule, which sees the exit, and is over when the schedule is done", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const inputs: Array<string> = []
      const schedule = Schedule.exponential("1 second").pipe(
        Schedule.upTo({ times: 2 }),
        Schedule.passthrough,
        Schedule.tap(({ input }) => Effect.sync(() => void inputs.push((input as Exit.Exit<unknown>)._tag)))
      )
      yield* governor.add(Service.make("crashed", Effect.fail("boom"), { restart: RestartPolicy.always(schedule) }))
      yield* governor.add(Service.make("completed", Effect.void, { restart: RestartPolicy.always(schedule) }))
      yield* governor.start
      yield* TestClock.adjust("1 hour")
      const delays = events.filter((event) => event._tag === "RestartScheduled").map((event) => event.delay)
      assert.deepStrictEqual(delays, [1000, 1000, 2000, 2000])
      assert.deepStrictEqual(tags(yield* governor.status), ["Failed", "Stopped"])
      assert.deepStrictEqual([...new Set(inputs)].toSorted(), ["Failure", "Success"])
    }))

  it.effect("begins at the start and at the times of a cron schedule, also after a crash, and leaves out missed times", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const begun: Array<number> = []
      const run = Effect.gen(function*() {
        begun.push(yield* Clock.currentTimeMillis)
        if (begun.length === 2) return yield* Effect.fail("boom")
        if (begun.length === 3) yield* Effect.sleep("90 seconds")
      })
      const eachMinute = { restart: RestartPolicy.always(Schedule.cron("* * * * *", "UTC")) }
      const job = yield* governor.add(Service.make("job", run, eachMinute))
      const bad = Service.make("bad", Effect.void, { restart: RestartPolicy.always(Schedule.cron("at noon")) })
      yield* governor.add(bad)
      yield* TestClock.setTime(30_000)
      yield* governor.start
      assert.include(yield* job.status, { _tag: "Backoff", until: 60_000 })
      assert.deepStrictEqual(tags(yield* governor.status), ["Backoff", "Failed"])
      for (let i = 0; i < 10; i++) yield* pass(30_000)
      assert.deepStrictEqual(begun, [30_000, 60_000, 120_000, 240_000, 300_000])
      assert.strictEqual(events.filter(({ _tag }) => _tag === "ServiceFailed").length, 1)
    }))

  it.effect("a logger that shuts down when it hears that a schedule failed comes after that failure", () => {
    let shutDown: Effect.Effect<unknown> = Effect.void
    const logger = Logger.make<unknown, void>(({ message }) => {
      if (String(message).includes("schedule failed")) Effect.runFork(shutDown)
    })
    return Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      shutDown = governor.shutdown
      const broken = Schedule.tap(Schedule.spaced(1), () => Effect.die("broken schedule"))
      yield* governor.add(Service.make("a", Effect.void, { restart: RestartPolicy.always(broken) }))
      yield* governor.start
      const { services } = yield* governor.awaitShutdown
      assert.deepStrictEqual(lines.slice(-4), ["Completed a#1", "Failed a#1", "ShutdownStarted", "ShutdownCompleted"])
      assert.deepStrictEqual(services.map(({ outcome }) => outcome), ["Failed"])
    }).pipe(Effect.provideService(CurrentLoggers, new Set([logger])))
  })

  it.effect("a schedule that fails, or dies, fails the service and nothing else, and the log says why", () => {
    const logged: Array<string> = []
    return Effect.gen(function*() {
      const { governor } = yield* watched()
      const broken = Schedule.tap(Schedule.spaced(1), () => Effect.die("broken schedule"))
      const slow = Schedule.tap(broken, () => Effect.sleep("1 minute"))
      yield* governor.add(Service.make("slow", Effect.void, { restart: RestartPolicy.always(slow) }))
      const handle = yield* governor.add(Service.make("a", Effect.void, { restart: RestartPolicy.always(broken) }))
      yield* governor.start
      const waiting = yield* Effect.forkChild(governor.awaitShutdown)
      yield* TestClock.adjust("1 minute")
      assert.isFalse((yield* Fiber.join(waiting)).ok)
      const status = yield* handle.status
      assert.strictEqual(status._tag === "Failed" && Cause.squash(status.cause), "broken schedule")
      assert.deepStrictEqual(
        logged.filter((line) => line.startsWith("its")),
        Array(2).fill("its restart schedule failed")
      )
    }).pipe(
      Effect.provideService(
        CurrentLoggers,
        new Set([Logger.make<unknown, void>(({ message }) => void logged.push(String((message as Array<unknown>)[0])))])
      )
    )
  })

  it.effect("a schedule that stops its own service, and then waits, is broken off", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const broken: Array<string> = []
      const own = Effect.flatMap(Effect.orDie(governor.get("a")), (handle) => handle.stop)
      const waits = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void broken.push("off")))
      const schedule = Schedule.tap(Schedule.spaced(1), () => Effect.andThen(own, waits))
      yield* governor.add(Service.make("a", Effect.void, { restart: RestartPolicy.always(schedule) }))
      yield* governor.start
      assert.deepStrictEqual([tags(yield* governor.status), broken], [["Stopped"], ["off"]])
    }))

  it.effect("a schedule that takes its time can be stopped meanwhile", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Schedule.tap(Schedule.spaced(1), () => Effect.sleep("1 minute"))
      const handle = yield* governor.add(Service.make("a", Effect.void, { restart: RestartPolicy.always(slow) }))
      yield* governor.start
      yield* handle.stop
      yield* TestClock.adjust("1 hour")
      const { _tag, run } = yield* handle.status
      assert.deepStrictEqual([_tag, run], ["Stopped", 1])
    }))

  it.effect("a schedule that takes its time is answered at once when it is done", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const slow = Schedule.while(Schedule.spaced(1), () => Effect.as(Effect.sleep("1 minute"), false))
      yield* governor.add(Service.make("a", Effect.fail("no"), { restart: RestartPolicy.always(slow) }))
      yield* governor.start
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(lines.at(-1), "Failed a#1")
    }))

  it.effect("a start by hand counts anew, though the run before had not ended yet", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(10, { maxRestarts: 1 }) })
      const failing = Effect.onInterrupt(Effect.sleep("1 second"), () => Effect.sleep("1 second"))
      const handle = yield* governor.add(Service.make("a", Effect.andThen(failing, Effect.fail("no"))))
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      yield* TestClock.adjust(1010)
      assert.strictEqual(lines.at(-1), "Ready a#2") // the only restart that is allowed
      yield* Effect.forkChild(handle.stop, { startImmediately: true })
      yield* Effect.forkChild(handle.start, { startImmediately: true })
      yield* TestClock.adjust(1000)
      assert.strictEqual(lines.at(-1), "Ready a#3")
      yield* TestClock.adjust(1010)
      assert.strictEqual(lines.at(-1), "Ready a#4")
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(1000)
    }))

  it.effect("starts a schedule over once a run stayed ready for resetAfter", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const restart = RestartPolicy.always(Schedule.exponential("1 second"), { resetAfter: "1 minute" })
      const a = puppet("a", { restart })
      yield* governor.add(a.service)
      yield* governor.start
      for (const lasts of ["1 second", "50 seconds", "58 seconds", "1 second"] as const) {
        yield* TestClock.adjust(lasts)
        yield* a.end(Exit.fail("boom"))
        yield* TestClock.adjust("4 seconds")
      }
      const delays = events.filter((event) => event._tag === "RestartScheduled").map((event) => event.delay)
      assert.deepStrictEqual(delays, [1000, 2000, 1000, 2000])
    }))

  it.effect("starts all over also if the run that stayed ready was ended by a restart by hand", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const limits = { maxRestarts: 1, resetAfter: "1 minute" } as const
      const a = puppet("a", { restart: RestartPolicy.spaced("1 second", limits) })
      const handle = yield* governor.add(a.service)
      yield* governor.start
      const seen: Array<string> = []
      for (const lasts of ["1 minute", "59 seconds"] as const) {
        yield* a.end(Exit.fail("boom"))
        yield* TestClock.adjust("1 second")
        yield* TestClock.adjust(lasts)
        yield* handle.restart
        yield* a.end(Exit.fail("boom"))
        seen.push((yield* handle.status)._tag)
        yield* handle.start
      }
      assert.deepStrictEqual(seen, ["Backoff", "Failed"])
    }))

  it.effect("gives up a service that is restarted too often, with every exit", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const restart = RestartPolicy.spaced("1 second", { maxRestarts: 2, within: "1 hour" })
      const handle = yield* governor.add(Service.make("a", Effect.fail("boom"), { restart }))
      yield* governor.start
      yield* TestClock.adjust("1 minute")
      const status = yield* handle.status
      assert.strictEqual(status.run, 3)
      const error = status._tag === "Failed" ? Cause.squash(status.cause) : undefined
      assert.instanceOf(error, Error)
      assert.include(String(error), `service "a" needed 3 restarts within 1 h`)
      assert.deepStrictEqual(lines.slice(-3), ["Crashed a#3", "RestartLimitExceeded a#3", "Failed a#3"])
      yield* handle.start
      assert.strictEqual((yield* handle.status)._tag, "Backoff", "a start by hand clears the count")
    }))

  it.effect("waits longer than timers can", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("60 days") })
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.start
      yield* a.end(Exit.void)
      yield* TestClock.adjust("59 days")
      assert.lengthOf(a.log, 1)
      yield* TestClock.adjust("1 day")
      assert.lengthOf(a.log, 2)
    }))
})

describe("shutdown (rules 10, 11, 14)", () => {
  it.effect("stops all and gives every caller the same report", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const slow = Service.make("slow", Effect.onInterrupt(Effect.never, () => Effect.sleep("3 seconds")))
      yield* governor.add(slow)
      yield* governor.add(puppet("quick").service)
      yield* governor.start
      const first = yield* Effect.forkChild(governor.shutdownWith("maintenance"))
      yield* TestClock.adjust("1 second")
      const second = yield* Effect.forkChild(governor.shutdown)
      const waiting = yield* Effect.forkChild(governor.awaitShutdown)
      assert.deepStrictEqual(tags(yield* governor.status), ["Stopping", "Stopped"])
      yield* TestClock.adjust("2 seconds")
      const report = yield* Fiber.join(first)
      assert.strictEqual(yield* Fiber.join(second), report)
      assert.strictEqual(yield* Fiber.join(waiting), report)
      assert.strictEqual(yield* governor.shutdown, report)
      assert.deepStrictEqual(report, {
        ok: true,
        reason: { _tag: "Requested", message: "maintenance" },
        duration: 3000,
        services: [
          { name: "slow", outcome: "Stopped", duration: 3000 },
          { name: "quick", outcome: "Stopped", duration: 0 }
        ]
      })
      assert.strictEqual(lines.at(-1), "ShutdownCompleted")
    }))

  it.effect("durations are those that passed, though the clock is set back (rule 27)", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* TestClock.adjust("1 day")
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep(100))
      for (const name of ["a", "b"]) yield* governor.add(Service.make(name, slow))
      yield* governor.start
      yield* Effect.forkChild((yield* governor.get("a")).stop)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(50)
      yield* TestClock.setTime(1000)
      yield* TestClock.adjust("1 day")
      const { duration, services } = yield* Fiber.join(shutdown)
      assert.isAtLeast(duration, 100)
      for (const service of services) assert.isAtLeast(service.duration, 100)
    }))

  it.effect("the status of a service that completed is not that of one that was stopped", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("completed", Effect.void))
      yield* governor.add(Service.make("stopped", Effect.never))
      yield* governor.start
      yield* (yield* governor.get("stopped")).stop
      const statuses = yield* governor.status
      assert.deepStrictEqual(statuses.map((status) => status._tag === "Stopped" && status.outcome), [
        "Completed",
        "Stopped"
      ])
    }))

  it.effect("the report tells how long the stop took, and nothing of what ended by itself", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const a = puppet("a")
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("3 seconds"))
      const first = yield* governor.add(a.service)
      const second = yield* governor.add(Service.make("b", slow))
      yield* governor.start
      yield* TestClock.adjust("1 minute")
      const stop = yield* Effect.forkChild(second.stop)
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(stop)
      yield* first.stop
      yield* first.start
      yield* TestClock.adjust("1 minute")
      yield* a.end(Exit.void)
      const { services } = yield* governor.shutdown
      assert.deepStrictEqual(services.map(({ duration }) => duration), [0, 3000])
    }))

  it.effect("the report tells nothing of a slow restart, once the next run has ended by itself", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const twice = Effect.flatMap(
        ServiceRun,
        ({ run }) => run === 1 ? Effect.onInterrupt(Effect.never, () => Effect.sleep("3 seconds")) : Effect.void
      )
      const handle = yield* governor.add(Service.make("a", twice))
      yield* governor.start
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(handle.restart)
      yield* TestClock.adjust("3 seconds")
      const { services } = yield* governor.shutdown
      assert.deepStrictEqual(services, [{ name: "a", outcome: "Stopped", duration: 0 }])
    }))

  it.effect("closing the scope does the same", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const governor = yield* Scope.provide(Governor.make(), scope)
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.start
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(a.log, ["begin", "interrupted"])
      assert.deepStrictEqual((yield* governor.shutdown).reason, { _tag: "ScopeClosed" })
    }))

  it.effect("a service that asks for it is interrupted while it waits", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("a", Effect.andThen(Effect.yieldNow, governor.shutdown)))
      yield* governor.add(Service.make("b", governor.shutdown))
      yield* governor.start
      const report = yield* governor.awaitShutdown
      assert.isTrue(report.ok)
    }))

  it.effect("awaitShutdown: at once when nothing was started, and when every started service is over", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const a = puppet("a")
      yield* governor.add(a.service)
      assert.deepStrictEqual((yield* governor.awaitShutdown).services, [])
      yield* governor.start
      yield* governor.add(puppet("never started").service)
      const waiting = yield* Effect.forkChild(governor.awaitShutdown)
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      yield* a.end(Exit.fail("boom"))
      const report = yield* Fiber.join(waiting)
      assert.deepStrictEqual([report.ok, report.reason, report.services.length], [false, { _tag: "AllOver" }, 1])
    }))

  it.effect("awaitShutdown can be given up by one and goes on for another", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.start
      const waiting = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(governor.awaitShutdown))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting[1]!)
      yield* a.end(Exit.void)
      assert.deepStrictEqual(waiting.map((fiber) => fiber.pollUnsafe()?._tag), ["Success", "Failure", "Success"])
    }))

  it.effect("awaitShutdown does not end between a run and the next", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched(spaced)
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      yield* governor.start
      const waiting = yield* Effect.forkChild(governor.awaitShutdown)
      yield* a.end(Exit.void)
      yield* TestClock.adjust("10 seconds")
      yield* handle.restart
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
    }))

  it.effect("nothing is added or started once it has begun", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const [pending, late] = [puppet("pending"), puppet("late")]
      const handle = yield* governor.add(pending.service)
      yield* governor.add(puppet("never", { dependsOn: ["nobody"] }).service)
      yield* governor.shutdown
      yield* governor.start // not even the graph is of interest any more
      const errors = yield* Effect.all([
        Effect.flip(governor.add(late.service)),
        Effect.flip(handle.start),
        Effect.flip(handle.restart)
      ])
      assert.deepStrictEqual(errors.map((error) => [error._tag, error.service]), [
        ["GovernorClosed", "late"],
        ["GovernorClosed", "pending"],
        ["GovernorClosed", "pending"]
      ])
      assert.deepStrictEqual([pending.log, late.log], [[], []])
    }))

  it.effect("ends together all that stop in one sweep", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      for (let i = 0; i < 3; i++) yield* governor.add(puppet(`s${i}`).service)
      yield* governor.start
      const seen: Array<number> = []
      const waiting = yield* Effect.forkChild(
        Effect.flatMap(governor.awaitShutdown, ({ services }) => Effect.sync(() => seen.push(services.length)))
      )
      yield* Effect.yieldNow
      yield* governor.shutdown
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(seen, [3])
    }))
})

const hung = (name: string, options?: Service.Options) =>
  Service.make(name, Effect.uninterruptible(Effect.never), options)

describe("deadlines (rule 13)", () => {
  it.effect("abandons a run at its stopTimeout, for ever", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const handle = yield* governor.add(hung("a", { stopTimeout: "10 seconds", restart: RestartPolicy.spaced(0) }))
      yield* governor.start
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stop)
      const status = yield* handle.status
      assert.strictEqual(status._tag, "Failed")
      const errors = yield* Effect.all([
        Effect.flip(handle.start),
        Effect.flip(handle.restart),
        Effect.flip(handle.remove)
      ])
      assert.deepStrictEqual(errors.map((error) => error._tag), ["RunAbandoned", "RunAbandoned", "RunAbandoned"])
      assert.deepStrictEqual(lines.slice(-3), ["Stopping a#1", "Abandoned a#1", "Failed a#1"])
      const report = yield* governor.shutdown
      assert.deepStrictEqual([report.ok, report.services[0]?.outcome], [false, "Abandoned"])
    }))

  it.effect("a restart by hand that ends in abandonment says so", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ stopTimeout: "1 second" })
      const handle = yield* governor.add(hung("a"))
      yield* governor.start
      const restart = yield* Effect.forkChild(Effect.flip(handle.restart))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(restart))._tag, "RunAbandoned")
    }))

  it.effect("shutdownTimeout bounds the whole, and the closing of the scope with it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const governor = yield* Scope.provide(Governor.make({ shutdownTimeout: "25 seconds" }), scope)
      yield* governor.add(hung("a", { stopTimeout: "10 seconds" }))
      yield* governor.add(hung("b", { stopTimeout: "1 hour" }))
      yield* governor.add(puppet("c").service)
      yield* governor.start
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(tags(yield* governor.status), ["Failed", "Stopping", "Stopped"])
      yield* TestClock.adjust("15 seconds")
      yield* Fiber.join(closing)
      const report = yield* governor.shutdown
      assert.deepStrictEqual(report.services.map(({ duration, name, outcome }) => [name, outcome, duration]), [
        ["a", "Abandoned", 10_000],
        ["b", "Abandoned", 25_000],
        ["c", "Stopped", 0]
      ])
    }))

  it.effect("to ask once more gives a shutdown no more time, and one that was asked with a time has that", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "25 seconds" })
      yield* governor.add(hung("a", { stopTimeout: "1 hour" }))
      yield* governor.start
      const first = yield* Effect.forkChild(governor.shutdownWith("maintenance", { timeout: "10 seconds" }))
      yield* TestClock.adjust("5 seconds")
      yield* Effect.forkChild(governor.shutdown)
      yield* Effect.forkChild(governor.shutdownWith("more", { timeout: "1 hour" }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(first)).duration, 10_000)
    }))

  it.effect("a shutdown is not refused for a bad timeout: that is logged, and the default counts (rule 17)", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ cause, message }) =>
        void lines.push(`${String([message].flat()[0])}: ${Cause.pretty(cause)}`)
      )
      const { governor } = yield* watched({ shutdownTimeout: "5 seconds" }).pipe(
        Effect.provideService(CurrentLoggers, new Set([logger]))
      )
      yield* governor.add(Service.make("a", Effect.uninterruptible(Effect.never)))
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdownWith("maintenance", { timeout: "-1 second" }))
      yield* TestClock.adjust("5 seconds")
      const { reason, services } = yield* Fiber.join(shutdown)
      assert.deepStrictEqual([reason, services[0]?.outcome], [
        { _tag: "Requested", message: "maintenance" },
        "Abandoned"
      ])
      const line = lines.find((line) => line.includes("timeout"))
      assert.include(line, "shutting down without the timeout that was given: InvalidOption")
    }))

  it.effect("an abandoned run that had failed before its scope hung is reported with that failure", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ stopTimeout: "1 second" })
      const run = Effect.andThen(Effect.addFinalizer(() => Effect.never), Effect.fail("boom"))
      yield* governor.add(Service.make("a", run))
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      const [service] = (yield* Fiber.join(shutdown)).services
      const errors = service?.cause?.reasons.map((reason) => reason._tag === "Fail" ? reason.error : reason._tag)
      assert.strictEqual(errors?.[1], "boom")
    }))

  it.effect("and not once more when its scope has closed at last", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ stopTimeout: "1 second" })
      const slow = Effect.addFinalizer(() => Effect.sleep("1 minute"))
      yield* governor.add(Service.make("boom", Effect.andThen(slow, Effect.fail("boom"))))
      const late = Effect.addFinalizer(() => Effect.andThen(Effect.sleep("1 minute"), Effect.die("late")))
      yield* governor.add(Service.make("late", Effect.andThen(late, Effect.fail("boom"))))
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(shutdown)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("LateFailure")), ["LateFailure late#1"])
    }))

  it.effect("the warning of slow stops counts from the stop, ends with it, and names twenty", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const warnings = Effect.map(
        TestConsole.logLines,
        (lines) => lines.map(String).filter((line) => line.includes("still stopping"))
      )
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("6 seconds"))
      for (let i = 1; i <= 21; i++) yield* governor.add(Service.make(`s${i}`, slow))
      yield* governor.start
      const first = yield* governor.get("s1")
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(first.stop)
      yield* TestClock.adjust("8 seconds")
      assert.deepStrictEqual(yield* warnings, [`still stopping: "s1"`])
      yield* first.start
      yield* Effect.forkChild(Effect.flatMap(governor.get("s21"), (handle) => handle.remove))
      yield* Effect.forkChild(first.stop)
      yield* TestClock.adjust("4 seconds")
      assert.lengthOf(yield* warnings, 1)
      yield* TestClock.adjust("8 seconds")
      assert.deepStrictEqual((yield* warnings).slice(1), [`still stopping: "s1", "s21"`])
      yield* governor.add(Service.make("s21", slow))
      yield* governor.start
      yield* first.start
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("6 seconds")
      assert.match(String((yield* warnings)[2]), /"s1", [^]*"s20" and 1 more$/)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* warnings, 3)
    }))

  it.effect("the warning of slow stops ends with the run that is abandoned", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ stopTimeout: "6 seconds" })
      const settles = yield* Deferred.make<void>()
      const handle = yield* governor.add(Service.make("a", Effect.uninterruptible(Deferred.await(settles))))
      yield* governor.start
      yield* Effect.forkChild(handle.stop, { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      const warnings = (yield* TestConsole.logLines).filter((line) => String(line).includes("still stopping"))
      assert.lengthOf(warnings, 1)
      yield* Deferred.succeed(settles, undefined)
    }))

  it.effect("a late failure of an abandoned run is an event (rule 8)", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ stopTimeout: "1 second" })
      const late = yield* Deferred.make<void, string>()
      const handle = yield* governor.add(Service.make("a", Effect.uninterruptible(Deferred.await(late))))
      yield* governor.start
      yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust("1 second")
      yield* Deferred.fail(late, "late")
      const found = events.at(-1)
      assert.strictEqual(found?._tag === "LateFailure" && Cause.squash(found.cause), "late")
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))
})

describe("commands", () => {
  it.effect("stop, start, restart and remove", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched(spaced)
      const handle = yield* governor.add(puppet("a").service)
      yield* handle.stop // of what was never started: nothing
      yield* handle.start
      yield* handle.stop
      yield* handle.stop
      yield* handle.start
      yield* handle.restart
      yield* handle.remove
      assert.deepStrictEqual(lines.slice(1), [
        "Starting a#1",
        "Ready a#1",
        "Stopping a#1",
        "Interrupted a#1",
        "Stopped a#1",
        "Starting a#2",
        "Ready a#2",
        "Stopping a#2",
        "Interrupted a#2",
        "Starting a#3",
        "Ready a#3",
        "Stopping a#3",
        "Interrupted a#3",
        "Stopped a#3",
        "Removed a#3"
      ])
      assert.deepStrictEqual(yield* governor.status, [])
      assert.strictEqual((yield* Effect.flip(governor.get("a")))._tag, "UnknownService")
      yield* governor.add(puppet("b").service)
      const unknown = yield* Effect.flip(handle.start)
      assert.deepStrictEqual(unknown._tag === "UnknownService" && unknown.known, ["b"])
      yield* governor.add(puppet("a").service)
    }))

  it.effect("restarts by hand do not count, and need no delay", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched(spaced)
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      yield* governor.start
      yield* a.end(Exit.void)
      yield* handle.restart // in backoff
      yield* handle.restart // while running
      const status = yield* handle.status
      assert.deepStrictEqual([status._tag, status.run, status.restarts], ["Running", 3, 0])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* handle.status).run, 3, "the delay is forgotten")
    }))

  it.effect("one who waits for a stop can give up, and the others go on", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const handle = yield* governor.add(Service.make("a", slow))
      yield* governor.start
      yield* TestClock.adjust(0)
      const waiting = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(handle.stop))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting[1]!)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(waiting.map((fiber) => fiber.pollUnsafe()?._tag), ["Success", "Failure", "Success"])
    }))

  it.effect("the latest command wins while a stop takes its time", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const handle = yield* governor.add(Service.make("a", slow))
      yield* governor.start
      yield* TestClock.adjust(0) // before that, the clock's own warning breaks off the sleep of a fiber that is interrupted
      const stop = yield* Effect.forkChild(handle.stop)
      yield* Effect.yieldNow
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      const restart = yield* Effect.forkChild(handle.start)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stop)
      yield* Fiber.join(restart)
      assert.strictEqual((yield* handle.status).run, 2)
      const again = yield* Effect.forkChild(handle.restart)
      yield* Effect.yieldNow
      const gone = yield* Effect.forkChild(handle.remove)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(gone)
      yield* Fiber.join(again)
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("a removal is not taken back by a shutdown that comes meanwhile", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const removed = yield* governor.add(Service.make("removed", slow))
      yield* governor.add(Service.make("stopped", slow))
      yield* governor.start
      yield* TestClock.adjust(0)
      const gone = yield* Effect.forkChild(removed.remove)
      yield* Effect.yieldNow
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(gone)
      assert.deepStrictEqual((yield* Fiber.join(shutdown)).services.map(({ name }) => name), ["stopped"])
    }))

  it.effect("a command in backoff is heard of at once", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched(spaced)
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      const inBackoff = Effect.andThen(handle.start, a.end(Exit.void))
      yield* inBackoff
      const waiting = yield* Effect.forkChild(governor.awaitShutdown, { startImmediately: true })
      yield* handle.stop
      assert.deepStrictEqual(lines.slice(-2), ["Stopping a#1", "Stopped a#1"])
      assert.isDefined(waiting.pollUnsafe())
      yield* inBackoff
      yield* handle.remove
      assert.deepStrictEqual(lines.slice(-3), ["Stopping a#2", "Stopped a#2", "Removed a#2"])
    }))

  it.effect("the first synchronous stretch may ask for the end of its own service", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched(spaced)
      const own = Effect.flatMap(Effect.orDie(governor.get("a")), (handle) => handle.stop)
      yield* governor.add(Service.make("a", Effect.andThen(own, Effect.never)))
      yield* governor.start
      yield* governor.awaitShutdown
      assert.deepStrictEqual(lines.slice(1), ["Starting a#1", "Stopping a#1", "Interrupted a#1", "Stopped a#1"])
    }))

  it.effect("is ready when it says so, if readiness is manual", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const go = yield* Deferred.make<void>()
      const run = Effect.gen(function*() {
        yield* Deferred.await(go)
        yield* ServiceRun.ready
        yield* ServiceRun.ready
        return yield* Effect.never
      })
      const handle = yield* governor.add(Service.make("a", run, { readiness: "manual" }))
      yield* governor.start
      assert.strictEqual((yield* handle.status)._tag, "Starting")
      yield* Deferred.succeed(go, undefined)
      yield* Effect.yieldNow
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect("awaitReady waits for those that were never ready, and for no next run", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 hour") })
      yield* governor.add(Service.make("job", Effect.void))
      yield* governor.add(Service.make("ready by completing", Effect.void, { readiness: "manual" }))
      const late = puppet("late", { readiness: "manual" })
      yield* governor.add(late.service)
      yield* governor.start
      const waiting = yield* Effect.forkChild(governor.awaitReady)
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      yield* late.end(Exit.void)
      yield* Fiber.join(waiting)
    }))

  it.effect("awaitReady waits for what was started by then, and not for what is started meanwhile", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({})
      const first = puppet("first", { readiness: "manual" })
      yield* Effect.andThen(governor.add(first.service), governor.start)
      const meanwhile = yield* governor.add(puppet("meanwhile", { readiness: "manual" }).service)
      const waiting = yield* Effect.forkChild(governor.awaitReady)
      yield* Effect.yieldNow
      yield* meanwhile.start
      yield* first.end(Exit.void)
      yield* Fiber.join(waiting)
      assert.strictEqual((yield* meanwhile.status)._tag, "Starting")
    }))

  it.effect("a start by hand while it stops clears the count as well", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched(spaced)
      let runs = 0
      const run = Effect.suspend(() =>
        ++runs === 1 ? Effect.void : Effect.onInterrupt(Effect.never, () => Effect.sleep(1))
      )
      const handle = yield* governor.add(Service.make("a", run))
      yield* governor.start
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* handle.status).restarts, 1)
      for (const [command, restarts] of [[handle.restart, 1], [handle.start, 0]] as const) {
        const stop = yield* Effect.forkChild(handle.stop)
        yield* Effect.yieldNow
        const begun = yield* Effect.forkChild(command)
        yield* TestClock.adjust(1)
        yield* Fiber.join(stop)
        yield* Fiber.join(begun)
        assert.strictEqual((yield* handle.status).restarts, restarts)
      }
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(1)
    }))

  it.effect("services whose ends wait for one another, 5,000 in a row, do not recurse", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const last = 5000
      for (let i = 0; i <= last; i++) {
        const next = Effect.flatMap(Effect.orDie(governor.get(`s${i + 1}`)), (handle) => handle.stop)
        const run = Effect.andThen(Effect.addFinalizer(() => i === last ? Effect.void : next), Effect.never)
        yield* governor.add(Service.make(`s${i}`, run))
      }
      yield* governor.start
      yield* Effect.flatMap(governor.get("s0"), (handle) => handle.stop)
      assert.deepStrictEqual(new Set(tags(yield* governor.status)), new Set(["Stopped"]))
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("services that stop one another, 5,000 in a row, do not recurse", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const last = 5000
      for (let i = 0; i <= last; i++) {
        const next = Effect.flatMap(Effect.orDie(governor.get(`s${i + 1}`)), (handle) => handle.stop)
        const stopNext = Effect.asVoid(Effect.forkDetach(next, { startImmediately: true }))
        yield* governor.add(
          Service.make(`s${i}`, Effect.onInterrupt(Effect.never, () => i === last ? Effect.void : stopNext))
        )
      }
      yield* governor.start
      yield* Effect.flatMap(governor.get("s0"), (handle) => handle.stop)
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("is not ready by what an earlier run says", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const runs: Array<ServiceRun> = []
      const run = Effect.gen(function*() {
        runs.push(yield* ServiceRun)
        yield* Effect.sleep("1 second")
      })
      const handle = yield* governor.add(Service.make("a", run, { readiness: "manual" }))
      yield* governor.start
      yield* TestClock.adjust("2 seconds")
      yield* runs[0]!.ready
      assert.strictEqual((yield* handle.status)._tag, "Starting")
      yield* runs[1]!.ready
      assert.strictEqual((yield* handle.status)._tag, "Running")
      yield* handle.stop
      yield* runs[1]!.ready
      assert.deepStrictEqual(lines.slice(-4), ["Ready a#2", "Stopping a#2", "Interrupted a#2", "Stopped a#2"])
    }))

  it.effect("a run of ServiceRun outside of any governor is harmless", () =>
    Effect.gen(function*() {
      yield* ServiceRun.ready
      yield* ServiceRun.heartbeat
      assert.deepStrictEqual(yield* Effect.map(ServiceRun, ({ name, run }) => [name, run]), ["", 0])
      assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(ServiceRun.stop)))
    }))
})

describe("seeing (rules 26 and 27)", () => {
  it.effect("a crash and restart, and a stop, read as the design says", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched(spaced)
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.start
      yield* a.end(Exit.fail("boom"))
      yield* TestClock.adjust("1 second")
      yield* governor.shutdown
      assert.deepStrictEqual(lines, [
        "Added a#0",
        "Starting a#1",
        "Ready a#1",
        "Crashed a#1",
        "RestartScheduled a#1",
        "Starting a#2",
        "Ready a#2",
        "ShutdownStarted",
        "Stopping a#2",
        "Interrupted a#2",
        "Stopped a#2",
        "ShutdownCompleted"
      ])
    }))

  it.effect("listeners hear in order, whatever they do, and what they throw harms nobody", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const [a, b] = [puppet("a"), puppet("b")]
      const heard: Array<string> = []
      const second = yield* governor.add(b.service)
      const forget = governor.listen((event) => {
        if (event._tag === "ServiceReady" && event.service === "a") Effect.runFork(second.start)
        throw new Error("listener")
      })
      governor.listen(async () => {
        throw new Error("async listener")
      })
      governor.listen((event) => heard.push(event._tag))
      yield* governor.add(a.service)
      yield* Effect.flatMap(governor.get("a"), (handle) => handle.start)
      yield* Effect.yieldNow // b was started inside of a's beginning
      assert.deepStrictEqual(heard, [
        "ServiceAdded",
        "ServiceStarting",
        "ServiceReady",
        "ServiceStarting",
        "ServiceReady"
      ])
      forget()
      yield* Effect.yieldNow
    }))

  it.effect("what a listener throws, or rejects with, is an error in the log", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      governor.listen(() => {
        throw new Error("thrown by a listener")
      })
      governor.listen(() => Promise.reject(new Error("rejected by a listener")))
      governor.listen(() => runInNewContext("Promise.reject(new Error('rejected in another realm'))"))
      yield* governor.add(puppet("a").service)
      yield* Effect.yieldNow
      const log = (yield* TestConsole.logLines).join("\n")
      assert.lengthOf(log.match(/a listener failed on ServiceAdded/g) ?? [], 3)
      assert.include(log, "thrown by a listener")
      assert.include(log, "rejected by a listener")
      assert.include(log, "rejected in another realm")
    }))

  it.effect("a fact is told when it happens: before the run begins, and before it ends", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const say = (line: string) => Effect.sync(() => void (lines as Array<string>).push(line))
      const run = Effect.andThen(say("first stretch"), Effect.onInterrupt(Effect.never, () => say("last stretch")))
      yield* governor.add(Service.make("a", run))
      yield* governor.start
      yield* governor.shutdown
      assert.deepStrictEqual(lines.slice(1), [
        "Starting a#1",
        "first stretch",
        "Ready a#1",
        "ShutdownStarted",
        "Stopping a#1",
        "last stretch",
        "Interrupted a#1",
        "Stopped a#1",
        "ShutdownCompleted"
      ])
    }))

  it.effect("a listener may stop the very run it hears of", () =>
    Effect.gen(function*() {
      for (const tag of ["ServiceStarting", "ServiceReady"] as const) {
        const { governor, lines } = yield* watched()
        const a = puppet("a")
        const handle = yield* governor.add(a.service)
        governor.listen((event) => event._tag === tag && Effect.runFork(handle.stop))
        yield* governor.start
        yield* governor.awaitShutdown
        assert.deepStrictEqual(lines.slice(-3), ["Stopping a#1", "Interrupted a#1", "Stopped a#1"])
        assert.deepStrictEqual(a.log, tag === "ServiceStarting" ? [] : ["begin", "interrupted"])
      }
    }))

  it.effect("a listener may shut down when it hears that a run begins: the run does nothing", () =>
    Effect.gen(function*() {
      for (const dependsOn of [[], ["a"]]) {
        const { governor, lines } = yield* watched()
        const [a, b] = [puppet("a"), puppet("b", { dependsOn })]
        yield* Effect.andThen(governor.add(a.service), governor.add(b.service))
        const isLast = (event: GovernorEvent.GovernorEvent) => event._tag === "ServiceStarting" && event.service === "b"
        governor.listen((event) => isLast(event) && Effect.runFork(governor.shutdown))
        yield* governor.start
        yield* governor.awaitShutdown
        assert.deepStrictEqual(b.log, [])
        assert.deepStrictEqual(lines.filter((line) => line.endsWith("b#1")), [
          "Starting b#1",
          "Stopping b#1",
          "Interrupted b#1",
          "Stopped b#1"
        ])
      }
    }))

  it.effect("events, changes and subscriptions miss nothing, and end with the shutdown", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched(spaced)
      const a = puppet("a")
      yield* governor.add(a.service)
      const streamed = yield* Effect.forkChild(Stream.runCollect(governor.events), { startImmediately: true })
      const changes = yield* Effect.forkChild(Stream.runCollect(governor.changes), { startImmediately: true })
      yield* governor.start
      yield* a.end(Exit.fail("boom"))
      yield* TestClock.adjust("1 second")
      yield* governor.shutdown
      assert.deepStrictEqual([...yield* Fiber.join(streamed)], events.slice(1))
      assert.deepStrictEqual(tags(yield* Fiber.join(changes)), [
        "Starting",
        "Running",
        "Running", // it has crashed
        "Backoff",
        "Starting",
        "Running",
        "Stopping",
        "Stopped"
      ])
      assert.deepStrictEqual([...yield* Stream.runCollect(governor.events)], [])
      assert.deepStrictEqual([...yield* Stream.runCollect(governor.changes)], [])
    }))

  it.effect("a slow subscriber is told how many events it has missed", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const subscription = yield* governor.subscribe
      const handle = yield* governor.add(puppet("a").service)
      for (let i = 0; i < 400; i++) {
        yield* handle.start
        yield* handle.stop
      }
      yield* governor.shutdown
      const seen = yield* Stream.fromSubscription(subscription).pipe(
        Stream.takeUntil((event) => event._tag === "ShutdownCompleted"),
        Stream.runCollect
      )
      const dropped = [...seen].filter((event) => event._tag === "EventsDropped")
      assert.lengthOf(dropped, 1)
      assert.strictEqual(seen.length - 1 + dropped[0]!.count, events.length)
      assert.strictEqual(seen.at(-1)?._tag, "ShutdownCompleted")
    }))

  it.effect("what fails after the shutdown pushes nothing out that a slow subscriber was not told of", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ stopTimeout: 10 })
      const subscription = yield* governor.subscribe
      const hung = Deferred.makeUnsafe<never, string>()
      const names = Array.from({ length: 300 }, (_, i) => `hung ${i}`)
      for (const name of names) yield* governor.add(Service.make(name, Effect.uninterruptible(Deferred.await(hung))))
      yield* governor.start
      yield* TestClock.adjust(0)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(10)
      yield* Fiber.join(shutdown)
      const before = events.length
      yield* Deferred.fail(hung, "too late")
      assert.strictEqual(events.length, before + names.length) // each is a late failure
      let [seen, dropped] = [0, 0]
      yield* Stream.fromSubscription(subscription).pipe(
        Stream.takeUntil((event) => event._tag === "ShutdownCompleted"),
        Stream.runForEach((event) =>
          Effect.sync(() => {
            if (event._tag === "EventsDropped") dropped += event.count
            else seen++
          })
        )
      )
      assert.strictEqual(seen + dropped, before)
    }))

  it.effect("each event that was dropped is counted once, however long the subscriber is slow", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const subscription = yield* governor.subscribe
      const handle = yield* governor.add(puppet("a").service)
      let [seen, dropped] = [0, 0]
      const take = (event: GovernorEvent.GovernorEvent) => {
        if (event._tag === "EventsDropped") dropped += event.count
        else seen++
      }
      for (let i = 1; i <= 2000; i++) {
        yield* handle.start
        yield* handle.stop
        if (i % 100 === 0) (yield* PubSub.takeUpTo(subscription, 50)).forEach(take)
      }
      yield* governor.shutdown
      while (PubSub.remainingUnsafe(subscription).pipe(Option.getOrElse(() => 0)) > 0) {
        take(yield* PubSub.take(subscription))
      }
      assert.isAbove(dropped, 5000)
      assert.strictEqual(seen + dropped, events.length)
    }))

  it.effect("a stream that begins as the shutdown completes is empty", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const late: Array<Fiber.Fiber<unknown>> = []
      governor.listen((event) => {
        if (event._tag !== "ShutdownCompleted") return
        late.push(
          Effect.runFork(Stream.runCollect(governor.events)),
          Effect.runFork(Stream.runCollect(governor.changes))
        )
      })
      yield* governor.shutdown
      for (const fiber of late) assert.deepStrictEqual(yield* Fiber.join(fiber), [])
    }))

  it.effect("a reason from JavaScript that is none does no harm", () =>
    Effect.gen(function*() {
      for (const nonsense of [null, undefined, 5, {}, Symbol("s")] as ReadonlyArray<unknown>) {
        const { governor } = yield* watched()
        assert.strictEqual((yield* governor.shutdownWith(nonsense as string)).reason._tag, "Requested")
      }
    }))

  it.effect("replaying the events gives the status reported", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ ...spaced, stopTimeout: "1 second" })
      const a = puppet("a")
      yield* governor.add(a.service)
      yield* governor.add(Service.make("b", Effect.fail("boom"), { restart: RestartPolicy.never }))
      yield* governor.add(Service.make("c", Effect.uninterruptible(Effect.never)))
      const gone = yield* governor.add(puppet("d").service)
      const agree = Effect.gen(function*() {
        assert.deepStrictEqual(ServiceStatus.replay(events), yield* governor.status)
      })
      const steps = [
        governor.start,
        gone.remove,
        a.end(Exit.fail("boom")),
        TestClock.adjust("500 millis"),
        TestClock.adjust("1 second"),
        Effect.forkChild(governor.shutdown),
        TestClock.adjust("1 second")
      ]
      for (const step of steps) {
        yield* Effect.asVoid(step as Effect.Effect<unknown>)
        yield* agree
      }
      assert.deepStrictEqual(tags(yield* governor.status), ["Stopped", "Failed", "Failed"])
    }))
})

describe("what a run is given", () => {
  it.effect("the services of whoever added it, but not the span", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const spans: Array<string> = []
      const times: Array<number> = []
      const run = Effect.gen(function*() {
        spans.push(yield* Effect.match(Effect.currentSpan, { onFailure: () => "none", onSuccess: (span) => span.name }))
        times.push(yield* Clock.currentTimeMillis)
        times.push(yield* Random.next)
      })
      yield* TestClock.adjust("5 seconds")
      yield* governor.add(Service.make("a", run)).pipe(Random.withSeed("seed"), Effect.withSpan("request"))
      yield* governor.start
      assert.deepStrictEqual(spans, ["none"])
      assert.deepStrictEqual(times, [5000, yield* Random.withSeed(Random.next, "seed")])
    }))
})
