import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { together } from "../../src/cluster/Locks.ts"
import { pass } from "../support.ts"

/** Each question takes a second. This node has the even ones. */
const asking = Effect.gen(function*() {
  yield* TestClock.adjust(0)
  const asked: Array<ReadonlyArray<number>> = []
  const has = yield* together(
    (all: ReadonlyArray<number>) =>
      Effect.delay(
        Effect.suspend(() => {
          asked.push(all)
          return all.includes(-1) ? Effect.fail("no connection") : Effect.succeed(all.filter((one) => one % 2 === 0))
        }),
        "1 second"
      ),
    String
  )
  const all = (...numbers: ReadonlyArray<number>) =>
    Effect.forkChild(Effect.forEach(numbers, (one) => Effect.result(has(one)), { concurrency: "unbounded" }))
  return { all, asked }
})

describe("whether a node has a lock", () => {
  it.effect("is asked for all at a time that ask meanwhile, and each gets its own answer", () =>
    Effect.gen(function*() {
      const { all, asked } = yield* asking
      const first = yield* all(1)
      yield* pass(500)
      const later = yield* all(...Array.from({ length: 100 }, (_, i) => i + 2))
      yield* pass(1500)
      assert.deepStrictEqual(asked.map(({ length }) => length), [1, 100])
      assert.deepStrictEqual((yield* Fiber.join(first)).map(String), ["success(false)"])
      const answers = yield* Fiber.join(later)
      assert.deepStrictEqual(
        answers.map((answer) => answer._tag === "Success" && answer.success),
        answers.map((_, i) => i % 2 === 0)
      )
    }))

  it.effect("is not known to any of them if the question fails, and is asked again the next time", () =>
    Effect.gen(function*() {
      const { all } = yield* asking
      const failed = yield* all(2, -1, 4, 4)
      yield* pass(1000)
      assert.isTrue((yield* Fiber.join(failed)).every(({ _tag }) => _tag === "Failure"))
      const again = yield* all(2)
      yield* pass(1000)
      assert.strictEqual((yield* Fiber.join(again))[0]!._tag, "Success")
    }))

  it.effect("is of no interest to one that waits no more", () =>
    Effect.gen(function*() {
      const { all, asked } = yield* asking
      const gone = yield* all(2)
      yield* pass(500)
      yield* Fiber.interrupt(gone)
      const other = yield* all(4)
      yield* pass(1500)
      assert.strictEqual((yield* Fiber.join(other))[0]!._tag, "Success")
      assert.strictEqual(asked.length, 2)
    }))
})
