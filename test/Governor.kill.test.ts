/** Runs that can be ended by force: what becomes of one that does not end in time. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Governor, GovernorError, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, turns } from "./support.ts"

interface Mortal {
  readonly options?: Service.Options<never>
  /** Whether it ends when it is killed. */
  readonly dies?: boolean
  readonly governor?: Governor.Options
}

/**
 * A service whose first run does not heed its interruption, and can be ended by force; what was told of it, and how often it was
 * killed.
 */
const mortal = Effect.fnUntraced(function*({ dies = true, governor: governed = {}, options }: Mortal = {}) {
  yield* TestClock.adjust(0)
  const governor = yield* Governor.make(governed)
  const told: Array<string> = []
  governor.listen((event) => void ("service" in event && told.push(event._tag.replace("Service", ""))))
  let kills = 0
  const run = Effect.gen(function*() {
    const { mortal, run } = yield* ServiceRun
    if (run > 1) return yield* Effect.never
    const dead = yield* Deferred.make<void>()
    mortal?.(() => {
      kills++
      if (dies) Deferred.doneUnsafe(dead, Effect.void)
    })
    return yield* Effect.onInterrupt(Effect.never, () => Deferred.await(dead))
  })
  const handle = yield* governor.add(Service.make("child", run, { stopTimeout: "1 second", ...options }))
  yield* Effect.andThen(governor.start, turns)
  return { governor, handle, told, kills: () => kills }
})

const killed = { _tag: "RunKilled", service: "child", run: 1, afterMillis: 1000 }

describe("a run that can be ended by force", () => {
  it.effect("is killed when its time to stop is over: its service has failed, and may be started again", () =>
    Effect.gen(function*() {
      const { handle, kills, told } = yield* mortal()
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* pass(999)
      assert.strictEqual(kills(), 0)
      yield* pass(1)
      yield* Fiber.join(stopping)
      assert.strictEqual(kills(), 1)
      const status = yield* handle.status
      assert.ok(status._tag === "Failed")
      assert.include(Cause.squash(status.cause), killed)
      assert.deepStrictEqual(told, ["Added", "Starting", "Ready", "Stopping", "Interrupted", "Failed"])
      yield* handle.start
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect("is followed by the next run of a restart, and the end is told with its cause", () =>
    Effect.gen(function*() {
      const { governor, handle } = yield* mortal()
      const causes: Array<unknown> = []
      governor.listen((event) => void (event._tag === "ServiceInterrupted" && causes.push(Cause.squash(event.cause!))))
      const restarting = yield* Effect.forkChild(handle.restart)
      yield* pass(1000)
      yield* Fiber.join(restarting)
      assert.include(yield* handle.status, { _tag: "Running", run: 2 })
      assert.include(causes[0], killed)
    }))

  it.effect("is killed when the time of a shutdown is over: the report is not ok, and nothing is left", () =>
    Effect.gen(function*() {
      const { governor } = yield* mortal({
        options: { stopTimeout: "1 hour" },
        governor: { shutdownTimeout: "1 second" }
      })
      const closing = yield* Effect.forkChild(governor.shutdown)
      yield* pass(1000)
      const { ok, services: [report] } = yield* Fiber.join(closing)
      assert.strictEqual(ok, false)
      assert.strictEqual(report!.outcome, "Failed")
      assert.include(Cause.squash(report!.cause!), killed)
    }))

  it.effect("is killed at once when it gives no heartbeat, and restarts by its policy", () =>
    Effect.gen(function*() {
      const options = { heartbeatTimeout: "2 seconds", restart: RestartPolicy.always("1 second") } as const
      const { handle, kills, told } = yield* mortal({ options })
      yield* pass(2000)
      assert.strictEqual(kills(), 1)
      const status = yield* handle.status
      assert.ok(status._tag === "Backoff")
      assert.include(Cause.squash(status.cause!), { _tag: "RunTimedOut", timeout: "heartbeatTimeout" })
      assert.deepStrictEqual(told.slice(3), ["Unready", "Crashed", "RestartScheduled"])
      yield* pass(1000)
      assert.include(yield* handle.status, { _tag: "Running", run: 2 })
    }))

  it.effect("is killed though its service is still at its onStop", () =>
    Effect.gen(function*() {
      const { handle } = yield* mortal({ options: { onStop: Effect.never } })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* pass(1000)
      yield* Fiber.join(stopping)
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))

  it.effect("is abandoned if it does not settle within 5 seconds after that", () =>
    Effect.gen(function*() {
      const { handle, kills, told } = yield* mortal({ dies: false })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* pass(5999)
      assert.notInclude(told, "Abandoned")
      yield* pass(1)
      yield* Fiber.join(stopping)
      assert.strictEqual(kills(), 1)
      assert.include(told, "Abandoned")
      assert.instanceOf(yield* Effect.flip(handle.start), GovernorError.RunAbandoned)
    }))

  it.effect("is abandoned then also if a stop or a shutdown comes after it was killed", () =>
    Effect.gen(function*() {
      const options = { heartbeatTimeout: "1 second", restart: RestartPolicy.always("1 second") } as const
      const { governor, handle, kills, told } = yield* mortal({ dies: false, options })
      yield* pass(1000)
      assert.strictEqual(kills(), 1)
      yield* Effect.forkChild(handle.stop)
      yield* pass(1000)
      const leaving = yield* Effect.forkChild(governor.shutdown)
      yield* pass(3999)
      assert.notInclude(told, "Abandoned")
      yield* pass(1)
      const { services } = yield* Fiber.join(leaving)
      assert.strictEqual(services[0]!.outcome, "Abandoned")
      assert.strictEqual(kills(), 1)
    }))

  it.effect("is seen in the status while it is there; what its process does after it was abandoned is not told", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const governor = yield* Governor.make()
      const told: Array<string> = []
      governor.listen((event) => void (event._tag.startsWith("Process") && told.push(event._tag)))
      const dead = yield* Deferred.make<void>()
      let tell: ServiceRun["tellProcess"]
      const run = Effect.gen(function*() {
        tell = (yield* ServiceRun).tellProcess
        tell?.("ProcessStarted", { pid: 7 })
        tell?.("ProcessMeasured", { memory: 99 })
        return yield* Effect.onInterrupt(Effect.never, () => Deferred.await(dead))
      })
      const handle = yield* governor.add(Service.make("child", run, { stopTimeout: "1 second" }))
      yield* Effect.andThen(governor.start, turns)
      const process = { pid: 7, memory: 99 }
      assert.deepInclude(yield* handle.status, { _tag: "Running", process })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* pass(1000)
      yield* Fiber.join(stopping)
      const status = yield* handle.status
      assert.deepInclude(status, { _tag: "Failed", process })
      tell?.("ProcessEnded", { code: 1 })
      assert.strictEqual(yield* handle.status, status)
      assert.deepStrictEqual(told, ["ProcessStarted", "ProcessMeasured"])
      yield* Deferred.succeed(dead, undefined)
    }))
})
