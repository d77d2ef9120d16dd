/**
 * The defects others' supervisors were reported with, each a test that ours does not have it. Where one was seen is said
 * beside it. Races between commands are in `others.races.test.ts`; what the tests of each rule hold already is not repeated
 * here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { once } from "node:events"
import { setImmediate, setTimeout as nodeSleep } from "node:timers/promises"
import { Governor, type GovernorEvent, RestartPolicy, Service } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"
import type { ServiceAPI } from "../src/Service.ts"
import { aborted } from "./aborted.ts"
import { pass, puppet, turns, up, watched } from "./support.ts"

const crash = Exit.fail("lost")
const states = (governor: Governor.Governor) =>
  Effect.map(Effect.andThen(turns, governor.status), (statuses) => statuses.map(({ _tag, name }) => `${name} ${_tag}`))
const delays = (events: ReadonlyArray<GovernorEvent.GovernorEvent>) =>
  events.flatMap((event) => event._tag === "RestartScheduled" ? [`${event.service} ${event.delay}`] : [])

describe("stop hooks", () => {
  /** A facade whose services write down which of them were asked to stop. */
  const hooked = () => {
    const governor = new Facade({ log: () => {} })
    const stopped: Array<string> = []
    const hook = (name: string, run: (api: ServiceAPI) => Promise<void> | void) => ({
      run,
      stop: () => void stopped.push(name)
    })
    return { governor, stopped, hook }
  }

  // Containers that stop all they know of, and release what was never acquired; OTP #636, Kubernetes #125935.
  it("call none of a service that never ran", async () => {
    const { governor, hook, stopped } = hooked()
    governor.add("live", hook("live", aborted))
    governor.add("starting", hook("starting", aborted), { readiness: "manual" })
    governor.add("waiting", hook("waiting", aborted), { dependsOn: ["starting"] })
    governor.add("broken", () => Promise.reject(new Error("no port")), { readiness: "completed" })
    governor.add("in vain", hook("in vain", aborted), { dependsOn: ["broken"] })
    governor.add("delayed", hook("delayed", () => {})).restart("1 hour")
    governor.add("over", hook("over", () => {}))
    governor.start()
    governor.add("made, never started", { create: () => assert.fail("it was made") })
    governor.add("never started", hook("never started", aborted))
    while (governor.status().slice(4, 7).map(({ _tag }) => _tag).join() !== "Failed,Backoff,Stopped") {
      await setImmediate()
    }
    const { services } = await governor.shutdown()
    await governor.shutdown()
    assert.deepStrictEqual(stopped.toSorted(), ["live", "starting"])
    assert.deepStrictEqual(services.map(({ name }) => name), [
      "live",
      "starting",
      "waiting",
      "broken",
      "in vain",
      "delayed",
      "over"
    ])
  })

  // agi-cli #3037: a flag that only a first successful start has set.
  it("are called, though an earlier run had failed", async () => {
    const { governor, hook, stopped } = hooked()
    const second = new Promise<void>((resolve) => {
      const run = (api: ServiceAPI) => {
        if (api.run === 1) throw new Error("no port yet")
        resolve()
        return aborted(api)
      }
      governor.add("a", hook("a", run)).restart(0)
    })
    governor.start()
    await second
    await governor.shutdown()
    assert.deepStrictEqual(stopped, ["a"])
  })

  // Trapperkeeper #198, Sermant #678: the stops that were to follow never came.
  it.effect("that throw take nobody down with them", () =>
    Effect.gen(function*() {
      const { clear, governor, lines } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const head = puppet("head")
      yield* governor.add(head.service)
      const bad = (how: () => Promise<void>): Service.PromiseService => ({ run: aborted, stop: how })
      const throws = bad(() => {
        throw new Error("from stop()")
      })
      const rejects = bad(() => Promise.reject(new Error("from stop()")))
      yield* governor.add(Service.fromPromise("throws", throws, { dependsOn: ["head"] }))
      yield* governor.add(Service.fromPromise("rejects", rejects, { dependsOn: ["head"] }))
      yield* governor.add(Service.fromPromise("quiet", aborted, { dependsOn: ["throws", "rejects"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* head.end(crash)
      assert.deepStrictEqual(yield* states(governor), [
        "head Running",
        "throws Running",
        "rejects Running",
        "quiet Running"
      ])
      clear()
      const { ok, services } = yield* governor.shutdown
      const stopped = lines.filter((line) => line.startsWith("Stopped"))
      assert.deepStrictEqual(stopped, ["Stopped quiet#2", "Stopped throws#2", "Stopped rejects#2", "Stopped head#2"])
      assert.deepStrictEqual([ok, services.map(({ cause }) => cause !== undefined)], [false, [
        false,
        true,
        true,
        false
      ]])
    }))
})

describe("delays and limits", () => {
  // suture backs off as a whole; others keep the state of a schedule in the schedule.
  it.effect("are not shared between siblings, nor by all who were given the same value", () =>
    Effect.gen(function*() {
      const exponential = Schedule.exponential("1 second")
      const restart = RestartPolicy.always(exponential, { maxRestarts: 3 })
      const [one, two] = yield* Effect.all([
        up({ restart }, { bad: {}, good: {} }),
        up({ restart }, { other: {} })
      ])
      for (const millis of [1000, 2000]) yield* Effect.andThen(one.end("bad", crash), pass(millis))
      yield* one.end("bad", crash)
      yield* one.end("good", crash)
      yield* two.end("other", crash)
      assert.deepStrictEqual(delays(one.events), ["bad 1000", "bad 2000", "bad 4000", "good 1000"])
      assert.deepStrictEqual(delays(two.events), ["other 1000"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(one.governor), ["bad Backoff", "good Running"])
      assert.deepStrictEqual(yield* states(two.governor), ["other Running"])
      yield* Effect.andThen(one.end("good", crash), two.end("other", crash))
      yield* pass(3000)
      yield* one.end("bad", crash)
      assert.deepStrictEqual(yield* states(one.governor), ["bad Failed", "good Running"])
      assert.deepStrictEqual(delays(two.events).slice(1), ["other 2000"])
    }))

  // Akka #27590 and #19246, pm2 #839 the one; trusty-tools #3631 and pm2 #2584 the other.
  it.effect.each<[defect: string, lasts: string, "Backoff" | "Failed"]>([
    ["do not count for ever: a run that was well for long enough starts them over", "1 minute", "Backoff"],
    [
      "are not started over by every restart that succeeds: a crash loop comes to its end",
      "59 seconds",
      "Failed"
    ]
  ])("%s", ([, lasts, then]) =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({}, { a: { restart: RestartPolicy.spaced("1 second", { maxRestarts: 2 }) } })
      for (let crashes = 0; crashes < 3; crashes++) {
        if (crashes > 0) yield* pass(1000)
        yield* TestClock.adjust(lasts as "1 minute")
        yield* end("a", crash)
      }
      assert.deepStrictEqual(yield* states(governor), [`a ${then}`])
    }))

  // systemd #10529: whoever restarts by hand a few times is refused the next.
  it.effect("do not count restarts by hand, and refuse none", () =>
    Effect.gen(function*() {
      const restart = RestartPolicy.spaced("1 second", { maxRestarts: 1 })
      const { end, governor, handle } = yield* up({}, { a: { restart } })
      const a = yield* handle("a")
      for (let i = 0; i < 5; i++) yield* a.restart
      yield* end("a", crash)
      yield* pass(1000)
      assert.include(yield* a.status, { _tag: "Running", run: 7, restarts: 1 })
      for (let i = 0; i < 5; i++) yield* a.restart
      yield* end("a", crash)
      assert.deepStrictEqual(yield* states(governor), ["a Failed"])
      yield* a.restart
      assert.deepStrictEqual(yield* states(governor), ["a Running"])
    }))

  // rabbitmq-common #201: what crashed while it was being restarted was forgotten.
  it.effect("forget no service that crashes at once after its delay", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const handle = yield* governor.add(Service.make("a", Effect.fail("at once")))
      yield* governor.start
      for (let i = 0; i < 10; i++) yield* pass(1000)
      assert.include(yield* handle.status, { _tag: "Backoff", run: 11, restarts: 10 })
    }))
})

