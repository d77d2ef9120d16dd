/** How a service is given away, on a clock that the test moves. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { hold } from "../../src/cluster/Release.ts"

/** A service whose run ends when the test says so, with a third of the lease of 4 s. */
const held = Effect.gen(function*() {
  const ended = yield* Deferred.make<void>()
  yield* Effect.addFinalizer(() => Deferred.succeed(ended, undefined))
  const lock = { isOurs: true, isSilent: false, fails: 0 }
  const seen: Array<string> = []
  const see = (what: string) => Effect.sync(() => void seen.push(what))
  const confirm = Effect.suspend(() => {
    seen.push("confirm")
    if (lock.isSilent) return Effect.never
    return lock.fails-- > 0 ? Effect.fail("down") : Effect.succeed(lock.isOurs)
  })
  const claim = Effect.acquireRelease(
    see("claim"),
    () => Effect.andThen(see("end"), Effect.andThen(Deferred.await(ended), see("ended")))
  )
  const holding = yield* Effect.forkChild(hold(claim, { third: 4000, confirm, outlived: see("outlived") }), {
    startImmediately: true
  })
  const lose = Effect.forkChild(Fiber.interrupt(holding), { startImmediately: true })
  return {
    lock,
    lose,
    end: Deferred.succeed(ended, undefined),
    isReleased: () => holding.pollUnsafe() !== undefined,
    taken: () => seen.splice(0)
  }
})

describe("a service that is given away", () => {
  it.effect("is claimed once, and needs no lock to be confirmed as long as it is not given away", () =>
    Effect.gen(function*() {
      const { isReleased, taken } = yield* held
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(taken(), ["claim"])
      assert.isFalse(isReleased())
    }))

  it.effect("is released when its run has ended, without a word to the database if that is soon", () =>
    Effect.gen(function*() {
      const { end, isReleased, lose, taken } = yield* held
      yield* lose
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(taken(), ["claim", "end"])
      assert.isFalse(isReleased())
      yield* end
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(taken(), ["ended"])
      assert.isTrue(isReleased())
    }))

  it.effect("keeps its lock for as long as its run takes to stop", () =>
    Effect.gen(function*() {
      const { end, isReleased, lose, taken } = yield* held
      yield* lose
      yield* TestClock.adjust(30_000)
      const seen = taken()
      assert.deepStrictEqual(new Set(seen), new Set(["claim", "end", "confirm"]))
      assert.isAtLeast(seen.length, 2 + 30_000 / 2000)
      assert.isFalse(isReleased())
      yield* end
      yield* TestClock.adjust(0)
      assert.isTrue(isReleased())
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(taken(), ["ended"])
    }))

  it.effect("keeps its lock through an answer that fails", () =>
    Effect.gen(function*() {
      const { lock, lose, taken } = yield* held
      yield* lose
      lock.fails = 5
      yield* TestClock.adjust(30_000)
      assert.notInclude(taken(), "outlived")
    }))
})

describe("a service whose lock is lost", () => {
  it.effect("has a third of the lease from when that may have been, and its process must end then", () =>
    Effect.gen(function*() {
      const { isReleased, lock, lose, taken } = yield* held
      lock.isOurs = false
      yield* lose
      yield* TestClock.adjust(3999)
      assert.deepStrictEqual(taken(), ["claim", "end", "confirm"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(taken(), ["outlived"])
      assert.isTrue(isReleased())
    }))

  it.effect("has as long when the lock is lost while its run stops", () =>
    Effect.gen(function*() {
      const { lock, lose, taken } = yield* held
      yield* lose
      yield* TestClock.adjust(10_999)
      lock.isOurs = false
      yield* TestClock.adjust(4000) // the lock is asked for after 11 s
      assert.notInclude(taken(), "outlived")
      yield* TestClock.adjust(1)
      assert.include(taken(), "outlived")
    }))

  it.effect("is so too when the database says nothing", () =>
    Effect.gen(function*() {
      const { lock, lose, taken } = yield* held
      lock.isSilent = true
      yield* lose
      yield* TestClock.adjust(3999)
      assert.notInclude(taken(), "outlived")
      yield* TestClock.adjust(1)
      assert.include(taken(), "outlived")
    }))

  it.effect("ends no process when its run ends in time", () =>
    Effect.gen(function*() {
      const { end, isReleased, lock, lose, taken } = yield* held
      lock.isOurs = false
      yield* lose
      yield* TestClock.adjust(3999)
      yield* end
      yield* TestClock.adjust("1 hour")
      assert.notInclude(taken(), "outlived")
      assert.isTrue(isReleased())
    }))
})
