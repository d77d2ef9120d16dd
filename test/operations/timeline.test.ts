import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { drawn, type Recorded, timelineOf } from "../../src/operations/timeline.ts"
import { thrown } from "./made.ts"
import { backs, type Fact, fails, ready, starts, stopped, stops, told } from "./told.ts"

const added = (time: number, service: string): Fact => ({ _tag: "ServiceAdded", service, run: 0, time })
const crashes = (time: number, service: string, run: number, message = "no connection"): Fact => ({
  _tag: "ServiceCrashed",
  service,
  run,
  time,
  cause: thrown(message)
})

const timeline = (facts: ReadonlyArray<Fact>, rest: Partial<Recorded> = {}) =>
  timelineOf({ events: told(...facts), path: "api", from: 0, now: 1000, ...rest })

const segments = (...args: Parameters<typeof timeline>) =>
  timeline(...args).segments.map(({ from, run, state, to }) => `${from}-${to} ${state} ${run}`)

const crashing = [
  added(10, "api"),
  starts(20, "api"),
  ready(30, "api"),
  starts(35, "other"),
  crashes(40, "api", 1),
  backs(40, "api", 1),
  starts(90, "api", 2),
  ready(100, "api", 2)
]

describe("timelineOf", () => {
  it("has the states of the service, one after the other", () =>
    assert.deepStrictEqual(segments(crashing), [
      "10-20 Pending 0",
      "20-30 Starting 1",
      "30-40 Running 1",
      "40-90 Backoff 1",
      "90-100 Starting 2",
      "100-1000 Running 2"
    ]))

  it("tells each run apart, and has nothing that took no time", () => {
    const facts = [starts(10, "api"), backs(20, "api"), starts(20, "api", 2), starts(30, "api", 3)]
    assert.deepStrictEqual(segments(facts), ["10-20 Starting 1", "20-30 Starting 2", "30-1000 Starting 3"])
  })

  it("begins with the status that the recording begins with", () => {
    const before = { _tag: "Running", name: "api", run: 7, restarts: 0, crashes: 0, since: -50 } as const
    assert.deepStrictEqual(segments([stops(60, "api", "stop"), stopped(70, "api")], { before }), [
      "0-60 Running 7",
      "60-70 Stopping 1",
      "70-1000 Stopped 1"
    ])
    assert.deepStrictEqual(segments([], { before }), ["0-1000 Running 7"])
  })

  it("has nothing while the service did not exist", () => {
    const removed: Fact = { _tag: "ServiceRemoved", service: "api", run: 1, time: 50 }
    assert.deepStrictEqual(segments([added(10, "api"), removed, added(70, "api")]), [
      "10-50 Pending 0",
      "70-1000 Pending 0"
    ])
    assert.deepStrictEqual(segments([]), [])
  })

  it("ends with the run around the service, which may have another of that name", () => {
    const facts = [
      added(10, "in/api"),
      starts(10, "in/api"),
      starts(50, "in", 2),
      added(60, "in/api"),
      starts(65, "inn")
    ]
    assert.deepStrictEqual(segments(facts, { path: "in/api" }), ["10-50 Starting 1", "60-1000 Pending 0"])
  })

  it("counts runs, crashes, restarts by the policy and restarts by hand, each for itself", () => {
    const byHand: Fact = { _tag: "ServiceStarting", service: "api", run: 3, time: 200, restarts: 0, restartsByHand: 1 }
    const again: Fact = { _tag: "ServiceStarting", service: "api", run: 4, time: 300, restarts: 0, restartsByHand: 1 }
    const { latest } = timeline([...crashing, byHand, again])
    assert.deepStrictEqual(latest, { since: 0, runs: 4, crashes: 1, restarts: 1, restartsByHand: 1 })
  })

  it("knows when the latest run was ready first, also when it is not any more", () => {
    const readyAt = (...args: Parameters<typeof timeline>) => timeline(...args).readyAt
    const unready: Fact = { _tag: "ServiceUnready", service: "api", run: 1, time: 40 }
    const hung = [starts(20, "api"), ready(30, "api"), unready, stops(45, "api", "restart"), backs(50, "api")]
    assert.strictEqual(readyAt(hung), 30)
    assert.strictEqual(readyAt([...hung, ready(60, "api")]), 30)
    assert.strictEqual(readyAt([...hung, starts(60, "api", 2)]), undefined)
    assert.strictEqual(readyAt([starts(20, "api")]), undefined)
    assert.strictEqual(readyAt([starts(20, "api"), ready(30, "other")]), undefined)
    const before = { _tag: "Running", name: "api", run: 1, restarts: 0, crashes: 0, since: -50, readyAt: -50 } as const
    assert.strictEqual(readyAt([unready], { before }), -50)
  })

  it("counts what has happened in the last hour only", () => {
    const { latest } = timeline(crashing, { now: 3_600_050 })
    assert.deepStrictEqual(latest, { since: 50, runs: 1, crashes: 0, restarts: 1, restartsByHand: 0 })
  })

  it("tells equal failures in a row once, with their number, the first and the last", () => {
    const { failedAt, failures } = timeline([
      crashes(10, "api", 1),
      crashes(20, "api", 2),
      crashes(25, "other", 1),
      crashes(30, "api", 3),
      crashes(40, "api", 4, "timeout"),
      crashes(50, "api", 5)
    ])
    assert.deepStrictEqual(
      failures.map(({ cause, count, first, last, runs }) => [cause.message, count, runs, first, last]),
      [
        ["no connection", 3, [1, 3], 10, 30],
        ["timeout", 1, [4, 4], 40, 40],
        ["no connection", 1, [5, 5], 50, 50]
      ]
    )
    assert.deepStrictEqual(failedAt, [10, 20, 30, 40, 50])
  })

  it("tells a failure without a run, and a run that failed while it stopped, but no failure twice", () => {
    const cause = thrown("its dependency failed", "DependencyFailed")
    const { failures } = timeline([
      { _tag: "ServiceInterrupted", service: "api", run: 1, time: 10 },
      { _tag: "ServiceInterrupted", service: "api", run: 1, time: 20, cause: thrown("late") },
      fails(30, "api"),
      { _tag: "ServiceFailed", service: "api", run: 1, time: 40, cause }
    ])
    assert.deepStrictEqual(failures.map(({ cause, first }) => [cause.name, first]), [["Error", 20], [
      "DependencyFailed",
      40
    ]])
  })
})

describe("drawn", () => {
  it("leaves the segments as they are, where there is room", () => {
    const all = timeline(crashing)
    assert.strictEqual(drawn(all, 6), all.segments)
  })

  it("keeps the most telling of the short states in a place, and each long state", () => {
    const shown = drawn(timeline(crashing), 2)
    assert.deepStrictEqual(shown.map(({ from, state, to }) => [from, state, to]), [
      [10, "Backoff", 100],
      [100, "Running", 1000]
    ])
  })

  it("has no gap, no overlap, and no more than there is room for, whatever the times are", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(900), { maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (times, places) => {
        const facts = times.toSorted((a, b) => a - b).map((time, i) =>
          i % 2 === 0 ? starts(time, "api", i) : backs(time, "api", i)
        )
        const all = timeline(facts)
        const shown = drawn(all, places)
        assert.isAtMost(shown.length, 2 * places + 1)
        assert.deepStrictEqual(shown.slice(1).map(({ from }) => from), shown.slice(0, -1).map(({ to }) => to))
        assert.deepStrictEqual([shown[0]?.from, shown.at(-1)?.to], [all.segments[0]?.from, all.segments.at(-1)?.to])
      })
    )
  })
})
