import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { classify, errorsOf } from "../../src/internal/lifecycle/outcome.ts"
import { firstOf, isA } from "../../src/internal/telling/thrown.ts"
import { stopOf, StopService } from "../../src/StopService.ts"
import { hostile } from "../hostile.ts"

const both = (...causes: ReadonlyArray<Cause.Cause<unknown>>) =>
  Exit.failCause(Cause.fromReasons(causes.flatMap((cause) => cause.reasons)))
const stop = Cause.die(new StopService())
const stopForGood = Cause.fail(new StopService({ restart: false }))

describe("classify", () => {
  it.each<[string, Exit.Exit<unknown, unknown>, string, boolean | undefined]>([
    ["returned", Exit.succeed(1), "Completed", true],
    ["StopService thrown", both(stop), "Completed", true],
    ["StopService for good", both(stopForGood), "Completed", false],
    ["both kinds of StopService", both(stop, stopForGood), "Completed", false],
    ["StopService and interruption", both(stop, Cause.interrupt(1)), "Completed", true],
    ["StopService and an error", both(stop, Cause.die("boom")), "Crashed", undefined],
    ["failed", Exit.fail("boom"), "Crashed", undefined],
    ["died", Exit.die("boom"), "Crashed", undefined],
    ["died of undefined", Exit.die(undefined), "Crashed", undefined],
    ["died of a hostile proxy", Exit.die(hostile), "Crashed", undefined],
    ["interrupted itself", Exit.interrupt(1), "Crashed", undefined],
    ["a foreign abort", Exit.die(new DOMException("x", "AbortError")), "Crashed", undefined]
  ])("%s", (_, exit, tag, restart) => {
    const outcome = classify(exit)
    expect(outcome._tag).toBe(tag)
    if (outcome._tag === "Completed") expect(outcome.restart).toBe(restart)
    else expect(outcome.cause).toBe((exit as Exit.Failure<unknown, unknown>).cause)
  })
})

describe("classify, of a StopService with an error", () => {
  const failed = new StopService({ error: "boom" })
  const failedForGood = new StopService({ restart: false, error: "boom" })

  it.each<[string, Exit.Exit<unknown, unknown>, boolean, Cause.Cause<unknown>]>([
    ["thrown", Exit.die(failed), true, Cause.die("boom")],
    ["thrown for good", Exit.die(failedForGood), false, Cause.die("boom")],
    ["as a typed error", Exit.fail(failedForGood), false, Cause.fail("boom")],
    [
      "beside another error",
      both(Cause.die("first"), Cause.die(failedForGood)),
      false,
      Cause.fromReasons([...Cause.die("first").reasons, ...Cause.die("boom").reasons])
    ]
  ])("%s", (_, exit, restart, cause) => {
    expect(classify(exit)).toEqual({ _tag: "Crashed", restart, cause })
    expect(errorsOf(exit)).toEqual(cause)
  })

  it("also of a run that has said it is over for good", () => {
    expect(classify(Exit.die(failed), true)).toEqual({ _tag: "Crashed", restart: false, cause: Cause.die("boom") })
  })
})

describe("classify, of a run that has said it is over for good", () => {
  it("is completed, unless it failed on the way", () => {
    expect(classify(Exit.void, true)).toEqual({ _tag: "Completed", restart: false })
    expect(classify(Exit.interrupt(1), true)).toEqual({ _tag: "Completed", restart: false })
    expect(classify(Exit.die("boom"), true)._tag).toBe("Crashed")
  })
})

describe("errorsOf", () => {
  it("drops interruptions and StopService, and keeps the rest", () => {
    expect(errorsOf(Exit.void)).toBeUndefined()
    expect(errorsOf(Exit.interrupt(1))).toBeUndefined()
    expect(errorsOf(Exit.failCause(stop))).toBeUndefined()
    const error = Cause.die("boom")
    expect(errorsOf(Exit.failCause(error))).toBe(error)
    expect(errorsOf(both(Cause.interrupt(1), error))?.reasons).toEqual(
      error.reasons
    )
  })
})

describe("firstOf", () => {
  it("is what the first reason of a cause is about, if it has one", () => {
    const causes = [Cause.fail("a"), Cause.die("b"), Cause.interrupt(1), Cause.empty]
    expect(causes.map(firstOf)).toEqual(["a", "b", undefined, undefined])
  })
})

describe("isA", () => {
  it("is false of what cannot be looked at", () => {
    expect([new RangeError("x"), "RangeError", hostile].map((error) => isA(RangeError, error))).toEqual([
      true,
      false,
      false
    ])
  })
})

describe("stopOf", () => {
  const brand = Symbol.for("effect-governor/StopService")
  const yesToAll = new Proxy({}, {
    has: () => true,
    get: () => {
      throw new Error("get")
    }
  })
  const getter = Object.defineProperty(new StopService(), "restart", {
    get: () => {
      throw new Error("restart")
    }
  })

  it("of a StopService is true unless it says otherwise", () => {
    const options = [undefined, {}, { restart: true }, { restart: false }]
    expect(options.map((option) => new StopService(option).restart)).toEqual([true, true, true, false])
  })

  it("knows a StopService, also one of another copy of the package", () => {
    expect(stopOf(new StopService())).toEqual({ restart: true })
    expect(stopOf(new StopService({ restart: false }))).toEqual({ restart: false })
    expect(stopOf(new StopService({ error: "boom" }))).toEqual({ restart: true, error: "boom" })
    expect(stopOf({ [brand]: true, restart: false, error: "boom" })).toEqual({ restart: false, error: "boom" })
    expect(stopOf({ [brand]: true })).toEqual({ restart: true })
  })

  it("takes nothing else for one, and never throws", () => {
    const others = [
      hostile,
      yesToAll,
      getter,
      new Proxy({}, { has: () => true }),
      null,
      undefined,
      "StopService",
      new Error("x")
    ]
    expect(others.map(stopOf)).toEqual(others.map(() => undefined))
  })
})
