import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { watchMemory } from "../../src/process/watchMemory.ts"
import type { ServiceRun } from "../../src/ServiceRun.ts"
import { collectGarbage } from "../garbage.ts"

/** How much of the heap is used, in MiB, when nobody keeps the rest. */
const used = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** A clock whose sleeps take no time. */
const hasty = Effect.map(
  Effect.clockWith(Effect.succeed),
  (clock): Clock.Clock => Object.create(clock, { sleep: { value: () => Effect.yieldNow } })
)

it("keeps nothing of its checks, however many there are", async () => {
  let checks = 0
  const measure = Effect.sync(() => 1000 + checks++ % 2)
  const own = { name: "a", run: 1, fork: Effect.forkScoped, tellProcess: () => {} } as unknown as ServiceRun
  const checked = async (count: number) => {
    for (const until = checks + count;;) {
      if (checks >= until) return
      await new Promise(setImmediate)
    }
  }
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const watched = watchMemory(own, { program: "a", measure, maxMemory: 1e12 })
    yield* Effect.provideService(watched, Clock.Clock, yield* hasty)
    yield* Effect.promise(() => checked(5000))
    const before = used()
    yield* Effect.promise(() => checked(20_000))
    expect(used() - before).toBeLessThan(5) // a KiB each would be 20
  })))
})
