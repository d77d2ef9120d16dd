import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Governor } from "../src/index.ts"
import { sightOf } from "../src/internal/sight.ts"
import { pass, turns, up } from "./support.ts"

/** A governor whose services go on for so long at a shutdown, and the shutdown that has begun. */
const draining = Effect.fnUntraced(function*(
  millis: number,
  services: Parameters<typeof up>[1],
  options: Governor.Options = {},
  onStop?: Effect.Effect<void>
) {
  const all = yield* up(options, services, onStop)
  sightOf(all.governor).drainFor(millis)
  const shutdown = yield* Effect.forkChild(all.governor.shutdown)
  yield* turns
  return { ...all, shutdown }
})

describe("the delay of a shutdown before its stops", () => {
  it.effect("lets the services go on, while the shutdown has begun for everybody", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* draining(5000, { api: { dependsOn: ["db"] }, db: {} })
      assert.deepStrictEqual(lines, ["ShutdownStarted"])
      assert.strictEqual((yield* governor.status)[0]?._tag, "Running")
      assert.strictEqual(
        (yield* Effect.flip(Effect.flatMap(governor.get("api"), (api) => api.restart)))._tag,
        "GovernorClosed"
      )
      assert.deepInclude(sightOf(governor).closing(), { since: 0, drainsUntil: 5000 })
      yield* pass(4999)
      assert.deepStrictEqual(lines, ["ShutdownStarted"])
      yield* pass(1)
      assert.deepStrictEqual(lines.slice(1, 3), ["Stopping api#1", "Interrupted api#1"])
      assert.strictEqual(sightOf(governor).closing()?.drainsUntil, undefined)
    }))

  it.effect("is a part of the time of the shutdown, which the report tells", () =>
    Effect.gen(function*() {
      const { shutdown } = yield* draining(
        5000,
        { api: {} },
        { shutdownTimeout: "20 seconds" },
        Effect.sleep("10 seconds")
      )
      yield* pass(5000)
      yield* pass(10_000)
      const report = yield* Fiber.join(shutdown)
      assert.deepInclude(report, { ok: true, duration: 15_000 })
      assert.strictEqual(report.services[0]?.duration, 10_000)
    }))

  it.effect("takes half of that time at the most, so that nobody is abandoned who was not asked", () =>
    Effect.gen(function*() {
      const { lines } = yield* draining(60_000, { api: {} }, { shutdownTimeout: "20 seconds" })
      yield* pass(9999)
      assert.deepStrictEqual(lines, ["ShutdownStarted"])
      yield* pass(1)
      assert.include(lines, "Stopped api#1")
    }))

  it.effect("is over when all services are, and nothing begins in it", () =>
    Effect.gen(function*() {
      const { end, lines, shutdown } = yield* draining(5000, { api: {}, db: {} })
      yield* end("api", Exit.fail("no connection"))
      yield* pass(2000) // the delay of the restart policy
      assert.deepStrictEqual(lines.slice(1), ["Crashed api#1", "Failed api#1"])
      yield* end("db", Exit.void)
      yield* turns
      assert.deepInclude(yield* Fiber.join(shutdown), { duration: 2000 })
    }))

  it.effect("does not hold up those who wait for a delay or for others", () =>
    Effect.gen(function*() {
      const { clear, end, governor, lines } = yield* up({}, { api: {}, db: {} })
      sightOf(governor).drainFor(5000)
      yield* end("db", Exit.fail("no connection"))
      yield* turns
      clear()
      yield* Effect.forkChild(governor.shutdown)
      yield* turns
      assert.deepStrictEqual(lines, ["ShutdownStarted", "Stopping db#1", "Stopped db#1"])
      yield* pass(5000)
      assert.strictEqual(lines.at(-1), "ShutdownCompleted")
    }))
})
