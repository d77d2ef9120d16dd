import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Governor, GovernorError, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { hostile } from "./hostile.ts"
import { puppet, turns, watched } from "./support.ts"

/** A service that says when it is ready when it is told to. */
const manual = (name: string, options?: Service.Options) => {
  let said: Effect.Effect<void> | undefined
  const run = Effect.andThen(
    Effect.flatMap(ServiceRun, ({ ready }) => Effect.sync(() => void (said = ready))),
    Effect.never
  )
  return { service: Service.make(name, run, { readiness: "manual", ...options }), ready: Effect.suspend(() => said!) }
}

const states = (governor: Governor.Governor) =>
  Effect.map(Effect.andThen(turns, governor.status), (statuses) => statuses.map(({ _tag, name }) => `${name} ${_tag}`))

const begun = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("Starting"))
const stopped = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("Stop"))

const causeOf = (governor: Governor.Governor, name: string) =>
  Effect.gen(function*() {
    const status = yield* Effect.flatMap(governor.get(name), (handle) => handle.status)
    return status._tag === "Failed" ? Cause.squash(status.cause) : undefined
  })

describe("dependencies (rule 19)", () => {
  it.effect("a service begins once all it depends on is ready, a whole level together", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const [db, cache] = [manual("db"), manual("cache")]
      yield* governor.add(puppet("api", { dependsOn: ["db", cache.service] }).service)
      yield* governor.add(puppet("jobs", { dependsOn: ["db"] }).service)
      yield* governor.add(puppet("page", { dependsOn: ["api", "jobs"] }).service)
      yield* governor.add(db.service)
      yield* governor.add(cache.service)
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(begun(lines), ["Starting db#1", "Starting cache#1"])
      yield* Effect.andThen(db.ready, turns)
      assert.deepStrictEqual(begun(lines).slice(2), ["Starting jobs#1"])
      assert.deepStrictEqual((yield* states(governor))[0], "api Waiting")
      yield* Effect.andThen(cache.ready, turns)
      assert.deepStrictEqual(begun(lines).slice(3), ["Starting api#1", "Starting page#1"])
    }))

  it.effect("with \"completed\" it waits until a run has completed, whatever that run says before", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const migration = puppet("migration", { readiness: "completed" })
      const said = { ...migration.service, run: Effect.andThen(ServiceRun.ready, migration.service.run) }
      yield* governor.add(said)
      yield* governor.add(puppet("api", { dependsOn: ["migration"] }).service)
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(yield* states(governor), ["migration Starting", "api Waiting"])
      yield* Effect.andThen(migration.end(Exit.void), turns)
      assert.deepStrictEqual(lines.slice(2), [
        "Starting migration#1",
        "Waiting api#0",
        "Ready migration#1",
        "Completed migration#1",
        "Stopped migration#1",
        "Starting api#1",
        "Ready api#1"
      ])
    }))

  it.effect("what has to be completed is not run again because all others are, unless it says so itself", () =>
    Effect.gen(function*() {
      for (const own of [undefined, RestartPolicy.spaced("1 second")]) {
        const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second", { maxRestarts: 1 }) })
        const restart = own === undefined ? {} : { restart: own }
        const migration = puppet("migration", { readiness: "completed", ...restart })
        const handle = yield* governor.add(migration.service)
        yield* handle.start
        yield* migration.end(Exit.fail("locked"))
        assert.strictEqual((yield* handle.status)._tag, "Backoff")
        yield* Effect.andThen(TestClock.adjust("1 second"), turns)
        yield* migration.end(Exit.void)
        assert.strictEqual((yield* handle.status)._tag, own === undefined ? "Stopped" : "Backoff")
      }
    }))

  it.effect("whatever a dependency failed with is kept, though it cannot be looked at", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = Effect.suspend((): Effect.Effect<void> => {
        throw hostile
      })
      yield* governor.add(Service.make("db", db, { readiness: "manual" }))
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.start
      const failure = yield* causeOf(governor, "api")
      assert.isTrue(failure instanceof GovernorError.DependencyFailed && Object.is(failure.cause, hostile))
    }))

  it.effect("a failed migration is run again before those that wait for it", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.onFailure("1 second") })
      const migration = puppet("migration", { readiness: "completed" })
      yield* governor.add(migration.service)
      yield* governor.add(puppet("api", { dependsOn: ["migration"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* migration.end(Exit.fail("locked"))
      assert.deepStrictEqual(yield* states(governor), ["migration Backoff", "api Waiting"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* states(governor), ["migration Starting", "api Waiting"])
      yield* Effect.andThen(migration.end(Exit.void), turns)
      assert.deepStrictEqual(yield* states(governor), ["migration Stopped", "api Running"])
    }))

  it.effect("when a start fails for good, all that wait for it fail with that cause, and the rest goes on", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(puppet("page", { dependsOn: ["api", "slow"] }).service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.add(manual("slow").service)
      yield* governor.add(puppet("other").service)
      yield* governor.add(Service.make("db", Effect.fail("no connection"), { readiness: "manual" }))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(yield* states(governor), [
        "page Failed",
        "api Failed",
        "slow Starting",
        "other Running",
        "db Failed"
      ])
      const api = yield* causeOf(governor, "api")
      const page = yield* causeOf(governor, "page")
      if (!(api instanceof GovernorError.DependencyFailed && page instanceof GovernorError.DependencyFailed)) {
        return assert.fail("not the cause")
      }
      assert.deepStrictEqual([api.service, api.dependency, api.cause], ["api", "db", "no connection"])
      assert.deepStrictEqual([page.service, page.dependency, page.cause], ["page", "api", "no connection"])
      assert.strictEqual(api.message, "service \"api\" was not started: its dependency \"db\" failed")
      assert.deepStrictEqual(lines.slice(-2), ["Failed api#0", "Failed page#0"])
      const { ok, services } = yield* governor.shutdown
      assert.deepStrictEqual([ok, services.map(({ name, outcome }) => `${name} ${outcome}`)], [false, [
        "page Failed",
        "api Failed",
        "slow Stopped",
        "other Stopped",
        "db Failed"
      ]])
    }))

  it.effect("one that was abandoned before it was ready fails them, too", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ stopTimeout: "1 second" })
      const deaf = Service.make("deaf", Effect.uninterruptible(Effect.never), { readiness: "manual" })
      const handle = yield* governor.add(deaf)
      yield* governor.add(puppet("api", { dependsOn: ["deaf"] }).service)
      yield* Effect.andThen(governor.start, turns)
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stop)
      assert.deepStrictEqual(yield* states(governor), ["deaf Failed", "api Failed"])
    }))

  it.effect("a failed one is noticed though another is not ready yet, wherever it is in the list", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(puppet("db").service)
      yield* governor.add(Service.make("queue", Effect.fail("no connection"), { readiness: "manual" }))
      yield* Effect.andThen(governor.start, turns)
      yield* governor.add(puppet("api", { dependsOn: ["db", "slow", "queue"] }).service)
      yield* governor.add(manual("slow").service)
      yield* governor.start
      assert.deepStrictEqual(yield* states(governor), ["db Running", "queue Failed", "api Failed", "slow Starting"])
    }))

  it.effect("when a significant one fails, those that wait for it are not started any more, nor do they fail", () =>
    Effect.gen(function*() {
      for (const names of [["api", "db"], ["db", "api"]]) {
        const { governor } = yield* watched()
        const db = Service.make("db", Effect.fail("lost"), { readiness: "manual", significant: true })
        const services = { db, api: puppet("api", { dependsOn: ["db"] }).service }
        for (const name of names) yield* governor.add(services[name as keyof typeof services])
        yield* Effect.andThen(governor.start, turns)
        assert.sameMembers([...yield* states(governor)], ["db Failed", "api Pending"])
      }
    }))

  it.effect("a significant one that waits in vain as it is started keeps those behind it from starting", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(Service.make("db", Effect.fail("no connection"), { readiness: "manual" }))
      yield* Effect.andThen(governor.start, turns)
      yield* governor.add(puppet("api", { dependsOn: ["db"], significant: true }).service)
      yield* governor.add(puppet("other").service)
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(begun(lines), ["Starting db#1"])
      assert.deepStrictEqual((yield* states(governor)).slice(1), ["api Failed", "other Pending", "page Pending"])
    }))

  it.effect("a significant one that waited in vain ends the governor", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("db", Effect.fail("no connection"), { readiness: "manual" }))
      yield* governor.add(puppet("api", { dependsOn: ["db"], significant: true }).service)
      yield* governor.add(puppet("other").service)
      yield* Effect.andThen(governor.start, turns)
      assert.include((yield* governor.awaitShutdown).reason, { _tag: "Significant", service: "api" })
    }))

  it.effect("a dependency that crashes, is stopped or fails does not stop those that depend on it", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = puppet("db", { restart: RestartPolicy.spaced("1 second", { maxRestarts: 1 }) })
      const handle = yield* governor.add(db.service)
      const api = puppet("api", { dependsOn: ["db"] })
      yield* governor.add(api.service)
      yield* Effect.andThen(governor.start, turns)
      yield* db.end(Exit.fail("lost"))
      assert.deepStrictEqual(yield* states(governor), ["db Backoff", "api Running"])
      yield* TestClock.adjust("1 second")
      yield* db.end(Exit.fail("lost"))
      assert.deepStrictEqual(yield* states(governor), ["db Failed", "api Running"])
      yield* handle.start
      yield* handle.stop
      assert.deepStrictEqual(yield* states(governor), ["db Stopped", "api Running"])
      assert.deepStrictEqual(api.log, ["begin"])
    }))

  it.effect("a run that follows waits for a dependency that is on its way, and for one that was stopped by hand", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = puppet("db", { restart: RestartPolicy.spaced("10 seconds") })
      const api = puppet("api", { dependsOn: ["db"], restart: RestartPolicy.spaced("1 second") })
      const handle = yield* governor.add(db.service)
      yield* governor.add(api.service)
      yield* Effect.andThen(governor.start, turns)
      yield* db.end(Exit.fail("lost"))
      yield* api.end(Exit.fail("no connection"))
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(yield* states(governor), ["db Backoff", "api Waiting"])
      yield* TestClock.adjust("1 second")
      yield* turns
      assert.deepStrictEqual(yield* states(governor), ["db Running", "api Running"])
      yield* handle.stop
      yield* api.end(Exit.fail("no connection"))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* states(governor), ["db Stopped", "api Waiting"])
      yield* handle.start
      yield* turns
      assert.deepStrictEqual(yield* states(governor), ["db Running", "api Running"])
      assert.deepStrictEqual(api.log, ["begin", "begin", "begin"])
    }))

  it.effect("a run that follows does not wait for what had been ready and is over for good", () =>
    Effect.gen(function*() {
      for (const end of [Exit.void, Exit.fail("lost")]) {
        const { governor } = yield* watched()
        const db = puppet("db")
        const api = puppet("api", { dependsOn: ["db"], restart: RestartPolicy.spaced("1 second") })
        yield* governor.add(db.service)
        yield* governor.add(api.service)
        yield* Effect.andThen(governor.start, turns)
        yield* db.end(end)
        yield* api.end(Exit.void)
        yield* TestClock.adjust("1 second")
        yield* turns
        assert.deepStrictEqual(api.log, ["begin", "begin"])
      }
    }))

  it.effect("a periodic job is ready between its runs, unless it crashed", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const job = puppet("job", { restart: RestartPolicy.spaced("1 hour") })
      yield* Effect.flatMap(governor.add(job.service), (handle) => handle.start)
      yield* job.end(Exit.void)
      const api = yield* governor.add(puppet("api", { dependsOn: ["job"] }).service)
      yield* api.start
      assert.deepStrictEqual(yield* states(governor), ["job Backoff", "api Running"])
    }))

  it.effect("a run that is due is not ready any more, and so waits together with those that depend on it", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      const job = puppet("job", { dependsOn: ["db"], restart: RestartPolicy.spaced("1 hour") })
      yield* governor.add(job.service)
      yield* Effect.andThen(governor.start, turns)
      yield* db.stop
      yield* job.end(Exit.void)
      yield* TestClock.adjust("1 hour")
      yield* governor.add(puppet("api", { dependsOn: ["job"] }).service)
      yield* governor.start
      assert.deepStrictEqual(yield* states(governor), ["db Stopped", "job Waiting", "api Waiting"])
      yield* db.start
      assert.deepStrictEqual(yield* states(governor), ["db Running", "job Running", "api Running"])
    }))

  it.effect("one waits for another of the name of a dependency that was being removed when it was started", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const cache = manual("cache")
      yield* governor.add(cache.service)
      const deaf = puppet("db")
      const stubborn = { ...deaf.service, run: Effect.uninterruptible(deaf.service.run) }
      const db = yield* governor.add(stubborn)
      yield* db.start
      const remove = yield* Effect.forkChild(db.remove)
      yield* TestClock.adjust(0)
      yield* governor.add(puppet("api", { dependsOn: ["db", "cache"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(deaf.end(Exit.void), Fiber.join(remove))
      yield* Effect.andThen(cache.ready, turns)
      assert.deepStrictEqual(yield* states(governor), ["cache Running", "api Waiting"])
      yield* governor.add(puppet("db").service)
      yield* governor.start
      assert.deepStrictEqual(yield* states(governor), ["cache Running", "api Running", "db Running"])
    }))

  it.effect("a start by hand returns, too, when it waits for what was stopped just before its turn", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(db.start, turns)
      let start: Fiber.Fiber<void, unknown> | undefined
      const both = Effect.sync(() => {
        start = Effect.runFork(api.start)
        Effect.runFork(db.stop)
      })
      yield* governor.add(Service.make("operator", both))
      yield* Effect.flatMap(governor.get("operator"), (operator) => operator.start)
      assert.deepStrictEqual(yield* states(governor), ["db Stopped", "api Waiting", "operator Stopped"])
      assert.deepStrictEqual(start?.pollUnsafe(), Exit.void)
    }))

  it.effect("the start of one starts what it depends on and is not up, and returns while it waits", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const db = manual("db")
      yield* governor.add(puppet("other").service)
      const dbHandle = yield* governor.add(db.service)
      const migration = puppet("migration", { dependsOn: ["db"], readiness: "completed" })
      yield* governor.add(migration.service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["migration"] }).service)
      yield* api.start
      assert.deepStrictEqual(yield* states(governor), [
        "other Pending",
        "db Starting",
        "migration Waiting",
        "api Waiting"
      ])
      yield* Effect.andThen(db.ready, turns)
      yield* Effect.andThen(migration.end(Exit.void), turns)
      assert.strictEqual((yield* api.status)._tag, "Running")
      yield* api.stop
      yield* dbHandle.stop
      yield* api.restart // the migration has completed, and is not run again; so nothing needs the database
      assert.deepStrictEqual(begun(lines), [
        "Starting db#1",
        "Starting migration#1",
        "Starting api#1",
        "Starting api#2"
      ])
    }))

  it.effect("the start of one leaves what it depends on in its delay, with its count", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = puppet("db", { restart: RestartPolicy.spaced("10 seconds", { maxRestarts: 1 }) })
      yield* Effect.flatMap(governor.add(db.service), (handle) => handle.start)
      yield* db.end(Exit.fail("lost"))
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* api.start
      assert.deepStrictEqual(yield* states(governor), ["db Backoff", "api Waiting"])
      yield* Effect.andThen(TestClock.adjust("10 seconds"), turns)
      assert.deepStrictEqual(yield* states(governor), ["db Running", "api Running"])
      yield* db.end(Exit.fail("lost"))
      assert.deepStrictEqual(yield* states(governor), ["db Failed", "api Running"])
    }))

  it.effect("a restart by hand returns when the run has begun, however long its dependency takes", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = manual("db")
      const dbHandle = yield* governor.add(db.service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.ready, turns)
      yield* dbHandle.restart
      const restart = yield* Effect.forkChild(api.restart)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(restart.pollUnsafe())
      yield* Effect.andThen(db.ready, turns)
      yield* Fiber.join(restart)
      assert.include(yield* api.status, { _tag: "Running", run: 2 })
    }))

  it.effect("awaitReady waits for those that wait", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = manual("db")
      yield* governor.add(db.service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(governor.start, turns)
      const ready = yield* Effect.forkChild(governor.awaitReady)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(ready.pollUnsafe())
      yield* Effect.andThen(db.ready, turns)
      yield* Fiber.join(ready)
      assert.deepStrictEqual(yield* states(governor), ["db Running", "api Running"])
    }))
})

