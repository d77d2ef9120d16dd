import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Prober } from "../../src/internal/engine/Prober.ts"

type Kind = "wait" | "verdict"

type Timer = { readonly kind: Kind; readonly at: number; readonly call: () => void; isOff: boolean }

/** A clock that is moved by hand, and checks that end when they are told. `hangs`: they do not end when interrupted. */
const probing = (options: { timeout?: number; failures?: number; hangs?: boolean; startEvery?: number } = {}) => {
  const { failures = 2, hangs = false, startEvery = 100, timeout = 10 } = options
  let now = 0
  const timers: Array<Timer> = []
  const said: Array<string> = []
  const checks: Array<Deferred.Deferred<unknown, unknown>> = []
  const later = (kind: Kind) => (millis: number, call: () => void) => {
    const timer: Timer = { kind, at: now + millis, call, isOff: false }
    timers.push(timer)
    return { interruptUnsafe: () => void (timer.isOff = true) } as never
  }
  const check = Effect.suspend(() => {
    const deferred = Deferred.makeUnsafe<unknown, unknown>()
    checks.push(deferred)
    const wait = Deferred.await(deferred)
    return hangs ? Effect.uninterruptible(wait) : Effect.onInterrupt(wait, () => Effect.sync(() => said.push("cut")))
  })
  const prober = new Prober({
    monotonic: () => now,
    after: later("wait"),
    judgeAfter: later("verdict"),
    fork: (check) => Effect.runFork(check),
    drop: (check) => check.interruptUnsafe(),
    passes: () => void said.push("passes"),
    fails: (failures, { cause }) => void said.push(`fails ${failures}: ${String(cause)}`)
  }, { check, every: 100, startEvery, timeout, failures, successes: 1 })
  const end = (exit: Exit.Exit<unknown, unknown>) => Deferred.doneUnsafe(checks.at(-1)!, exit)
  /** All timers up to this time, each when it is due, or `late`r than that. */
  const pass = (to: number, late = 0) => {
    for (;;) {
      const next = timers.filter(({ at, isOff }) => !isOff && at <= to).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      next.isOff = true
      now = Math.max(now, next.at + late)
      next.call()
    }
    now = Math.max(now, to)
  }
  const pending = () => timers.flatMap(({ isOff, kind }) => isOff ? [] : [kind])
  return { prober, end, pass, said, checks, pending }
}

const boom = Exit.fail("boom")
const tooLong = "TimeoutError: the check took longer than 10 ms"

