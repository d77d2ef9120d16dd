/** 100,000 services in one process. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import { Governor, RestartPolicy, Service } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"

const count = 100_000

describe("100,000 services", () => {
  it.effect("start, run, restart and stop", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
      const allRan = yield* Deferred.make<void>()
      let [runs, stops] = [0, 0]
      for (let i = 0; i < count; i++) {
        let own = 0
        const run = Effect.suspend(() => {
          if (++runs === 1.5 * count) Deferred.doneUnsafe(allRan, Exit.void)
          if (++own === 1 && i % 2 === 0) return Effect.void // half of them twice
          return Effect.onInterrupt(Effect.never, () => Effect.sync(() => stops++))
        })
        yield* governor.add(Service.make(`service-${i}`, run))
      }
      yield* governor.start
      yield* Deferred.await(allRan)
      yield* Effect.yieldNow // the last of them is ready
      const statuses = yield* governor.status
      assert.isTrue(statuses.every(({ _tag, restarts }, i) => _tag === "Running" && restarts === (i + 1) % 2))
      const report = yield* governor.shutdown
      assert.deepStrictEqual([report.ok, report.services.length, runs, stops], [true, count, 1.5 * count, count])
    }).pipe(Effect.scoped, Effect.provideService(MinimumLogLevel, "None")))

  it("start, run and stop by the facade", async () => {
    const governor = new Facade({ log: () => {} })
    let [runs, stops] = [0, 0]
    for (let i = 0; i < count; i++) {
      governor.add(`service-${i}`, {
        run: ({ signal }) => {
          runs++
          return new Promise((resolve) => signal.addEventListener("abort", () => resolve()))
        },
        stop: () => {
          stops++
        }
      })
    }
    governor.start()
    await governor.whenReady()
    assert.isTrue(governor.status().every(({ _tag }) => _tag === "Running"))
    const report = await governor.shutdown()
    assert.deepStrictEqual([report.ok, report.services.length, runs, stops], [true, count, count, count])
  })
})