/** "page" is up, and depends on what has completed and depends on "db", another one of which depends on "page". */
const replaced = Effect.gen(function*() {
  const { clear, governor, lines } = yield* watched()
  const db = yield* governor.add(puppet("db").service)
  yield* governor.add(puppet("disk").service)
  const migration = puppet("migration", { dependsOn: ["db", "disk"], readiness: "completed" })
  yield* governor.add(migration.service)
  yield* Effect.andThen(governor.start, turns)
  yield* migration.end(Exit.void)
  yield* governor.door.release(db, Exit.void)
  const page = yield* governor.add(puppet("page", { dependsOn: ["migration"] }).service)
  yield* Effect.andThen(page.start, turns)
  yield* governor.add(puppet("db", { dependsOn: ["page"] }).service)
  clear()
  return { governor, lines }
})

describe("the graph is checked before anything starts (rule 17)", () => {
  it.effect("an unknown dependency and a circle are refused by start, and nothing is lost", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(puppet("other").service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      for (const start of [governor.start, api.start, api.restart]) {
        const error = yield* Effect.flip(start)
        assert.include(error, { _tag: "InvalidOption", service: "api", field: "dependsOn", actual: "\"db\"" })
      }
      yield* governor.add(puppet("db", { dependsOn: ["api"] }).service)
      assert.include(yield* Effect.flip(governor.start), { field: "dependsOn", actual: "\"api\" → \"db\" → \"api\"" })
      assert.deepStrictEqual(begun(lines), [])
      yield* Effect.flatMap(governor.get("api"), (handle) => Effect.flip(handle.start))
      yield* Effect.flatMap(governor.get("other"), (handle) => handle.start)
      assert.deepStrictEqual(begun(lines), ["Starting other#1"])
    }))

  it.effect("a circle is refused, too, that goes through what is up, or over", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* replaced
      const db = yield* governor.get("db")
      for (const start of [governor.start, db.start, db.restart]) {
        assert.include(yield* Effect.flip(start), {
          field: "dependsOn",
          actual: "\"db\" → \"page\" → \"migration\" → \"db\""
        })
      }
      assert.deepStrictEqual(begun(lines), [])
      yield* db.remove.pipe(Effect.flip)
      yield* governor.door.release(db, Exit.void)
      yield* governor.add(puppet("db").service)
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(begun(lines), ["Starting db#1"])
    }))

  it.effect("what is no list of services is refused by add", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      for (const dependsOn of ["db", [""], [1], [null], [{}], {}]) {
        const service = Service.make("api", Effect.never, { dependsOn: dependsOn as Array<string> })
        assert.include(yield* Effect.flip(governor.add(service)), { _tag: "InvalidOption", field: "dependsOn" })
      }
    }))

  it.effect("layers are refused, too", () =>
    Effect.gen(function*() {
      const launched = Governor.launch(Governor.service("api", Effect.never, { dependsOn: ["db"] }))
      const cause = yield* Effect.flip(Effect.sandbox(launched))
      assert.deepInclude(cause.reasons, Cause.makeDieReason(Cause.squash(cause)))
      assert.include(Cause.squash(cause), { _tag: "InvalidOption", field: "dependsOn" })
    }))
})

