import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { GovernorError, RestartPolicy, Service, ServiceRun, StopService } from "../src/index.ts"
import { line } from "../src/internal/telling/log.ts"
import { pass, turns, watched } from "./support.ts"

/** Its first run is up for 20 ms, then fails, or returns, and has this finalizer. The next goes on. */
const closing = (finalizer: Effect.Effect<void>, end: Effect.Effect<void, string> = Effect.fail("connection lost")) => {
  const first = Effect.addFinalizer(() => finalizer).pipe(Effect.andThen(Effect.sleep(20)), Effect.andThen(end))
  return ServiceRun.use(({ run }) => run === 1 ? first : Effect.never)
}

describe("a run that has failed, and whose finalizers still work (rule 13)", () => {
  it.effect("is told to have crashed when it failed, and is not ready any more", () =>
    Effect.gen(function*() {
      const { events, governor, lines } = yield* watched({ restart: RestartPolicy.onFailure("1 second") })
      const handle = yield* governor.add(Service.make("reader", closing(Effect.sleep("1 minute"))))
      yield* Effect.andThen(governor.start, pass(20))
      assert.deepStrictEqual(lines.slice(1), [
        "Starting reader#1",
        "Ready reader#1",
        "Unready reader#1",
        "Crashed reader#1"
      ])
      assert.deepStrictEqual(events.at(-1)!.time, 20)
      const logged = events.slice(-2).map((event) => line(event)).map((said) => `${said?.level}: ${said?.message}`)
      assert.deepStrictEqual(logged, [
        "Debug: not ready: the run has failed, and has not ended yet",
        "Error: crashed"
      ])
      assert.include(yield* handle.status, { _tag: "Starting", since: 20 })
      yield* pass(60_000)
    }))

  it.effect("is followed by another when they are done, after its delay", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.onFailure("1 second") })
      yield* governor.add(Service.make("reader", closing(Effect.sleep("1 minute"))))
      yield* Effect.andThen(governor.start, pass(20))
      yield* pass(59_999)
      assert.strictEqual(lines.at(-1), "Crashed reader#1")
      yield* pass(1)
      assert.strictEqual(lines.at(-1), "RestartScheduled reader#1")
      yield* pass(1000)
      assert.deepStrictEqual(lines.slice(-2), ["Starting reader#2", "Ready reader#2"])
    }))

  it.effect("is abandoned after as long as a stop may take", () =>
    Effect.gen(function*() {
      const { errors, governor, lines } = yield* errorsOf({ stopTimeout: "100 millis" })
      const handle = yield* governor.add(Service.make("reader", closing(Effect.never)))
      yield* Effect.andThen(governor.start, pass(20))
      yield* pass(99)
      assert.strictEqual(lines.at(-1), "Crashed reader#1")
      yield* pass(1)
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned reader#1", "Failed reader#1"])
      assert.isTrue(errors().some((error) => error instanceof GovernorError.RunAbandoned))
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))

  it.effect("holds up no dependent that is told to begin: nothing builds on it", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.onFailure("1 second") })
      yield* governor.add(Service.make("db", closing(Effect.sleep("1 minute"))))
      yield* Effect.andThen(governor.start, pass(20))
      const api = yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["db"] }))
      yield* api.start
      assert.notInclude(lines, "Starting api#1")
      yield* pass(60_000)
      yield* pass(1000)
      assert.include(lines, "Starting api#1")
    }))

  it.effect("is named by the warning of slow stops, which ends with it", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const done = yield* Deferred.make<void>()
      yield* governor.add(Service.make("reader", closing(Deferred.await(done))))
      yield* Effect.andThen(governor.start, pass(20))
      yield* Deferred.succeed(done, undefined)
      yield* turns
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag), ["Failed"])
    }))
})

