import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Governor, RestartPolicy } from "../../src/index.ts"
import { InvalidOption } from "../../src/promise/index.ts"
import { collectEvents, probe, serviceAPI, TestGovernor } from "../../src/testing/index.ts"
import { turns } from "../support.ts"

const unavailable = new Error("unavailable")

/** The same is done at both doors: what is expected is the same, too. */
const ways: ReadonlyArray<readonly [string, (commands: Commands) => Effect.Effect<ReadonlyArray<string>, unknown>]> = [
  ["on Effect", (act) =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const { steps } = collectEvents(governor)
      const restart = RestartPolicy.onFailure("1 second")
      const web = probe("web", { restart, readiness: "manual", stopTimeout: "5 seconds" })
      yield* governor.add(web)
      yield* governor.start
      yield* act(web, TestClock.adjust)
      yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      return [...steps, ...web.log, `${web.runs} of ${web.name}`]
    }).pipe(Effect.scoped)],
  ["of plain TypeScript", (act) =>
    Effect.gen(function*() {
      const test = new TestGovernor()
      const restart = { after: "1 second", when: "failure" } as const
      const web = test.probe("web", { restart, readiness: "manual", stopTimeout: "5 seconds" })
      test.start()
      yield* act(web, (duration) => Effect.promise(() => test.advance(duration)))
      const done = test.shutdown()
      yield* Effect.promise(() => test.advance("10 seconds"))
      yield* Effect.promise(() => done)
      return [...test.steps, ...web.log, `${web.runs} of ${web.name}`]
    })]
]

type Commands = (
  web: Pick<TestGovernorProbe, "ready" | "complete" | "crash" | "hang" | "release">,
  advance: (duration: "1 second") => Effect.Effect<void>
) => Effect.Effect<void>
type TestGovernorProbe = ReturnType<TestGovernor["probe"]>

const up = ["Added web#0", "Starting web#1"]
const down = ["ShutdownStarted", "Stopping web#1", "Interrupted web#1", "Stopped web#1", "ShutdownCompleted"]

const cases: ReadonlyArray<readonly [string, Commands, ReadonlyArray<string>]> = [
  ["waits, and ends when it is asked to", () => Effect.void, [...up, ...down, "begin", "interrupted", "1 of web"]],
  [
    "is ready when it is told so",
    (web, advance) => Effect.andThen(Effect.sync(() => web.ready()), advance("1 second")),
    [...up, "Ready web#1", ...down, "begin", "interrupted", "1 of web"]
  ],
  [
    "completes",
    (web, advance) => Effect.andThen(Effect.sync(() => web.complete()), advance("1 second")),
    [
      ...up,
      "Ready web#1",
      "Completed web#1",
      "Stopped web#1",
      "ShutdownStarted",
      "ShutdownCompleted",
      "begin",
      "1 of web"
    ]
  ],
  [
    "crashes, and is run again",
    (web, advance) => Effect.andThen(Effect.sync(() => web.crash()), advance("1 second")),
    [
      ...up,
      "Crashed web#1",
      "RestartScheduled web#1",
      "Starting web#2",
      ...down.map((step) => step.replace("#1", "#2")),
      "begin",
      "begin",
      "interrupted",
      "2 of web"
    ]
  ],
  [
    "hangs when it is asked to end",
    (web) => Effect.sync(() => web.hang()),
    [
      ...up,
      "ShutdownStarted",
      "Stopping web#1",
      "Abandoned web#1",
      "Failed web#1",
      "ShutdownCompleted",
      "begin",
      "interrupted",
      "1 of web"
    ]
  ],
  [
    "does not hang once it is released",
    (web) =>
      Effect.sync(() => {
        web.hang()
        web.release()
      }),
    [...up, ...down, "begin", "interrupted", "1 of web"]
  ]
]

describe.each(ways)("a probe %s", (_, way) => {
  for (const [name, act, expected] of cases) {
    it.effect(name, () => Effect.map(way(act), (steps) => assert.deepStrictEqual(steps, expected)))
  }
})

describe("a probe on Effect", () => {
  it.effect("ends late when it is released, or told how", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make({ stopTimeout: "5 seconds" })
      const probes = [probe("released"), probe("completes"), probe("crashes"), probe("late")] as const
      for (const each of probes) {
        each.hang()
        yield* governor.add(each)
      }
      yield* governor.start
      const { events } = collectEvents(governor)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 second")
      const [released, completes, crashes, late] = probes
      released.release()
      completes.complete()
      crashes.crash(unavailable)
      yield* TestClock.adjust("10 seconds")
      late.crash(unavailable)
      yield* turns
      assert.deepStrictEqual(
        (yield* Fiber.join(shutdown)).services.map(({ duration, outcome }) => [duration, outcome]),
        [[1000, "Stopped"], [1000, "Stopped"], [1000, "Stopped"], [5000, "Abandoned"]]
      )
      assert.strictEqual(events.at(-1)!._tag, "LateFailure")
    }))

  it.effect("is alive until it hangs, where there is a limit for that", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const alive = probe("alive", { heartbeatTimeout: "10 seconds" })
      const { status } = yield* governor.add(alive)
      yield* governor.start
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* status)._tag, "Running")
      alive.hang()
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual([(yield* status)._tag, alive.log], ["Starting", ["begin", "interrupted"]])
      alive.release()
      yield* turns
      assert.strictEqual((yield* status)._tag, "Failed")
    }))

  const typed = Effect.gen(function*() {
    const governor = yield* Governor.make()
    const web = probe<"no connection">("web")
    yield* governor.add(web)
    const { first } = collectEvents(governor)
    yield* governor.start
    return { first, web }
  })

  it.effect("dies if it is told nothing to fail with", () =>
    Effect.gen(function*() {
      const { first, web } = yield* typed
      web.crash()
      const [reason] = (yield* first("ServiceCrashed")).cause.reasons
      assert.deepStrictEqual(
        reason?._tag === "Die" && reason.defect,
        new Error(`the test called crash() of the probe "web"`)
      )
    }))

  it.effect("fails with what it is told, of its type", () =>
    Effect.gen(function*() {
      const { first, web } = yield* typed
      web.crash("no connection")
      const { cause } = yield* first("ServiceCrashed", "web")
      assert.strictEqual(cause.reasons[0]?._tag === "Fail" && cause.reasons[0].error, "no connection")
      assert.strictEqual((yield* first("ServiceFailed"))._tag, "ServiceFailed")
    }))
})