describe("the order of ending (rule 12)", () => {
  const chain = Effect.fnUntraced(function*(options?: Governor.Options) {
    const { clear, governor, lines } = yield* watched(options)
    const slow = (name: string, dependsOn: Array<string>) =>
      Service.make(name, Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second")), { dependsOn })
    yield* governor.add(slow("db", []))
    const migration = puppet("migration", { dependsOn: ["db"], readiness: "completed" })
    yield* governor.add(migration.service)
    yield* governor.add(slow("api", ["migration"]))
    yield* governor.add(slow("jobs", ["migration"]))
    yield* governor.add(slow("other", []))
    yield* Effect.andThen(governor.start, turns)
    yield* Effect.andThen(migration.end(Exit.void), turns)
    clear()
    yield* TestClock.adjust(0)
    return { governor, lines }
  })

  it.effect("dependents stop before what they depend on, also through one that is over; a level together", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* chain()
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(stopped(lines), ["Stopping other#1", "Stopping api#1", "Stopping jobs#1"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(stopped(lines).slice(3), [
        "Stopped other#1",
        "Stopped api#1",
        "Stopped jobs#1",
        "Stopping db#1"
      ])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(shutdown)).duration, 2000)
    }))

  it.effect("all of one level are asked before any of the next, however fast they end", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.add(puppet("db").service)
      yield* governor.add(puppet("jobs", { dependsOn: ["db"] }).service)
      yield* governor.add(puppet("page", { dependsOn: ["cache"] }).service)
      yield* governor.add(puppet("cache").service)
      yield* Effect.andThen(governor.start, turns)
      yield* governor.shutdown
      const asked = lines.filter((line) => line.startsWith("Stopping"))
      assert.sameMembers(asked.slice(0, 3), ["Stopping api#1", "Stopping jobs#1", "Stopping page#1"])
    }))

  it.effect("what ends by itself while it waits for its turn is not restarted", () =>
    Effect.gen(function*() {
      for (const end of [Exit.void, Exit.fail("lost")]) {
        const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
        const db = puppet("db")
        yield* governor.add(db.service)
        const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
        yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
        yield* Effect.andThen(governor.start, turns)
        yield* TestClock.adjust(0)
        const shutdown = yield* Effect.forkChild(governor.shutdown)
        yield* TestClock.adjust(0)
        yield* db.end(end)
        const last = end._tag === "Success" ? ["Completed db#1", "Stopped db#1"] : ["Crashed db#1", "Failed db#1"]
        assert.deepStrictEqual(lines.slice(-2), last)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(shutdown)).ok, end._tag === "Success")
        assert.deepStrictEqual(db.log, ["begin"])
      }
    }))

  it.effect("when the time is over, those too are asked whose turn has not come", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ shutdownTimeout: "10 seconds" })
      yield* governor.add(puppet("db").service)
      const deaf = Effect.uninterruptible(Effect.never)
      yield* governor.add(Service.make("queue", deaf, { dependsOn: ["db"] }))
      yield* governor.add(Service.make("api", deaf, { dependsOn: ["queue"] }))
      yield* Effect.andThen(governor.start, turns)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      const { services } = yield* Fiber.join(shutdown)
      assert.deepStrictEqual(services.map(({ outcome }) => outcome), ["Stopped", "Abandoned", "Abandoned"])
      assert.deepStrictEqual(lines.at(-1), "ShutdownCompleted")
    }))

  it.effect("and given up, too, however many hang one behind the other", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "10 seconds" })
      const deaf = Effect.uninterruptible(Effect.never)
      yield* governor.add(Service.make("db", deaf))
      yield* governor.add(Service.make("queue", deaf, { dependsOn: ["db"] }))
      yield* governor.add(Service.make("api", deaf, { dependsOn: ["queue"] }))
      yield* Effect.andThen(governor.start, turns)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      yield* TestClock.adjust(0)
      const report = shutdown.pollUnsafe()
      assert.isDefined(report)
      assert.deepStrictEqual((yield* Fiber.join(shutdown)).services.map(({ outcome }) => outcome), [
        "Abandoned",
        "Abandoned",
        "Abandoned"
      ])
    }))

  it.effect("a run that is stopping already is not followed by another, though its turn has not come", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const db = puppet("db")
      const handle = yield* governor.add({ ...db.service, run: Effect.uninterruptible(db.service.run) })
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      const restart = yield* Effect.forkChild(handle.restart)
      yield* TestClock.adjust(0)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      yield* db.end(Exit.void)
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll([restart, shutdown])
      assert.deepStrictEqual(begun(lines), ["Starting db#1", "Starting api#1"])
    }))

  it.effect("one that is removed while the others wait for it does not keep them from their turn", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(puppet("db").service)
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const api = yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(api.remove)
      yield* TestClock.adjust(0)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(shutdown)).services.map(({ name }) => name), ["db"])
    }))

  it.effect("those that depend on themselves were never started, and keep nobody from ending", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      yield* governor.add(puppet("api", { dependsOn: ["db", "page"] }).service)
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* db.start
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      assert.isTrue((yield* Fiber.join(shutdown)).ok)
    }))

  it.effect("nor do they when what is up depends on them: one of them had been ready when there was no circle yet", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* replaced
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      assert.isDefined(shutdown.pollUnsafe(), "it hangs")
      assert.deepStrictEqual(stopped(lines), [
        "Stopping page#1",
        "Stopped page#1",
        "Stopping disk#1",
        "Stopped disk#1"
      ])
    }))

  it.effect("those that are up in a circle which one closes that cannot be started end in order, too", () =>
    Effect.gen(function*() {
      const { clear, governor, lines } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      const migration = puppet("migration", { dependsOn: ["db"], readiness: "completed" })
      yield* governor.add(migration.service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["migration"] }).service)
      const page = yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(migration.end(Exit.void), turns)
      yield* governor.door.release(db, Exit.void)
      yield* Effect.andThen(page.start, turns)
      yield* governor.add(puppet("db", { dependsOn: ["page"] }).service)
      clear()
      yield* governor.door.release(page, Exit.void)
      assert.deepStrictEqual(
        stopped(lines),
        ["Stopping page#2", "Stopped page#2"],
        "the api does not build on the page"
      )
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* Effect.andThen(Effect.flatMap(governor.get("page"), ({ start }) => start), turns)
      assert.strictEqual((yield* api.status)._tag, "Running")
      clear()
      yield* governor.shutdown
      assert.deepStrictEqual(stopped(lines), ["Stopping page#1", "Stopped page#1", "Stopping api#2", "Stopped api#2"])
    }))

  it.effect("the report does not count for a stop the time in which the next run waited", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = puppet("db", {
        restart: RestartPolicy.onFailure("5 seconds", { maxRestarts: 1 }),
        readiness: "completed"
      })
      yield* governor.add(db.service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(Exit.void), turns)
      yield* Effect.flatMap(governor.get("db"), (handle) => handle.start)
      const restart = yield* Effect.forkChild(api.restart)
      yield* TestClock.adjust(0)
      yield* Effect.andThen(db.end(Exit.fail("lost")), TestClock.adjust("5 seconds"))
      yield* Effect.andThen(turns, db.end(Exit.fail("lost")))
      yield* Fiber.join(restart)
      const { services } = yield* governor.shutdown
      assert.deepStrictEqual(services.map(({ duration, outcome }) => `${outcome} ${duration}`), [
        "Failed 0",
        "Failed 0"
      ])
    }))

  it.effect("a layer that closes takes those that depend on it down first", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      const db = yield* governor.add(puppet("db").service)
      yield* Effect.andThen(governor.start, turns)
      yield* governor.door.release(db, Exit.void)
      assert.deepStrictEqual(stopped(lines), [
        "Stopping page#1",
        "Stopped page#1",
        "Stopping api#1",
        "Stopped api#1",
        "Stopping db#1",
        "Stopped db#1"
      ])
      assert.deepStrictEqual(yield* states(governor), ["page Stopped", "api Stopped"])
    }))

  it.effect("and waits for them no longer than a shutdown may take", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "10 seconds" })
      const db = yield* governor.add(puppet("db").service)
      yield* governor.add(Service.make("api", Effect.uninterruptible(Effect.never), { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      const release = yield* Effect.forkChild(governor.door.release(db, Exit.void))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(release)
      assert.deepStrictEqual(yield* states(governor), ["api Failed"])
    }))

  it.effect("nor does one that hangs cost those their names whose turn comes then, and who end at once", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "10 seconds" })
      const prompt = Effect.onInterrupt(Effect.never, () => Effect.promise(() => Promise.resolve()))
      const db = yield* governor.add(Service.make("db", prompt))
      yield* governor.add(Service.make("api", prompt, { dependsOn: ["db"] }))
      yield* governor.add(Service.make("page", Effect.uninterruptible(Effect.never), { dependsOn: ["api"] }))
      yield* Effect.andThen(governor.start, turns)
      const release = yield* Effect.forkChild(governor.door.release(db, Exit.void))
      yield* TestClock.adjust("10 seconds")
      yield* turns
      assert.isDefined(release.pollUnsafe())
      assert.deepStrictEqual(yield* states(governor), ["api Stopped", "page Failed"])
    }))

  it.effect("nor for those that hang, too, once their turn has come", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ shutdownTimeout: "10 seconds" })
      const hung = (name: string, options?: Service.Options) =>
        governor.add(Service.make(name, Effect.uninterruptible(Effect.never), options))
      const db = yield* hung("db")
      yield* hung("api", { dependsOn: ["db"] })
      yield* hung("page", { dependsOn: ["api"] })
      yield* Effect.andThen(governor.start, turns)
      const release = yield* Effect.forkChild(governor.door.release(db, Exit.void))
      yield* TestClock.adjust("10 seconds")
      assert.isDefined(release.pollUnsafe())
      assert.sameMembers(lines.filter((line) => line.startsWith("Abandoned")), [
        "Abandoned api#1",
        "Abandoned page#1",
        "Abandoned db#1"
      ])
    }))

  /** The layer of "db" closes, and waits for "page", which takes a second; `api` ends as it is told. */
  const closing = Effect.gen(function*() {
    const { clear, governor, lines } = yield* watched()
    const restart = RestartPolicy.spaced("100 millis")
    const db = puppet("db", { restart })
    const handle = yield* governor.add(db.service)
    yield* governor.add(puppet("api", { dependsOn: ["db"], restart }).service)
    const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
    const page = yield* governor.add(Service.make("page", slow, { dependsOn: ["api"] }))
    yield* Effect.andThen(governor.start, turns)
    yield* TestClock.adjust(0)
    clear()
    const close = yield* Effect.forkChild(governor.door.release(handle, Exit.void), { startImmediately: true })
    return { close, db, governor, lines, page, handle }
  })

  it.effect("is not restarted when it ends by itself while its layer waits for those that depend on it", () =>
    Effect.gen(function*() {
      const { close, db, governor, lines } = yield* closing
      yield* Effect.andThen(db.end(Exit.fail("lost")), turns)
      yield* TestClock.adjust("500 millis")
      assert.isDefined(close.pollUnsafe())
      assert.deepStrictEqual(lines, ["Stopping page#1", "Crashed db#1", "Failed db#1", "Removed db#1"])
      yield* governor.add(puppet("db").service)
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(yield* states(governor), ["api Stopped", "page Stopped", "db Pending"])
    }))

  it.effect("nor when it was being restarted", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const slow = (name: string, after: string, dependsOn: Array<string>) =>
        governor.add(
          Service.make(name, Effect.onInterrupt(Effect.never, () => Effect.sleep(after as "1 second")), { dependsOn })
        )
      const db = yield* slow("db", "500 millis", [])
      yield* slow("api", "1 second", ["db"])
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      const restart = yield* Effect.forkChild(db.restart, { startImmediately: true })
      const close = yield* Effect.forkChild(governor.door.release(db, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isDefined(restart.pollUnsafe())
      assert.isDefined(close.pollUnsafe())
      assert.deepStrictEqual(begun(lines), ["Starting db#1", "Starting api#1"])
      assert.deepStrictEqual(yield* states(governor), ["api Stopped"])
    }))

  it.effect("is waited for by what depends on it, however far above: nothing begins on what is about to be stopped", () =>
    Effect.gen(function*() {
      const { close, governor, lines, page } = yield* closing
      yield* Effect.forkChild(page.start, { startImmediately: true })
      const late = yield* governor.add(puppet("late", { dependsOn: ["api"] }).service)
      yield* Effect.andThen(late.start, turns)
      yield* TestClock.adjust("1 second")
      assert.isDefined(close.pollUnsafe(), "it waits for ever")
      assert.deepStrictEqual(lines, [
        "Stopping page#1",
        "Added late#0",
        "Waiting late#0",
        "Interrupted page#1",
        "Stopping api#1",
        "Interrupted api#1",
        "Stopped api#1",
        "Stopping db#1",
        "Interrupted db#1",
        "Stopped db#1",
        "Removed db#1",
        "Waiting page#1"
      ])
      yield* governor.add(puppet("db").service)
      const api = yield* governor.get("api")
      yield* Effect.andThen(governor.start, Effect.andThen(api.start, turns))
      assert.deepStrictEqual(begun(lines), ["Starting db#1", "Starting api#2", "Starting page#2", "Starting late#1"])
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust("1 second")
    }))

  it.effect("lets go of those that its group held only when those that depend on it are stopped", () =>
    Effect.gen(function*() {
      const { clear, governor, lines } = yield* watched({ strategy: "one-for-all" })
      const restart = RestartPolicy.spaced("100 millis")
      const db = puppet("db", { restart })
      const handle = yield* governor.add(db.service)
      const migration = puppet("migration", { dependsOn: ["db"] })
      yield* governor.add(migration.service)
      yield* governor.add(puppet("api", { dependsOn: ["migration"], restart }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(migration.end(Exit.void), turns)
      yield* Effect.andThen(db.end(Exit.fail("lost")), turns)
      clear()
      yield* governor.door.release(handle, Exit.void)
      yield* turns
      assert.deepStrictEqual(begun(lines), [])
    }))

  it.effect("is done with one that begins again as soon as it is down, for there is another of its name already", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const db = puppet("db", { restart: RestartPolicy.never })
      const handle = yield* governor.add(db.service)
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const api = yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(Exit.void), TestClock.adjust(0))
      yield* governor.door.release(handle, Exit.void)
      yield* governor.add(puppet("db").service)
      yield* Effect.forkChild(api.start, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const page = yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* Effect.andThen(page.start, turns)
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(begun(lines).slice(2), ["Starting db#1", "Starting api#2", "Starting page#1"])
    }))

  it.effect("leaves those alone that wait for another one of its name, when its time is over", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ shutdownTimeout: "10 seconds" })
      const db = yield* governor.add(Service.make("db", Effect.uninterruptible(Effect.never)))
      yield* Effect.andThen(governor.start, turns)
      const close = yield* Effect.forkChild(governor.door.release(db, Exit.void), { startImmediately: true })
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(api.start, turns)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.andThen(Fiber.join(close), turns)
      assert.deepStrictEqual(begun(lines), ["Starting db#1", "Starting api#1"], "it had been ready, and is abandoned")
    }))
})