describe("a run that has returned, and whose finalizers still work", () => {
  it.effect("has completed when they are done, or has crashed if one of them fails", () =>
    Effect.gen(function*() {
      for (const [end, last] of [[Effect.void, "Stopped"], [Effect.die("not flushed"), "Failed"]] as const) {
        const { governor, lines } = yield* watched()
        yield* governor.add(Service.make("reader", closing(Effect.andThen(Effect.sleep(500), end), Effect.void)))
        yield* Effect.andThen(governor.start, pass(20))
        assert.strictEqual(lines.at(-1), "Ready reader#1")
        yield* pass(500)
        assert.deepStrictEqual(lines.slice(-2), [
          `${last === "Stopped" ? "Completed" : "Crashed"} reader#1`,
          `${last} reader#1`
        ])
      }
    }))

  it.effect("is abandoned after as long as a stop may take", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ stopTimeout: "100 millis" })
      yield* governor.add(Service.make("reader", closing(Effect.never, Effect.void)))
      yield* Effect.andThen(governor.start, pass(20))
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned reader#1", "Failed reader#1"])
    }))
})

describe("a run that ends itself, and does not heed its interruption", () => {
  it.effect("has crashed when an effect that it forked has failed, and is abandoned after the time of a stop", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ stopTimeout: "100 millis" })
      const run = Effect.andThen(ServiceRun.fork(Effect.fail("lost")), Effect.uninterruptible(Effect.never))
      const handle = yield* governor.add(Service.make("reader", run))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(lines.slice(2), ["Ready reader#1", "Unready reader#1", "Crashed reader#1"])
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned reader#1", "Failed reader#1"])
      const status = yield* handle.status
      const errors = status._tag === "Failed"
        ? status.cause.reasons.map((reason) => Cause.squash(Cause.fromReasons([reason])))
        : []
      assert.instanceOf(errors[0], GovernorError.RunAbandoned)
      assert.strictEqual(errors[1], "lost")
    }))

  it.effect("is abandoned, too, when a child of it has said that it stops", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ stopTimeout: "100 millis" })
      const run = Effect.andThen(ServiceRun.fork(ServiceRun.stop), Effect.uninterruptible(Effect.never))
      yield* governor.add(Service.make("reader", run))
      yield* Effect.andThen(governor.start, turns)
      assert.strictEqual(lines.at(-1), "Ready reader#1")
      yield* pass(100)
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned reader#1", "Failed reader#1"])
    }))
})

/** A run that hangs for this long, then fails, or returns. */
const deaf = (settles: Effect.Effect<void>, end: Effect.Effect<void, string> = Effect.void) =>
  Effect.uninterruptible(Effect.andThen(settles, end))

const errorsOf = Effect.fnUntraced(function*(options: Parameters<typeof watched>[0]) {
  const { events, governor, lines } = yield* watched(options)
  const errors = () =>
    events.flatMap((event) =>
      "cause" in event && event.cause !== undefined
        ? event.cause.reasons.map((reason) => reason._tag === "Fail" ? reason.error : reason)
        : []
    )
  return { errors, events, governor, lines }
})