describe("the prober", () => {
  it("checks at once and then in each period, or first after one period", () => {
    const { checks, end, pass, prober, said } = probing()
    prober.beginNow()
    assert.lengthOf(checks, 1)
    end(Exit.void)
    pass(99)
    assert.lengthOf(checks, 1)
    pass(100)
    assert.lengthOf(checks, 2)
    end(Exit.void)
    assert.deepStrictEqual(said, ["passes", "passes"])
    const later = probing()
    later.prober.beginLater()
    later.pass(99)
    assert.lengthOf(later.checks, 0)
    later.pass(100)
    assert.lengthOf(later.checks, 1)
  })

  it("checks more often until it has passed once", () => {
    const { checks, end, pass, prober } = probing({ startEvery: 30 })
    const endAt = (time: number, exit: Exit.Exit<unknown, unknown>) => {
      pass(time - 1)
      const before = checks.length
      pass(time)
      assert.lengthOf(checks, before + 1, `a check at ${time}`)
      end(exit)
    }
    prober.beginNow()
    end(boom)
    endAt(30, boom)
    endAt(60, Exit.void)
    endAt(90, boom) // was due before
    endAt(190, boom)
    endAt(290, boom)
  })

  it.each<[string, Exit.Exit<unknown, unknown>, string | undefined]>([
    ["nothing", Exit.void, undefined],
    ["any value", Exit.succeed(0), undefined],
    ["false", Exit.succeed(false), "false"],
    ["an error", boom, "boom"],
    ["a defect", Exit.die("torn"), "torn"],
    ["an interruption of its own", Exit.interrupt(1), "Error: All fibers interrupted without error"]
  ])("a check may end with %s", (_, exit, failure) => {
    const { end, prober, said } = probing({ failures: 1 })
    prober.beginNow()
    end(exit)
    assert.strictEqual(said.at(-1), failure === undefined ? "passes" : `fails 1: ${failure}`)
    assert.strictEqual(prober.failure && String(prober.failure.cause), failure)
  })

  it("a check that takes too long has failed, is interrupted, and counts once", () => {
    const { checks, pass, pending, prober, said } = probing()
    prober.beginNow()
    pass(109)
    assert.lengthOf(checks, 2)
    assert.deepStrictEqual(said, ["cut"])
    pass(110)
    assert.deepStrictEqual(said, ["cut", "cut", `fails 2: ${tooLong}`])
    assert.deepStrictEqual(pending(), ["wait"])
  })

  it("no verdict comes before the event loop had a turn", () => {
    const { pass, pending, prober } = probing({ hangs: true })
    prober.beginNow()
    assert.deepStrictEqual(pending(), ["wait", "verdict"])
    pass(99)
    assert.deepStrictEqual(pending(), ["wait"])
  })

  it("a check that does not end counts as failed in each period, and no second one begins", () => {
    const { checks, end, pass, prober, said } = probing({ hangs: true })
    prober.beginNow()
    pass(250)
    assert.lengthOf(checks, 1)
    assert.deepStrictEqual(said, [`fails 2: ${tooLong}`, `fails 3: ${tooLong}`])
    end(Exit.void) // too late
    assert.lengthOf(said, 2)
    pass(300)
    assert.lengthOf(checks, 2)
    end(Exit.void)
    assert.strictEqual(said[2], "passes")
    assert.isUndefined(prober.failure)
  })

  it("a check may take longer than a period, and the next one waits for its turn", () => {
    const { checks, end, pass, prober, said } = probing({ timeout: 250 })
    prober.beginNow()
    pass(249)
    assert.lengthOf(checks, 1)
    end(Exit.void)
    pass(300)
    assert.lengthOf(checks, 2)
    assert.deepStrictEqual(said, ["passes"])
  })

  it("what is late proves nothing: the process had no time", () => {
    const overdue = probing({ failures: 1 })
    overdue.prober.beginNow()
    overdue.pass(10, 3) // the check gets its time again
    assert.deepStrictEqual(overdue.said, [])
    overdue.pass(23, 2)
    assert.deepStrictEqual(overdue.said, ["cut", `fails 1: ${tooLong}`])

    const failed = probing({ failures: 1 })
    failed.prober.beginNow()
    failed.pass(10, 50)
    failed.end(boom)
    assert.deepStrictEqual(failed.said, [])
    failed.pass(100)
    failed.end(boom)
    assert.deepStrictEqual(failed.said, ["fails 1: boom"])

    const hung = probing({ failures: 3, hangs: true })
    hung.prober.beginNow()
    hung.pass(50)
    hung.pass(100, 26)
    hung.pass(226)
    assert.deepStrictEqual(hung.said, [])
    hung.pass(326)
    assert.deepStrictEqual(hung.said, [`fails 3: ${tooLong}`])
  })

  it("a success counts however late it is", () => {
    const { end, pass, prober, said } = probing()
    prober.beginNow()
    pass(10, 50)
    end(Exit.void)
    assert.deepStrictEqual(said, ["passes"])
  })

  it("leaves nothing when it is closed, and hears of no check any more", () => {
    const { checks, end, pass, pending, prober, said } = probing({ failures: 1, hangs: true })
    prober.beginNow()
    prober.close()
    assert.lengthOf(pending(), 0)
    end(Exit.fail(Cause.die("late")))
    pass(1000)
    prober.beginNow()
    prober.beginLater()
    assert.lengthOf(checks, 1)
    assert.deepStrictEqual(said, [])
    assert.lengthOf(pending(), 0)
  })
})
