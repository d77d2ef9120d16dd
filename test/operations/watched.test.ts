/** What is told of a real governor: how it came up, what has become of its services, and how it goes down. */
import { assert, describe, it } from "vitest"
import { sightOf } from "../../src/internal/sight.ts"
import { viewOf } from "../../src/internal/view.ts"
import { chainOf } from "../../src/operations/chain.ts"
import { progressOf } from "../../src/operations/progress.ts"
import { timelineOf } from "../../src/operations/timeline.ts"
import type { View } from "../../src/operations/View.ts"
import { Governor, type GovernorEvent } from "../../src/promise/index.ts"
import { TestGovernor } from "../../src/testing/index.ts"

/** A shop whose database is ready in its second run. All times are those of the test. */
const shop = () => {
  const governor = new TestGovernor({ shutdownTimeout: "10 seconds", stopTimeout: "5 seconds" })
  const events: Array<GovernorEvent> = []
  governor.onEvent((event) => events.push(event), { tree: true })
  const database = governor.probe("database", { readiness: "manual", restart: "2 seconds" })
  const api = governor.probe("api", { readiness: "manual", dependsOn: ["ingest", "database"] })
  governor.add(
    "ingest",
    Governor.asService((ingest) => {
      ingest.add("reader", async ({ ready, sleep }) => {
        await sleep("3 seconds")
        ready()
        await sleep("Infinity")
      }, { readiness: "manual" })
    }),
    { dependsOn: ["database"] }
  )
  const view = (): View => Object.assign(viewOf(sightOf(governor)), { events })
  return { api, database, governor, view }
}

/** Until all are ready: the database after 1 s of its second run, the reader 3 s after that, the api 1 s after that. */
const begun = async () => {
  const all = shop()
  all.governor.start()
  await all.governor.advance("1 second")
  all.database.crash(new Error("refused"))
  await all.governor.advance("3 seconds")
  all.database.ready()
  await all.governor.advance("4 seconds")
  all.api.ready()
  return all
}

describe("what is told of a real governor", () => {
  it("is how it came up", async () => {
    const { governor, view } = await begun()
    const { isWhole, sentence, starts } = chainOf(view())!
    assert.strictEqual(sentence, "all ready after 8 s: database 4 s, then ingest/reader 3 s, then api 1 s")
    assert.deepStrictEqual(
      starts.map(({ name, paused, runs, waited, worked }) => [name, waited, worked, paused, runs]),
      [
        ["database", 0, 2000, 2000, 2],
        ["api", 7000, 1000, 0, 1],
        ["ingest", 4000, 3000, 0, 1],
        ["ingest/reader", 0, 3000, 0, 1]
      ]
    )
    assert.isTrue(isWhole)
    await governor.shutdown()
  })

  it("is the same from the statuses alone, but for what has restarted", async () => {
    const { governor, view } = await begun()
    const chain = chainOf({ ...view(), events: [] })!
    assert.deepStrictEqual(chain.starts.map(({ name, worked }) => [name, worked]), [
      ["ingest", 3000],
      ["ingest/reader", 3000],
      ["api", 1000]
    ])
    assert.deepStrictEqual(chain.critical.map(({ name, took }) => [name, took]), [
      ["ingest", 0],
      ["ingest/reader", 3000],
      ["api", 1000]
    ])
    await governor.shutdown()
  })

  it("is what has become of a service", async () => {
    const { governor, view } = await begun()
    const { events, now } = view()
    const begin = events[0]!.time
    const { failures, latest, segments } = timelineOf({ events, from: begin, now, path: "database" })
    assert.deepStrictEqual(segments.map(({ run, state, from, to }) => [state, run, from - begin, to - begin]), [
      ["Starting", 1, 0, 1000],
      ["Backoff", 1, 1000, 3000],
      ["Starting", 2, 3000, 4000],
      ["Running", 2, 4000, 8000]
    ])
    assert.deepStrictEqual(failures.map(({ cause, count }) => [cause.message, count]), [["refused", 1]])
    assert.deepStrictEqual([latest.runs, latest.crashes, latest.restarts, latest.restartsByHand], [2, 1, 1, 0])
    await governor.shutdown()
  })

  it("is how it goes down", async () => {
    const { api, database, governor, view } = await begun()
    api.hang()
    database.hang()
    const down = governor.shutdown()
    await governor.advance("2 seconds")
    const progress = () => progressOf(view())!
    assert.deepStrictEqual(progress().stops.map(({ name, state, waitsFor }) => [name, state, waitsFor]), [
      ["api", "Stopping", []],
      ["database", "Works", ["api", "ingest"]],
      ["ingest", "Works", ["api"]],
      ["ingest/reader", "Works", ["ingest"]]
    ])
    const { heldUpBy, since, stops, until } = progress()
    assert.deepStrictEqual([heldUpBy, until! - since, stops[0]!.limit! - since, stops[0]!.took], [
      "api",
      10_000,
      5000,
      2000
    ])
    api.release()
    await governor.advance("6 seconds")
    const report = await down
    assert.strictEqual(progress().sentence, "ended in 7 s; database was abandoned")
    assert.sameDeepMembers(
      progress().stops.map(({ name, state, took }) => [name, state, took]),
      report.services.map(({ duration, name, outcome }) => [name, outcome, duration])
    )
    assert.deepStrictEqual(progress().stops[0]!.name, "database")
  })
})
