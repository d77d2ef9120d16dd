import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { readFile } from "node:fs/promises"
import { after, judgeAfter, limitAfter } from "../../src/internal/engine/after.ts"

const block = (millis: number) => {
  for (const end = performance.now() + millis; performance.now() < end;);
}

/** What happens in the real loop, in the order in which it happens; the loop is blocked until all of it is due. */
const inRealLoop = (begin: (say: (what: string) => void) => Promise<unknown>, millis: number) => {
  const said: Array<string> = []
  const done = begin((what) => said.push(what))
  block(millis)
  return done.then(() => said)
}

describe("a verdict (see Time)", () => {
  it("comes after the timers that are due, and after the input that is there", () =>
    inRealLoop((say) => {
      const read = readFile(import.meta.filename).then(() => say("read"))
      const judged = new Promise<void>((resolve) =>
        judgeAfter(Context.empty(), 20, () => {
          say("verdict")
          resolve()
        })
      )
      setTimeout(() => say("timer"), 30)
      setTimeout(() => setImmediate(() => say("turn")), 10)
      return Promise.all([read, judged])
    }, 60).then((said) => {
      assert.deepStrictEqual(said.filter((what) => what !== "read"), ["timer", "turn", "verdict"])
    }))

  it("waits as long again as the process was held up, and no longer than its limit", () =>
    inRealLoop((say) =>
      new Promise<void>((resolve) => {
        limitAfter(Context.empty(), 30, () => {
          say("verdict")
          resolve()
        })
        after(Context.empty(), 60 + 20, () => say("within the time given back"))
      }), 60).then((said) => assert.deepStrictEqual(said, ["within the time given back", "verdict"])))

  it.effect("has been passed when a TestClock has moved", () =>
    Effect.gen(function*() {
      const said: Array<string> = []
      const context = yield* Effect.context()
      judgeAfter(context, 20, () => said.push("judge"))
      limitAfter(context, 30, () => said.push("limit"))
      yield* TestClock.adjust(19)
      assert.deepStrictEqual(said, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(said, ["judge"])
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(said, ["judge", "limit"])
    }))

  it("is not passed if its fiber is interrupted while it has its turn", () =>
    inRealLoop((say) => {
      const fiber = judgeAfter(Context.empty(), 10, () => say("verdict"))
      return new Promise<void>((resolve) =>
        setTimeout(() => {
          fiber.interruptUnsafe()
          setTimeout(resolve, 10)
        }, 20)
      )
    }, 40).then((said) => assert.deepStrictEqual(said, [])))
})
