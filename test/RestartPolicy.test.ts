import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimedOut } from "../src/GovernorError.ts"
import { Memory } from "../src/internal/lifecycle/Memory.ts"
import { always, check, type Checked, decide, type History, never, onFailure, spaced } from "../src/RestartPolicy.ts"

const returned = Exit.void
const threw = Exit.die("boom")

const policy = (options: Partial<Exclude<Checked, { _tag: "Never" }>>): Checked => ({
  _tag: "Always",
  schedule: Schedule.spaced(0),
  constant: 0,
  condition: undefined,
  maxRestarts: Infinity,
  within: Infinity,
  resetAfter: 60_000,
  ...options
})
/** Which errors are not restarted. The condition throws when it gets `"odd"`. */
const unless = policy({
  condition: (reason) => {
    const error = reason._tag === "Fail" ? reason.error : reason.defect
    if (error === "odd") throw new Error("no answer")
    return error !== "fatal"
  }
})
const whileTyped = check(always(0, { while: (error) => error !== "fatal" }))
const timedOut = new RunTimedOut({ service: "a", run: 1, timeout: "startTimeout", afterMillis: 1 })
const both = (...reasons: ReadonlyArray<Cause.Reason<unknown>>) => Exit.failCause(Cause.fromReasons(reasons))
const at = (...times: ReadonlyArray<number>): History => times.map((at) => ({ at, exit: threw }))

describe("decide", () => {
  it.each<[string, Checked, History, Exit.Exit<unknown, unknown>, number, string, number]>([
    ["never, returned", { _tag: "Never" }, [], returned, 0, "Stop", 0],
    ["never, threw", { _tag: "Never" }, [], threw, 0, "Stop", 0],
    ["always, returned", policy({}), [], returned, 0, "Restart", 0],
    ["always, threw", policy({}), [], threw, 0, "Restart", 0],
    ["on failure, returned", policy({ _tag: "OnFailure" }), [], returned, 0, "Stop", 0],
    ["on failure, threw", policy({ _tag: "OnFailure" }), [], threw, 0, "Restart", 0],
    ["no restart allowed", policy({ maxRestarts: 0 }), [], threw, 0, "GiveUp", 1],
    ["the first of two", policy({ maxRestarts: 2 }), [], threw, 0, "Restart", 1],
    ["the second of two", policy({ maxRestarts: 2 }), at(0), threw, 1, "Restart", 2],
    ["one more than two", policy({ maxRestarts: 2 }), at(0, 1), threw, 2, "GiveUp", 3],
    ["completions count as well", policy({ maxRestarts: 1 }), at(0), returned, 1, "GiveUp", 2],
    ["just inside the window", policy({ maxRestarts: 1, within: 100 }), at(0), threw, 99, "GiveUp", 2],
    ["a condition, returned", unless, [], returned, 0, "Restart", 0],
    ["a condition that allows it", unless, [], threw, 0, "Restart", 0],
    ["a condition that does not", unless, [], Exit.die("fatal"), 0, "Stop", 0],
    ["one of two errors", unless, [], both(Cause.makeDieReason("x"), Cause.makeFailReason("fatal")), 0, "Stop", 0],
    ["an interruption is no error", unless, [], Exit.interrupt(), 0, "Restart", 0],
    ["a condition that throws", unless, [], Exit.die("odd"), 0, "Restart", 0],
    ["a typed error that is allowed", whileTyped, [], Exit.fail("lost"), 0, "Restart", 0],
    ["a typed error that is not", whileTyped, [], Exit.fail("fatal"), 0, "Stop", 0],
    ["a defect is no typed error", whileTyped, [], Exit.die("fatal"), 0, "Restart", 0],
    [
      "nor is an error of the governor",
      check(always(0, { while: () => false })),
      [],
      Exit.fail(timedOut),
      0,
      "Restart",
      0
    ],
    ["a condition never allows more restarts", { ...unless, maxRestarts: 0 } as Checked, [], threw, 0, "GiveUp", 1],
    ["just outside the window", policy({ maxRestarts: 1, within: 100 }), at(0), threw, 100, "Restart", 1]
  ])("%s", (_, policy, history, exit, now, tag, counted) => {
    const decision = decide(policy, history, exit, now)
    expect(decision._tag).toBe(tag)
    const ends = decision._tag === "Restart" ? decision.history : decision._tag === "GiveUp" ? decision.exits : []
    expect(ends).toHaveLength(counted)
  })

  it("says what the condition threw", () => {
    const threw = Cause.makeDieReason(new Error("no answer"))
    expect(decide(unless, [], Exit.die("odd"), 0)).toMatchObject({ _tag: "Restart", threw })
    expect(decide(unless, [], Exit.die("even"), 0)).not.toHaveProperty("threw")
  })

  it("gives up with every end inside the window, oldest first", () => {
    const history: History = [{ at: 0, exit: threw }, { at: 50, exit: returned }]
    expect(decide(policy({ maxRestarts: 1, within: 100 }), history, Exit.die("again"), 120)).toEqual({
      _tag: "GiveUp",
      maxRestarts: 1,
      withinMillis: 100,
      exits: [returned, Exit.die("again")]
    })
  })
})

describe("the constructors", () => {
  it("are data, and never throw", () => {
    const schedule = Schedule.exponential(100)
    expect(never).toEqual({ _tag: "Never" })
    expect(always(schedule)).toEqual({ _tag: "Always", delay: schedule, limits: {} })
    expect(onFailure(schedule, { maxRestarts: 1 })).toEqual({
      _tag: "OnFailure",
      delay: schedule,
      limits: { maxRestarts: 1 }
    })
    expect(spaced(NaN)).toEqual({ _tag: "Always", delay: NaN, limits: {} }) // which the governor refuses
  })

  it.each([
    ["spaced", spaced("1 second")],
    ["always", always("1 second")],
    ["onFailure", onFailure("1 second")]
  ])("hold a schedule where they were given a duration: %s", (_, policy) => {
    expect(policy._tag !== "Never" && Schedule.isSchedule(policy.delay)).toBe(true)
  })
})

describe("a schedule made of a duration", () => {
  const ends = fc.array(fc.record({ now: fc.nat(), exit: fc.constantFrom(returned, threw) }), { minLength: 1 })
  const millis = fc.oneof(fc.constant(0), fc.nat(100_000_000), fc.double({ min: 0, max: 1e6, noNaN: true }))

  it("gives the delay that is answered without it at each of its steps", () =>
    fc.assert(fc.asyncProperty(millis, ends, async (millis, ends) => {
      const policy = check(spaced(millis))
      if (policy._tag === "Never") throw new Error("it restarts always")
      const memory = new Memory()
      for (const { exit, now } of ends) {
        const delay = memory.nextDelay(policy.schedule, exit, now)
        expect(await Effect.runPromise(delay)).toBe(policy.constant)
      }
    })))

  it("may come in a policy that was written by hand", () => {
    expect(check({ _tag: "Always", delay: "2 seconds", limits: {} })).toMatchObject({ constant: 2000 })
  })

  it("is stepped if a user made it", () => {
    expect(check(always(Schedule.spaced("2 seconds")))).toMatchObject({ constant: undefined })
  })
})