describe("removing (rule 25)", () => {
  it.effect("one that is in its own way can be removed, and what is removed is in nobody's", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const api = yield* governor.add(puppet("api", { dependsOn: ["api"] }).service)
      yield* api.remove
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* api.remove
      assert.deepStrictEqual(yield* states(governor), ["page Pending"])
    }))

  it.effect("in a shutdown it returns at once, though the turn of the service has not come (rule 10)", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      yield* db.remove
      assert.deepStrictEqual(yield* states(governor), ["db Running", "api Stopping"])
      yield* TestClock.adjust("1 second")
    }))

  it.effect("a run that is stopping may await the removal of what it depends on", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "3 seconds" })
      const db = yield* governor.add(puppet("db").service)
      const api = Effect.onInterrupt(Effect.never, () => Effect.ignore(db.remove))
      yield* governor.add(Service.make("api", api, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      const report = yield* governor.shutdown
      assert.deepStrictEqual([report.ok, report.duration], [true, 0])
    }))

  it.effect("who waits for a stop or a removal is answered when a shutdown begins", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 minute"))
      const handles = []
      for (const name of ["a", "b"]) handles.push(yield* governor.add(Service.make(name, slow)))
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      const [a, b] = handles
      const waiting = [yield* Effect.forkChild(a!.stop), yield* Effect.forkChild(b!.remove)]
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(waiting.map((fiber) => fiber.pollUnsafe()), [undefined, undefined])
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust(0)
      for (const fiber of waiting) yield* Fiber.join(fiber)
      const tags = (yield* governor.status).map(({ _tag }) => _tag)
      assert.deepStrictEqual(tags, ["Stopping", "Stopping"])
      yield* TestClock.adjust("1 minute")
    }))

  it.effect("what others depend on is in use, whatever they do", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const db = yield* governor.add(puppet("db").service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      const error = yield* Effect.flip(db.remove)
      assert.deepStrictEqual([error._tag, error.service, error._tag === "ServiceInUse" && error.dependents], [
        "ServiceInUse",
        "db",
        ["api"]
      ])
      assert.strictEqual(error.message, "service \"db\" was not removed: \"api\" depends on it")
      yield* api.remove
      yield* db.remove
      assert.deepStrictEqual(yield* governor.status, [])
      yield* governor.add(puppet("db").service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* db.remove // it is gone already; the other one of its name is not meant
      assert.deepStrictEqual(yield* states(governor), ["db Pending", "api Pending"])
    }))
})
