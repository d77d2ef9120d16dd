/** Pauses of a process: on a clock that jumps, and in real processes. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { expect, test } from "vitest"
import { watchPauses } from "../../src/cluster/Watch.ts"
import { run } from "../child.ts"

/** A watch with a limit of 4 s, which looks each second. A freeze moves its clock, but wakes nobody. */
const watching = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  let frozen = 0n
  const pauses: Array<number> = []
  const jumping: Clock.Clock = Object.assign(Object.create(clock), {
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + frozen
  })
  const watch = watchPauses(4000, (millis) => Effect.sync(() => pauses.push(millis)))
  yield* TestClock.adjust(0)
  yield* watch.pipe(Effect.provideService(Clock.Clock, jumping), Effect.forkChild)
  yield* TestClock.adjust(500) // half a second before the next look
  return {
    pauses,
    freeze: (millis: number) =>
      Effect.suspend(() => {
        frozen += BigInt(millis) * 1_000_000n
        return TestClock.adjust(1000)
      })
  }
})

describe("a watch", () => {
  it.effect("says nothing as long as the process runs", () =>
    Effect.gen(function*() {
      const { pauses } = yield* watching
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(pauses, [])
    }))

  it.effect("tells each pause as long as the limit, and how long it was", () =>
    Effect.gen(function*() {
      const { freeze, pauses } = yield* watching
      yield* freeze(4000)
      yield* freeze(0)
      yield* freeze(60_000)
      yield* freeze(0)
      assert.deepStrictEqual(pauses, [4000, 60_000])
    }))

  it.effect("takes a pause of less than three quarters of the limit for none", () =>
    Effect.gen(function*() {
      const { freeze, pauses } = yield* watching
      for (let pause = 0; pause < 10; pause++) yield* freeze(2999)
      assert.deepStrictEqual(pauses, [])
      yield* freeze(3000)
      assert.deepStrictEqual(pauses, [3000])
    }))
})

const paused = /^paused (\d+)$/m

/** Waits for longer than the limit of the fixture, which nothing tells: the process is frozen. */
const longerThanTheLimit = () => new Promise((resolve) => setTimeout(resolve, 600))

test("a watch tells that its process was frozen, when the process goes on", async () => {
  const child = run("watch-pauses")
  await child.printed("watching")
  child.kill("SIGSTOP")
  await longerThanTheLimit()
  child.kill("SIGCONT")
  const [, millis] = await child.printed(paused)
  expect(Number(millis)).toBeGreaterThanOrEqual(300)
})

test("a watch tells that the event loop of its process was blocked", async () => {
  const child = run("watch-pauses", ["block"])
  const [, millis] = await child.printed(paused)
  expect(Number(millis)).toBeGreaterThanOrEqual(300)
})