describe("a probe of plain TypeScript", () => {
  it("is alive until it hangs, where there is a limit for that", async () => {
    const test = new TestGovernor()
    const alive = test.probe("alive", { heartbeatTimeout: "10 seconds" })
    test.start()
    await test.advance("1 hour")
    assert.strictEqual(test.get("alive").status()._tag, "Running")
    alive.hang()
    await test.advance("12 seconds")
    assert.deepStrictEqual([test.get("alive").status()._tag, alive.log], ["Starting", ["begin", "interrupted"]])
    alive.release()
    await test.advance(0)
    assert.strictEqual(test.get("alive").status()._tag, "Failed")
  })

  it("fails late once it was abandoned", async () => {
    const test = new TestGovernor({ stopTimeout: 1 })
    const late = test.probe("late")
    late.hang()
    test.start()
    void test.shutdown()
    await test.advance(1)
    late.crash(unavailable)
    await test.advance(0)
    assert.strictEqual(test.steps.at(-1), "LateFailure late#1")
  })

  it("is refused with the options that a service is refused with", () => {
    const test = new TestGovernor()
    assert.throws(() => test.probe("web", { heartbeatTimeout: NaN }), InvalidOption)
    assert.throws(() => test.probe(""), InvalidOption)
  })
})

describe("a probe without a run", () => {
  it.each(["ready", "complete", "crash"] as const)("says that it cannot %s", (command) => {
    assert.throws(
      () => probe("web")[command](),
      `${command}() needs a run, and the probe "web" has none: start the service, or let its restart delay pass`
    )
  })

  it.effect("may be told to hang, and be released again", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const web = probe("web")
      web.hang()
      web.release()
      yield* governor.add(web)
      yield* governor.start
      yield* governor.shutdown
      assert.deepStrictEqual(web.log, ["begin", "interrupted"])
    }))

  it.effect("nor can it end twice", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const web = probe("web")
      yield* governor.add(web)
      yield* governor.start
      web.complete()
      assert.throws(() => web.complete(), `complete() needs a run, and the probe "web" has none`)
    }))
})

describe("an event collector", () => {
  it.effect("has all events from then on, and in short", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const web = probe("web")
      yield* governor.add(web)
      const { clear, events, steps } = collectEvents(governor)
      yield* governor.start
      assert.deepStrictEqual(steps, ["Starting web#1", "Ready web#1"])
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["ServiceStarting", "ServiceReady"])
      clear()
      yield* governor.shutdown
      assert.deepStrictEqual([steps[0], events[0]!._tag], ["ShutdownStarted", "ShutdownStarted"])
    }))

  it.effect("waits for the first event of a kind, of one service or of any", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const [a, b] = [probe("a"), probe("b")]
      yield* governor.add(a)
      yield* governor.add(b)
      yield* governor.start
      const { first } = collectEvents(governor)
      const ofB = yield* Effect.forkChild(first("ServiceCompleted", "b"), { startImmediately: true })
      const ofAny = yield* Effect.forkChild(first("ServiceCompleted"), { startImmediately: true })
      const given = yield* Effect.forkChild(first("ServiceCrashed"), { startImmediately: true })
      a.complete()
      yield* turns
      assert.isUndefined(ofB.pollUnsafe())
      assert.deepInclude(yield* Fiber.join(ofAny), { service: "a" })
      b.complete()
      yield* turns
      assert.deepInclude(yield* Fiber.join(ofB), { service: "b", run: 1 })
      given.interruptUnsafe()
      yield* turns
      assert.strictEqual(given.pollUnsafe()?._tag, "Failure")
    }))
})

describe("a ServiceAPI made by hand", () => {
  it("lets a loop run once, and is replaced in parts", async () => {
    const api = serviceAPI()
    assert.deepStrictEqual([api.name, api.run, api.signal === api.context, api.signal.aborted], [
      "service",
      1,
      true,
      false
    ])
    assert.isTrue(await api.sleep("1 hour"))
    api.log("%s", "nothing")
    api.ready()
    api.heartbeat()
    const { signal } = new AbortController()
    for (const api of [serviceAPI({ name: "web", signal }), serviceAPI({ name: "web", context: signal })]) {
      assert.deepStrictEqual([api.name, api.signal === signal, api.context === signal], ["web", true, true])
    }
  })
})
