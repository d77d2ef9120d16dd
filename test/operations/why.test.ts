import { assert, describe, it } from "@effect/vitest"
import type { View } from "../../src/operations/View.ts"
import { problems, why } from "../../src/operations/why.ts"
import { asked, crash, type Made, madeView, running, thrown } from "./made.ts"

const refused = thrown("connect ECONNREFUSED 127.0.0.1:5432\nand more")

const down: Made = { status: { _tag: "Backoff", since: 120_000, until: 128_000, crashes: 3, cause: refused } }

const waiting = (...names: ReadonlyArray<string>): Made => ({
  status: { _tag: "Waiting", waitingFor: names, since: 60_000 },
  dependsOn: names
})

const threeCrashes = [crash("database", 0), crash("database", 50_000), crash("database", 120_000)]

const outage = madeView({ database: down, api: waiting("database"), web: waiting("api") }, { events: threeCrashes })

const sentence = (view: View, path: string) => why(view, path)?.sentence

describe("why", () => {
  it("leads from what is seen to what it comes from", () => {
    const { chain, isWell, leftOut, roots, sentence } = why(outage, "web")!
    assert.deepStrictEqual(chain.map(({ name, sentence, state }) => [name, state, sentence]), [
      ["web", "Waiting", "web waits for api"],
      ["api", "Waiting", "api waits for database"],
      [
        "database",
        "Backoff",
        "database: next run in 8 s, crashed 3 times in 2 min, latest: Error: connect ECONNREFUSED 127.0.0.1:5432"
      ]
    ])
    assert.deepStrictEqual([isWell, leftOut, roots], [false, 0, ["database"]])
    assert.strictEqual(sentence, `${chain[0]!.sentence}; ${chain[2]!.sentence}`)
    assert.strictEqual(why(outage, "nobody"), undefined)
  })

  it("counts no crash before a run that was ready for long", () => {
    const ready = { _tag: "ServiceReady", service: "database", run: 2, time: 10_000, sequence: 3 } as const
    const view = { ...outage, events: [crash("database", 0), ready, crash("database", 120_000)] }
    assert.include(sentence(view, "database"), "next run in 8 s, crashed once, latest")
  })

  it("leads through names in a governor inside, to the paths of the services beside it", () => {
    const view = madeView({
      "in": { status: { _tag: "Starting" } },
      "in/a": waiting("b"),
      "in/b": down,
      "b": { status: running }
    })
    assert.deepStrictEqual(why(view, "in")!.chain.map(({ name }) => name), ["in", "in/a", "in/b"])
    assert.deepStrictEqual(why(view, "in")!.chain[0]!.because, { _tag: "InsideNotReady", names: ["in/a", "in/b"] })
  })

  it("leads from a service inside to the service around it, if that has no run", () => {
    const inside = { status: { _tag: "Stopped", outcome: "Stopped" } } as const
    const view = madeView({ "in": down, "in/deep": inside, "in/deep/reader": inside })
    const { chain, isWell } = why(view, "in/deep/reader")!
    assert.deepStrictEqual(chain.map(({ name }) => name), ["in/deep/reader", "in"])
    assert.isFalse(isWell)
  })

  it("names what has failed inside a governor that has failed", () => {
    const cause = thrown("governor \"in\" failed: its service \"a\" failed", "GovernorFailed")
    const view = madeView({
      "in": { status: { _tag: "Failed", cause } },
      "in/a": { status: { _tag: "Failed", cause: refused }, significant: true }
    })
    assert.include(sentence(view, "in"), ": in/a: Error: connect ECONNREFUSED")
  })

  it("leads to the dependencies that have failed", () => {
    const cause = thrown("its dependency failed", "DependencyFailed")
    const view = madeView({
      database: { status: { _tag: "Failed", cause: refused } },
      api: { status: { _tag: "Failed", cause }, dependsOn: ["database"] }
    })
    assert.deepStrictEqual(why(view, "api")!.roots, ["database"])
    assert.include(
      sentence(view, "api"),
      "api was not started, because database failed; database has failed, and is not restarted: Error"
    )
  })

  it("leads from a group to the service that takes it down", () => {
    const stopped = { status: { _tag: "Stopped", outcome: "Stopped" }, dependsOn: ["database"] } as const
    const events = [asked("api", "strategy")]
    for (const strategy of ["dependents", "one-for-all", "rest-for-one"] as const) {
      const view = madeView({ database: { ...down, strategy }, api: { ...stopped, strategy } }, { events })
      assert.deepStrictEqual(why(view, "api")!.roots, ["database"], strategy)
      assert.isFalse(why(view, "api")!.isWell)
    }
  })

  const table: ReadonlyArray<readonly [string, Made, boolean, string]> = [
    ["works", { status: running }, true, "a runs"],
    [
      "has crashed before",
      { status: { ...running, lastFailure: { run: 1, at: 0, cause: refused } } },
      true,
      "a runs; it crashed last 2 min ago: Error: connect ECONNREFUSED 127.0.0.1:5432"
    ],
    ["has completed", { status: { _tag: "Stopped", outcome: "Completed" } }, true, "a has completed"],
    ["was stopped", { status: { _tag: "Stopped", outcome: "Stopped" } }, true, "a was stopped"],
    ["was never started", { status: { _tag: "Pending" } }, true, "a was never started"],
    ["waits for one that was not added", waiting("b"), false, "a waits for b; b not added"],
    ["is starting", { status: { _tag: "Starting", startedAt: 0 } }, false, "a is starting"],
    [
      "has a time to start",
      { status: { _tag: "Starting", since: 119_000, startedAt: 119_000 }, startTimeout: 5000 },
      false,
      "a is starting, 4 s left"
    ],
    [
      "is not ready any more, which has no limit",
      { status: { _tag: "Starting", since: 119_000, startedAt: 0, reason: "no\nspace" }, startTimeout: 5000 },
      false,
      "a is not ready: no space"
    ],
    ["has a probe", { status: { _tag: "Starting" }, readiness: "probe" }, false, "a waits for its readiness probe"],
    [
      "stops by hand",
      { status: { _tag: "Stopping", reason: "stop", since: 110_000 }, stopTimeout: 30_000 },
      true,
      "a stops by hand, for 20 s more at most"
    ],
    [
      "takes too long",
      { status: { _tag: "Stopping", reason: "restart" }, stopTimeout: 30_000 },
      false,
      "a stops by hand, to begin again, and its time is over"
    ],
    [
      "is between two runs",
      { status: { _tag: "Backoff", until: 130_000 } },
      true,
      "a: next run in 10 s, the latest has completed"
    ]
  ]
  for (const [what, made, isWell, expected] of table) {
    it(`says it of a service that ${what}`, () => {
      const answer = why(madeView({ a: made }), "a")!
      assert.deepStrictEqual([answer.isWell, answer.sentence], [isWell, expected])
    })
  }

  it("ends for services that wait for one another, and does not list more than 200", () => {
    const circle = madeView({ a: waiting("b"), b: waiting("c"), c: waiting("a") })
    assert.deepStrictEqual(why(circle, "a")!.chain.map(({ name }) => name), ["a", "b", "c"])
    const long: Record<string, Made> = {}
    for (let i = 0; i < 100_000; i++) long[`s${i}`] = i === 99_999 ? down : waiting(`s${i + 1}`)
    const { chain, leftOut, roots } = why(madeView(long), "s0")!
    assert.deepStrictEqual([chain.length, leftOut, roots], [200, 99_800, ["s99999"]])
  })

  it("says in a shutdown whom a service waits for, and that this is well", () => {
    const view = madeView({
      database: { status: running },
      api: {
        status: { _tag: "Stopping", reason: "shutdown", since: 119_000 },
        dependsOn: ["database"],
        stopTimeout: 5000
      }
    }, { closing: { reason: { _tag: "AllOver" }, since: 119_000, until: 122_000 } })
    assert.strictEqual(
      sentence(view, "database"),
      "database runs until api has ended; api stops, because the governor shuts down, for 2 s more at most"
    )
    assert.deepStrictEqual(problems(view), [])
  })
})

describe("problems", () => {
  it("has one problem for one outage", () => {
    const [problem, ...others] = problems(outage)
    assert.deepStrictEqual(others, [])
    assert.deepStrictEqual([problem!.root, problem!.since, problem!.affects], ["database", 0, ["api", "web"]])
  })

  it("has the oldest first, and names each service once", () => {
    const view = madeView({
      database: down,
      cache: { status: { _tag: "Stopped", outcome: "Stopped", since: 5 } },
      api: waiting("database", "cache"),
      mail: { status: { _tag: "Failed", cause: refused, since: 3 } }
    })
    const found = problems(view).map(({ affects, root }) => [root, affects])
    assert.deepStrictEqual(found, [["mail", []], ["cache", ["api"]], ["database", []]])
  })

  it("has none if all is well, and one for services that wait for one another", () => {
    assert.deepStrictEqual(problems(madeView({ a: { status: running }, b: { status: { _tag: "Pending" } } })), [])
    const circle = madeView({ a: waiting("b"), b: waiting("a") })
    assert.deepStrictEqual(problems(circle).map(({ affects, root }) => [root, affects]), [["a", ["b"]]])
  })
})
