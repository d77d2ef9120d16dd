import { assert, describe, it } from "@effect/vitest"
import { progressOf } from "../../src/operations/progress.ts"
import type { Event, View } from "../../src/operations/View.ts"
import { type Made, madeView, running, thrown } from "./made.ts"
import { fails, starts, stopped, stops, told } from "./told.ts"

const reason = { _tag: "Signal", signal: "SIGTERM" } as const

const stopping = (since: number, stopTimeout?: number): Made => ({
  status: { _tag: "Stopping", reason: "shutdown", since },
  ...(stopTimeout !== undefined && { stopTimeout })
})

const begun = { _tag: "ShutdownStarted", time: 1000, reason, until: 11_000 } as const

const shop = {
  "database": { status: running },
  "api": { ...stopping(1010, 5000), dependsOn: ["database"] },
  "web": { ...stopping(1005, 20_000), dependsOn: ["api"] },
  "done": { status: { _tag: "Stopped", outcome: "Stopped", since: 1400 } },
  "gone": { status: { _tag: "Stopped", outcome: "Completed", since: 500 } }
} satisfies Record<string, Made>

const view = madeView(shop, {
  closing: { reason, since: 1000, until: 11_000 },
  events: told(starts(1, "done"), stopped(2, "gone"), begun, stops(1002, "done", "shutdown"), stopped(1400, "done")),
  now: 3000
})

const names = (view: View) => progressOf(view)!.stops.map(({ name }) => name)

describe("progressOf, while a shutdown goes on", () => {
  it("has who holds it up in front, then those that have not ended, then those that have", () => {
    const { heldUpBy, left, since, stops, until } = progressOf(view)!
    assert.deepStrictEqual(stops.map(({ name, state, took }) => [name, state, took]), [
      ["web", "Stopping", 1995],
      ["api", "Stopping", 1990],
      ["database", "Works", 0],
      ["done", "Stopped", 398]
    ])
    assert.deepStrictEqual([heldUpBy, left, since, until], ["web", 3, 1000, 11_000])
  })

  it("has each stop against its own limit, and that of the whole", () => {
    const limits = progressOf(view)!.stops.map(({ limit }) => limit)
    assert.deepStrictEqual(limits, [11_000, 6010, undefined, undefined])
  })

  it("says who waits for whom", () => {
    const inside = madeView({
      "out": stopping(1000),
      "out/a": { ...stopping(1001), dependsOn: ["b"] },
      "out/b": { status: running },
      "later": { status: running },
      "later/x": { status: running },
      "api": { ...stopping(1002), dependsOn: ["later"] }
    }, { closing: { reason, since: 1000 } })
    const waits = progressOf(inside)!.stops.map(({ name, waitsFor }) => [name, waitsFor])
    assert.deepStrictEqual(Object.fromEntries(waits), {
      "out": ["out/a", "out/b"],
      "out/a": [],
      "out/b": ["out/a"],
      "later": ["api"],
      "later/x": ["later"],
      "api": []
    })
    assert.deepStrictEqual([progressOf(inside)!.heldUpBy, names(inside)[0]], ["out/a", "out/a"])
  })

  it("tells who was abandoned from who has failed", () => {
    const cause = thrown("no connection")
    const failed = { _tag: "Failed", since: 1500, cause } as const
    const abandoned: Event = { _tag: "ServiceAbandoned", service: "a", run: 1, time: 1500, sequence: 2, cause }
    const { stops: found } = progressOf(
      madeView({ a: { status: failed }, b: { status: failed } }, {
        closing: { reason, since: 1000 },
        events: [...told(begun), abandoned, ...told(fails(1500, "a"), fails(1500, "b"))]
      })
    )!
    assert.deepStrictEqual(found.map(({ cause, name, state }) => [name, state, cause?.message]), [
      ["a", "Abandoned", "no connection"],
      ["b", "Failed", "no connection"]
    ])
  })

  it("does not count as ended what has begun again since", () =>
    assert.deepStrictEqual(
      progressOf({ ...view, events: told(begun, stopped(1200, "database")) })!.stops.map(({ state }) => state),
      ["Stopping", "Stopping", "Works"]
    ))

  it("does not count what ended before, also where that is not told any more", () =>
    assert.deepStrictEqual(names({ ...view, events: told(stopped(900, "gone"), stopped(1400, "done")) }), [
      "web",
      "api",
      "database",
      "done"
    ]))
})

describe("progressOf, when a shutdown is over", () => {
  const report = {
    ok: false,
    reason,
    duration: 2000,
    services: [
      { name: "api", outcome: "Stopped", duration: 100 },
      { name: "database", outcome: "Abandoned", duration: 1900, cause: thrown("too late") }
    ]
  } as const
  const over = (events: ReadonlyArray<Event>) => progressOf(madeView(shop, { events, now: 99_000 }))!
  const completed = { _tag: "ShutdownCompleted", time: 3000, report } as const

  it("has the report, the slowest first", () => {
    const progress = over(told(begun, stops(1000, "api", "shutdown"), stopped(1100, "api"), completed))
    assert.deepStrictEqual(
      progress.stops.map(({ asked, ended, name, state, took }) => [name, state, took, asked, ended]),
      [
        ["database", "Abandoned", 1900, undefined, undefined],
        ["api", "Stopped", 100, 1000, 1100]
      ]
    )
    assert.deepStrictEqual([progress.since, progress.until, progress.over, progress.left], [
      1000,
      11_000,
      { at: 3000, ok: false },
      0
    ])
    assert.strictEqual(progress.sentence, "ended in 2 s; database was abandoned")
  })

  it("says in words how it went", () => {
    const well = { ...report, ok: true, services: report.services.slice(0, 1) }
    assert.strictEqual(over(told({ ...completed, report: well })).sentence, "all ended well in 2 s")
    assert.strictEqual(
      over(told({ ...completed, report: { ...well, ok: false } })).sentence,
      "ended in 2 s; not all ended well"
    )
  })

  it("is nothing of a governor inside, and nothing if there was no shutdown", () => {
    assert.isUndefined(progressOf(madeView(shop, { events: told({ ...completed, governor: "ingest" }) })))
    assert.isUndefined(progressOf(madeView(shop)))
  })
})
