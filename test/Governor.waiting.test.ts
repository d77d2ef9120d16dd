import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { type Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, puppet, turns, watched } from "./support.ts"

/** Services that say when they are ready as they are told to. */
const slow = (name: string, options?: Service.Options) => {
  let said: Effect.Effect<void> = Effect.void
  const run = ServiceRun.use(({ ready }) => {
    said = ready
    return Effect.never
  })
  return {
    service: Service.make(name, run, { readiness: "manual", ...options }),
    said: () => said,
    ready: Effect.andThen(Effect.suspend(() => said), turns)
  }
}

const waitingFor = (governor: Governor.Governor, name: string) =>
  Effect.map(
    Effect.flatMap(governor.get(name), (handle) => handle.status),
    (status) => status._tag === "Waiting" ? status.waitingFor : status._tag
  )

describe("waiting for dependencies (rule 26)", () => {
  it.effect("is a state, told with the names, and again when these change", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(5)
      const { events, governor } = yield* watched()
      const [db, cache] = [slow("db"), slow("cache")]
      yield* governor.add(puppet("api", { dependsOn: ["db", "cache"] }).service)
      yield* governor.add(db.service)
      yield* governor.add(cache.service)
      yield* Effect.andThen(governor.start, turns)
      const waits = () =>
        events.flatMap((event) => event._tag === "ServiceWaiting" ? [[event.time, event.run, event.waitingFor]] : [])
      assert.deepStrictEqual(waits(), [[5, 0, ["db", "cache"]]])
      yield* pass(10)
      yield* db.ready
      assert.deepStrictEqual(waits().slice(1), [[15, 0, ["cache"]]])
      assert.deepInclude(yield* Effect.flatMap(governor.get("api"), (api) => api.status), {
        _tag: "Waiting",
        waitingFor: ["cache"],
        since: 5
      })
      yield* cache.ready
      assert.strictEqual(yield* waitingFor(governor, "api"), "Running")
      assert.strictEqual(waits().length, 2)
    }))

  it.effect("is not told of services that begin together, in however long a chain, nor when they restart together", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const db = puppet("db")
      yield* governor.add(puppet("page", { dependsOn: ["api"] }).service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.add(db.service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(Exit.fail("boom")), turns)
      assert.include(lines, "Starting page#2")
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Waiting")), [])
    }))

  it.effect("is told although another service restarts without end", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      let runs = 0
      const restless = Effect.suspend(() => ++runs > 1000 ? Effect.never : Effect.void)
      yield* governor.add(Service.make("restless", restless))
      yield* governor.add(slow("db").service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.start
      while (!lines.includes("Starting restless#1001")) yield* turns
      const restarts = lines.indexOf("Waiting api#0")
      assert.isAbove(restarts, 0)
      assert.isAbove(lines.length, restarts + 1000)
    }))

  it.effect("is no state of a service that a group holds", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ strategy: "dependents", restart: RestartPolicy.spaced("1 second") })
      const db = puppet("db")
      yield* governor.add(db.service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(Exit.fail("boom")), turns)
      assert.strictEqual(yield* waitingFor(governor, "api"), "Stopped")
      yield* pass(1000)
      assert.strictEqual(yield* waitingFor(governor, "api"), "Running")
      assert.notInclude(lines.join(), "Waiting")
    }))

  it.effect("of more than 100 others is told again once in a turn of the event loop", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const many = Array.from({ length: 150 }, (_, i) => slow(`s${i}`))
      for (const { service } of many) yield* governor.add(service)
      const dependsOn = many.map(({ service }) => service)
      yield* governor.add(puppet("api", { dependsOn }).service)
      yield* Effect.andThen(governor.start, turns)
      const told = () => events.flatMap((event) => event._tag === "ServiceWaiting" ? [event.waitingFor.length] : [])
      yield* Effect.forEach(many.slice(0, 3), ({ said }) => said())
      assert.deepStrictEqual(told(), [150])
      yield* turns
      assert.deepStrictEqual(told(), [150, 147])
      yield* Effect.andThen(Effect.forEach(many.slice(3, 60), ({ said }) => said()), turns)
      yield* Effect.forEach(many.slice(60, 62), ({ said }) => said())
      assert.deepStrictEqual(told(), [150, 147, 90, 89, 88])
      yield* Effect.forEach(many.slice(62), ({ said }) => said())
      assert.strictEqual(yield* waitingFor(governor, "api"), "Running")
    }))

  it.effect("ends with a stop, which is told", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(slow("db").service)
      const api = yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(api.stop, turns)
      assert.deepStrictEqual(lines.slice(3), ["Waiting api#0", "Stopping api#0", "Stopped api#0"])
    }))

  it.effect("a command of a listener that hears of it is carried out before callers are answered", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(slow("db").service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      const started: Array<Fiber.Fiber<unknown, unknown>> = []
      governor.listen((event) => {
        if (event._tag !== "ServiceWaiting") return
        const late = Effect.andThen(governor.add(puppet("late").service), governor.start)
        started.push(Effect.runFork(Effect.andThen(late, Effect.flatMap(governor.get("late"), (late) => late.status))))
      })
      yield* Effect.andThen(governor.start, turns)
      const { _tag } = yield* Fiber.join(started[0] as Fiber.Fiber<{ readonly _tag: string }>)
      assert.strictEqual(_tag, "Running")
    }))

  it.effect("is warned of after 5 seconds, then each minute, with what the others are doing, until nobody waits", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 hour") })
      const [db, cache] = [slow("db"), puppet("cache", { readiness: "completed" })]
      yield* governor.add(db.service)
      yield* governor.add(cache.service)
      yield* governor.add(puppet("api", { dependsOn: ["db", "cache"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(cache.end(Exit.fail("refused")), turns)
      const warnings = Effect.map(
        TestConsole.logLines,
        (lines) => lines.map(String).filter((line) => line.startsWith("still waiting"))
      )
      yield* pass(4999)
      assert.deepStrictEqual(yield* warnings, [])
      yield* pass(1)
      const first = `still waiting: "api" for "db" (Starting), "cache" (Backoff, latest failure: "refused")`
      assert.deepStrictEqual(yield* warnings, [first])
      yield* pass(59_999)
      assert.deepStrictEqual(yield* warnings, [first])
      yield* db.ready
      yield* governor.add(puppet("late", { dependsOn: ["cache"] }).service)
      yield* Effect.andThen(governor.start, turns)
      yield* pass(1)
      const second = `still waiting: "api" for "cache" (Backoff, latest failure: "refused")`
      assert.deepStrictEqual((yield* warnings).slice(1), [second])
      yield* pass(5000)
      const both = `${second}; "late" for "cache" (Backoff, latest failure: "refused")`
      assert.deepStrictEqual((yield* warnings).slice(2), [both])
      yield* Effect.flatMap(governor.get("cache"), (handle) => handle.start)
      yield* Effect.andThen(cache.end(Exit.void), turns)
      yield* pass(120_000)
      assert.strictEqual((yield* warnings).length, 3)
    }))
})