describe("the end of a run that nobody asked for is a crash", () => {
  /** Aborted by somebody else, for reasons of its own. */
  const elsewhere = () => {
    const controller = new AbortController()
    controller.abort()
    return controller.signal
  }
  const timedOut = async (signal: AbortSignal) => {
    if (!signal.aborted) await once(signal, "abort")
    throw signal.reason
  }
  const promise = (run: (api: ServiceAPI) => Promise<void>) => Service.fromPromise("a", run).run
  const interruptLater = Effect.withFiber((fiber: Fiber.Fiber<unknown, unknown>) =>
    Effect.forkDetach(Effect.andThen(Effect.yieldNow, Fiber.interrupt(fiber)))
  )

  // suture #77: a request that timed out ended the service for good.
  it.effect.each<[string, Effect.Effect<unknown, unknown, Scope.Scope>]>([
    ["AbortSignal.timeout", promise(() => timedOut(AbortSignal.timeout(0)))],
    [
      "a signal made of ours and a timeout",
      promise(({ signal }) => timedOut(AbortSignal.any([signal, AbortSignal.timeout(0)])))
    ],
    ["an AbortController of somebody else's", promise(() => timedOut(elsewhere()))],
    ["what Node throws for such a controller", promise(() => nodeSleep(1, undefined, { signal: elsewhere() }))],
    ["Effect.timeout", Effect.timeout(Effect.never, "1 second")],
    ["an interruption of itself", Effect.andThen(Effect.yieldNow, Effect.interrupt)],
    [
      "a child that was interrupted",
      Effect.flatMap(
        Effect.forkChild(Effect.never),
        (child) => Effect.andThen(Fiber.interrupt(child), Fiber.join(child))
      )
    ],
    ["somebody who has got hold of its fiber", Effect.andThen(interruptLater, Effect.never)]
  ])(
    "by %s",
    ([, run]) =>
      Effect.gen(function*() {
        const { governor, lines } = yield* watched({ restart: RestartPolicy.onFailure("1 minute") })
        const crashed = yield* Deferred.make<void>()
        governor.listen(({ _tag }) => {
          if (_tag === "ServiceCrashed") Deferred.doneUnsafe(crashed, Exit.void)
        })
        yield* governor.add(Service.make("a", run))
        yield* governor.start
        yield* TestClock.adjust("1 second")
        yield* Deferred.await(crashed)
        assert.deepStrictEqual(yield* states(governor), ["a Backoff"])
        yield* pass(60_000)
        assert.deepStrictEqual(lines.filter((line) => !line.startsWith("Ready")).slice(1, 5), [
          "Starting a#1",
          "Crashed a#1",
          "RestartScheduled a#1",
          "Starting a#2"
        ])
      })
  )
})

describe("a shutdown", () => {
  // What fails while the supervisor is on its way out is nobody's any more: effection #1235, .NET #50569 and others.
  it.effect.each<[string, Exit.Exit<void, string>, ok: boolean]>([
    ["loses no crash that happened just before, and is not over with", crash, false],
    ["takes no run for a failure that completed just before, and is not over with", Exit.void, true]
  ])("%s", ([, exit, ok]) =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const run = Effect.andThen(Effect.addFinalizer(() => Effect.sleep("1 minute")), exit)
      yield* governor.add(Service.make("a", run))
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("1 minute")
      const report = yield* Fiber.join(shutdown)
      const { cause } = report.services[0]!
      assert.deepStrictEqual([report.ok, cause && Cause.squash(cause)], [ok, ok ? undefined : "lost"])
      assert.strictEqual(events.some(({ _tag }) => _tag === "ServiceCrashed"), !ok)
    }))
})