describe("an abandoned run that settles (rule 13)", () => {
  const hung = { readiness: "manual", startTimeout: 100, stopTimeout: 100 } as const
  const first = (settles: Deferred.Deferred<void>, end?: Effect.Effect<void, string>) =>
    ServiceRun.use(({ ready, run }) =>
      run === 1 ? deaf(Deferred.await(settles), end) : Effect.andThen(ready, Effect.never)
    )

  it.effect("has crashed then, by what it hung with, and its policy decides", () =>
    Effect.gen(function*() {
      const { errors, governor, lines } = yield* errorsOf({ restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      yield* governor.add(Service.make("outbox", first(settles), hung))
      yield* Effect.andThen(governor.start, pass(200))
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned outbox#1", "Failed outbox#1"])
      yield* pass(60_000)
      assert.strictEqual(lines.at(-1), "Failed outbox#1")
      yield* Effect.andThen(Deferred.succeed(settles, undefined), turns)
      assert.deepStrictEqual(lines.slice(-2), ["Crashed outbox#1", "RestartScheduled outbox#1"])
      assert.instanceOf(errors().at(-1), GovernorError.RunTimedOut)
      yield* pass(1000)
      assert.deepStrictEqual(lines.slice(-2), ["Starting outbox#2", "Ready outbox#2"])
    }))

  it.effect("tells what it fails with as a late failure before", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      yield* governor.add(Service.make("outbox", first(settles, Effect.fail("late")), hung))
      yield* Effect.andThen(governor.start, pass(200))
      yield* Effect.andThen(Deferred.succeed(settles, undefined), turns)
      assert.deepStrictEqual(lines.slice(-3), ["LateFailure outbox#1", "Crashed outbox#1", "RestartScheduled outbox#1"])
    }))

  it.effect("stays Failed if its policy is not to restart", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const settles = yield* Deferred.make<void>()
      const handle = yield* governor.add(Service.make("outbox", first(settles), hung))
      yield* Effect.andThen(governor.start, pass(200))
      const { since } = yield* handle.status
      yield* Effect.andThen(Deferred.succeed(settles, undefined), turns)
      assert.strictEqual(lines.at(-1), "Crashed outbox#1")
      assert.include(yield* handle.status, { _tag: "Failed", since })
    }))

  it.effect("is over if it had thrown that before it hung, and no error is told", () =>
    Effect.gen(function*() {
      const stop = Effect.die(new StopService({ restart: false }))
      const bodies = [
        Effect.andThen(Effect.addFinalizer(() => Effect.sleep(5000)), stop),
        Effect.andThen(ServiceRun.fork(stop), Effect.uninterruptible(Effect.sleep(5000)))
      ]
      for (const body of bodies) {
        const { errors, governor, lines } = yield* errorsOf({
          restart: RestartPolicy.spaced("1 second"),
          stopTimeout: "1 second"
        })
        yield* governor.add(Service.make("outbox", body))
        yield* Effect.andThen(governor.start, pass(1000))
        assert.deepStrictEqual(lines.slice(-2), ["Abandoned outbox#1", "Failed outbox#1"])
        assert.isTrue(errors().every((error) => error instanceof GovernorError.RunAbandoned))
        yield* Effect.andThen(pass(4000), pass(1000))
        assert.notInclude(lines, "Starting outbox#2")
      }
    }))

  it.effect("shows its schedule what it had failed with before it hung", () =>
    Effect.gen(function*() {
      const inputs: Array<unknown> = []
      const schedule = Schedule.spaced("1 second").pipe(
        Schedule.setInputType<Exit.Exit<unknown, unknown>>(),
        Schedule.tap(({ input }) => Effect.sync(() => inputs.push(Exit.isFailure(input) && Cause.squash(input.cause))))
      )
      const { governor, lines } = yield* watched({ restart: RestartPolicy.always(schedule), stopTimeout: "1 second" })
      yield* governor.add(Service.make("outbox", closing(Effect.sleep(5000), Effect.fail("fatal"))))
      yield* Effect.andThen(governor.start, pass(20))
      yield* Effect.andThen(pass(1000), pass(4000))
      assert.deepStrictEqual(inputs, ["fatal"])
      assert.deepStrictEqual(lines.slice(-3), ["Abandoned outbox#1", "Failed outbox#1", "RestartScheduled outbox#1"])
    }))

  it.effect("is over if it had said so before it hung", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      const closes = Effect.andThen(Effect.addFinalizer(() => Deferred.await(settles)), ServiceRun.stop)
      const handle = yield* governor.add(Service.make("outbox", closes, { stopTimeout: 100 }))
      yield* Effect.andThen(governor.start, pass(100))
      assert.deepStrictEqual(lines.slice(-2), ["Abandoned outbox#1", "Failed outbox#1"])
      yield* Effect.andThen(Deferred.succeed(settles, undefined), pass(60_000))
      assert.include(yield* handle.status, { _tag: "Failed", run: 1 })
    }))

  it.effect("begins again by hand only, if it was stopped before; and not before it has settled", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      const handle = yield* governor.add(Service.make("outbox", first(settles), { stopTimeout: 100 }))
      yield* Effect.andThen(governor.start, turns)
      const stop = yield* Effect.forkChild(handle.stop)
      yield* pass(100)
      yield* Fiber.join(stop)
      assert.strictEqual((yield* Effect.flip(handle.start))._tag, "RunAbandoned")
      assert.strictEqual((yield* Effect.flip(handle.restart))._tag, "RunAbandoned")
      assert.strictEqual((yield* Effect.flip(handle.remove))._tag, "RunAbandoned")
      yield* Effect.andThen(Deferred.succeed(settles, undefined), pass(60_000))
      assert.strictEqual(lines.at(-1), "Failed outbox#1")
      yield* handle.start
      assert.deepStrictEqual(lines.slice(-2), ["Starting outbox#2", "Ready outbox#2"])
      yield* handle.remove
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("lets those wait again that have failed through it alone, and theirs", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      yield* governor.add(Service.make("db", first(settles), hung))
      yield* governor.add(Service.make("broken", Effect.fail("no"), { restart: RestartPolicy.never }))
      yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["db"] }))
      yield* governor.add(Service.make("page", Effect.never, { dependsOn: ["api"] }))
      yield* governor.add(Service.make("other", Effect.never, { dependsOn: ["db", "broken"] }))
      yield* Effect.andThen(governor.start, pass(200))
      const failed = (yield* governor.status).filter(({ _tag }) => _tag === "Failed").map(({ name }) => name)
      assert.deepStrictEqual(failed, ["db", "broken", "api", "page", "other"])
      yield* Effect.andThen(Deferred.succeed(settles, undefined), pass(1000))
      assert.deepStrictEqual((yield* governor.status).map(({ _tag, name }) => `${name} ${_tag}`), [
        "db Running",
        "broken Failed",
        "api Running",
        "page Running",
        "other Failed"
      ])
      assert.strictEqual(lines.filter((line) => line === "Failed other#0").length, 1)
    }))

  it.effect("brings back nothing that has ended by itself since it waited again", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const settles = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const db = ServiceRun.use(({ ready, run }) =>
        run % 2 === 0
          ? ready.pipe(Effect.andThen(Effect.sleep(20)), Effect.andThen(Effect.fail("lost")))
          : deaf(Deferred.await(settles[(run - 1) / 2]!))
      )
      yield* governor.add(Service.make("db", db, hung))
      yield* governor.add(Service.make("seed", Effect.fail("no"), { dependsOn: ["db"], restart: RestartPolicy.never }))
      yield* Effect.andThen(governor.start, pass(200))
      assert.strictEqual(lines.at(-1), "Failed seed#0")
      yield* Effect.andThen(Deferred.succeed(settles[0]!, undefined), pass(1000))
      assert.include(lines, "Failed seed#1")
      for (const millis of [20, 1000, 100, 100]) yield* pass(millis)
      assert.strictEqual(lines.at(-1), "Failed db#3")
      yield* Effect.andThen(Deferred.succeed(settles[1]!, undefined), pass(1000))
      assert.notInclude(lines, "Starting seed#2")
    }))

  it.effect("takes no group down with its restart", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced("1 second") })
      const settles = yield* Deferred.make<void>()
      yield* governor.add(Service.make("outbox", first(settles), hung))
      yield* governor.add(Service.make("other", Effect.never))
      yield* Effect.andThen(governor.start, pass(200))
      yield* Effect.andThen(Deferred.succeed(settles, undefined), pass(1000))
      assert.deepStrictEqual(lines.slice(-2), ["Starting outbox#2", "Ready outbox#2"])
      assert.notInclude(lines, "Stopping other#1")
    }))

  it.effect("brings nothing back once the governor shuts down", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const settles = yield* Deferred.make<void>()
      yield* governor.add(Service.make("outbox", first(settles), hung))
      yield* Effect.andThen(governor.start, pass(200))
      const report = yield* governor.shutdown
      assert.deepStrictEqual(report.services.map(({ outcome }) => outcome), ["Abandoned"])
      yield* Effect.andThen(Deferred.succeed(settles, undefined), pass(1000))
      assert.strictEqual(lines.at(-1), "ShutdownCompleted")
    }))
})