describe("a time limit for readiness", () => {
  it.effect("says who is missing, and why", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 minute") })
      const db = puppet("db", { readiness: "manual" })
      yield* governor.add(db.service)
      yield* governor.add(puppet("api", { dependsOn: ["db"] }).service)
      yield* governor.add(puppet("clock").service)
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(Exit.fail("refused")), turns)
      const waiting = yield* Effect.forkChild(Effect.flip(governor.awaitReadyWithin("3 seconds")), {
        startImmediately: true
      })
      yield* pass(2999)
      assert.isUndefined(waiting.pollUnsafe())
      yield* pass(1)
      const error = yield* Fiber.join(waiting)
      assert.strictEqual(error._tag, "NotReady")
      if (error._tag !== "NotReady") return
      assert.deepStrictEqual(
        error.services.map(({ cause, name, waitingFor }) => [name, waitingFor, cause && Cause.squash(cause)]),
        [["db", undefined, "refused"], ["api", ["db"], undefined]]
      )
      assert.strictEqual(error.message, `not ready within 3 s: "db" failed: "refused"; "api" waits for "db"`)
    }))

  it.effect("returns as soon as all are ready, and refuses a bad limit", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(puppet("clock").service)
      yield* Effect.andThen(governor.start, turns)
      yield* governor.awaitReadyWithin("3 seconds")
      yield* governor.awaitReadyWithin("Infinity")
      assert.include(yield* Effect.flip(governor.awaitReadyWithin(Number.NaN)), {
        _tag: "InvalidOption",
        field: "timeout"
      })
    }))
})
