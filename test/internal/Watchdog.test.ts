import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Watchdog } from "../../src/internal/engine/Watchdog.ts"

/** A clock that is moved by hand, and checks that come when they are called, however late. */
const watch = (startTimeout: number, heartbeatTimeout: number) => {
  let now = 0
  const timers: Array<{ readonly at: number; readonly call: () => void }> = []
  const said: Array<string> = []
  const later = (millis: number, call: () => void) => {
    timers.push({ at: now + millis, call })
    return Effect.runFork(Effect.never) as never
  }
  const dog = new Watchdog(
    {
      monotonic: () => now,
      judgeAfter: later,
      limitAfter: later,
      timedOut: (timeout) => void said.push(timeout)
    },
    startTimeout,
    heartbeatTimeout
  )
  /** The next check comes, so much later than it should. */
  const check = (late = 0) => {
    const { at, call } = timers.shift()!
    now = at + late
    call()
    return [now, ...said]
  }
  return { dog, check, pass: (millis: number) => void (now += millis), pending: () => timers.map(({ at }) => at) }
}

describe("the watchdog (rule 24)", () => {
  it("looks as late as it may, not at each heartbeat", () => {
    const { check, dog, pass, pending } = watch(Infinity, 100)
    pass(40)
    dog.beat()
    pass(30)
    dog.beat()
    assert.deepStrictEqual(pending(), [100])
    assert.deepStrictEqual(check(), [100])
    assert.deepStrictEqual(pending(), [170])
    assert.deepStrictEqual(check(), [170, "heartbeatTimeout"])
    assert.deepStrictEqual(pending(), [])
  })

  it("takes a heartbeat at the last moment", () => {
    const { check, dog, pass } = watch(Infinity, 100)
    pass(99.5)
    dog.beat()
    assert.deepStrictEqual(check(), [100])
  })

  it("a check that comes late grants one more interval, and each one that does", () => {
    const { check, pending } = watch(Infinity, 100)
    assert.deepStrictEqual(check(26), [126])
    assert.deepStrictEqual(pending(), [226])
    assert.deepStrictEqual(check(1000), [1226])
    assert.deepStrictEqual(check(25), [1351, "heartbeatTimeout"])
  })

  it("a timer that fires a little early is no matter", () => {
    const { check, pending } = watch(Infinity, 100)
    assert.deepStrictEqual(check(-0.5), [99.5])
    assert.deepStrictEqual(pending(), [100])
  })

  it("makes no check that is not asked for", () => {
    assert.deepStrictEqual(watch(50, Infinity).pending(), [50])
    assert.deepStrictEqual(watch(50, Infinity).check(), [50, "startTimeout"])
  })
})
