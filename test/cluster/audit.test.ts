import { describe, expect, it } from "vitest"
import { brokenIn, inWords, type Options, type Row, runsOf, staleIn, type Violation, violationsIn } from "./audit.ts"

/** Rows in short: `"0 a begin 1, 5 a write 1"` is two rows of the service `s`, at 0 and 5 ms. `a'` is node a with another pid. */
const rowsOf = (history: string): ReadonlyArray<Row> =>
  history.split(", ").map((row) => {
    const [at, who = "", what, epoch, service = "s"] = row.split(" ")
    const node = who.replace("'", "")
    const pid = node.charCodeAt(0) * 10 + (who === node ? 0 : 1)
    return { at: Number(at), node, pid, service, epoch: Number(epoch), what: what as Row["what"] }
  })

const a = { node: "a", pid: 970 }
const b = { node: "b", pid: 980 }
const died = (at: number): Options => ({ died: new Map([[a.pid, at]]) })

describe("a history without a violation", () => {
  it.each<[what: string, history: string, options?: Options]>([
    ["is one run", "0 a begin 1, 5 a write 1, 6 a guarded 1, 9 a end 1"],
    ["is a run that goes on", "0 a begin 1, 5 a write 1"],
    ["moves", "0 a begin 1, 9 a end 1, 10 b begin 2, 12 b end 2, 13 c begin 3"],
    ["moves within a millisecond", "0 a begin 1, 9 a end 1, 9 b begin 2"],
    ["comes in any order", "10 b begin 2, 9 a end 1, 0 a begin 1"],
    ["is one node that restarts its service", "0 a begin 1, 9 a end 1, 9 a begin 2"],
    ["leaves epochs out: a node that died after its bump", "0 a begin 1, 9 a end 1, 10 b begin 7"],
    ["has a refused write: the next owner has bumped", "0 a begin 1, 5 a refused 1, 9 a end 1, 10 b begin 2"],
    ["has two services", "0 a begin 4, 1 b begin 1 t, 5 a guarded 4, 6 b guarded 1 t"],
    ["has a node that was killed", "0 a begin 1, 5 a write 1, 10 b begin 2", died(7)],
    [
      "has its last statement, which the database did after the kill",
      "0 a begin 1, 8 a write 1, 10 b begin 2",
      died(7)
    ],
    ["has a node that was killed, and came back", "0 a begin 1, 10 a' begin 2, 11 a' end 2", died(7)],
    ["has a pid that was used again", "0 a begin 1, 5 a end 1, 10 a begin 2, 15 a end 2, 16 b begin 3", died(7)]
  ])("%s", (_, history, options) => {
    expect(violationsIn(rowsOf(history), options)).toEqual([])
  })
})

const overlap = (from: number, millis: number): Violation => ({
  _tag: "Overlap",
  service: "s",
  stale: { ...a, epoch: 1 },
  owner: { ...b, epoch: 2 },
  from,
  millis
})

describe("two owners at one time", () => {
  it.each<[what: string, history: string, millis: number, options?: Options]>([
    ["the first ends late", "0 a begin 1, 10 b begin 2, 13 a end 1", 3],
    ["the first ends after the second", "0 a begin 1, 10 b begin 2, 14 b end 2, 20 a end 1", 4],
    ["neither has ended", "0 a begin 1, 10 b begin 2, 17 b write 2", 7],
    ["neither has ended, and more is known of the time", "0 a begin 1, 10 b begin 2", 90, { until: 100 }],
    ["the first was killed later", "0 a begin 1, 10 b begin 2, 15 b write 2", 2, died(12)],
    [
      "the first was killed, and what it had sent was done later",
      "0 a begin 1, 10 b begin 2, 12 a write 1, 15 b write 2",
      2,
      died(7)
    ],
    ["a pid is killed before it is used again", "5 a begin 1, 10 b begin 2, 15 b write 2", 5, died(2)],
    ["another was killed", "0 a begin 1, 10 b begin 2, 15 a end 1", 5, { died: new Map([[1, 5]]) }]
  ])("%s", (_, history, millis, options) => {
    expect(violationsIn(rowsOf(history), options)).toEqual([overlap(10, millis)])
  })

  it("are found where a third runs in between", () => {
    const found = violationsIn(rowsOf("0 a begin 1, 10 b begin 2, 12 b end 2, 20 c begin 3, 25 a end 1"))
    expect(found).toMatchObject([overlap(10, 2), { owner: { node: "c" }, from: 20, millis: 5 }])
  })

  it("are allowed where the one that should have ended may be late, and only there", () => {
    const rows = rowsOf("0 a begin 1, 10 b begin 2, 13 a end 1")
    const asked: Array<unknown> = []
    const allow = (answer: boolean) =>
      violationsIn(rows, {
        allowOverlapOf: (...question) => {
          asked.push(question)
          return answer
        }
      })
    expect(allow(true)).toEqual([])
    expect(allow(false)).toEqual([overlap(10, 3)])
    expect(asked[0]).toEqual(["s", "a", 3])
  })

  it("are one that is stale and one that is not: the lower epoch is stale, even if its run began later", () => {
    const rows = rowsOf("0 b begin 2, 10 a begin 1, 12 a end 1")
    expect(violationsIn(rows)).toContainEqual(overlap(10, 2))
    expect(violationsIn(rows, { allowOverlapOf: (_, node) => node === "a" })).toEqual([])
    expect(violationsIn(rows, { allowOverlapOf: (_, node) => node === "b" })).toHaveLength(2)
  })
})

describe("a stale guarded write", () => {
  it.each([
    ["of a run that goes on", "0 a begin 1, 10 b begin 2, 11 a guarded 1, 12 a end 1"],
    ["of a run that has ended", "0 a begin 1, 5 a end 1, 10 b begin 2, 11 a guarded 1"],
    ["of the same node", "0 a begin 1, 5 a end 1, 10 a begin 2, 11 a guarded 1"],
    ["within the millisecond", "0 a begin 1, 5 a end 1, 11 b begin 2, 11 a guarded 1"]
  ])("is found: %s", (_, history) => {
    expect(violationsIn(rowsOf(history), { allowOverlapOf: () => true })).toEqual([
      { _tag: "StaleGuardedWrite", service: "s", ...a, epoch: 1, newest: 2, at: 11 }
    ])
  })

  it.each([
    ["not guarded", "0 a begin 1, 10 b begin 2, 11 a write 1, 12 a end 1"],
    ["refused", "0 a begin 1, 10 b begin 2, 11 a refused 1, 12 a end 1"],
    ["of another service", "0 a begin 1, 10 b begin 2 t, 11 a guarded 1, 12 a end 1"],
    ["done before the next began", "0 a begin 1, 10 a guarded 1, 10 b begin 2, 12 a end 1"]
  ])("is none: %s", (_, history) => {
    expect(violationsIn(rowsOf(history), { allowOverlapOf: () => true })).toEqual([])
  })
})

describe("epochs that do not grow", () => {
  it.each([
    ["the same twice", "0 a begin 3, 5 a end 3, 10 b begin 3", 3],
    ["a lower one", "0 a begin 3, 5 a end 3, 10 b begin 2", 2],
    ["lower than one before the last", "0 c begin 3, 5 c end 3, 6 b begin 4, 7 b end 4, 10 b begin 3", 3]
  ])("are found: %s", (_, history, epoch) => {
    expect(violationsIn(rowsOf(history))).toMatchObject([{ _tag: "EpochNotGrown", ...b, epoch, at: 10 }])
  })

  it("are allowed of a node that may be late, but not the same epoch twice", () => {
    const allowed: Options = { allowOverlapOf: () => true }
    expect(violationsIn(rowsOf("0 b begin 2, 10 a begin 1, 11 a end 1"), allowed)).toEqual([])
    expect(violationsIn(rowsOf("0 b begin 2, 10 a begin 2, 11 a end 2"), allowed)).toMatchObject([
      { _tag: "EpochNotGrown", ...a, epoch: 2, before: 2 }
    ])
  })
})

describe("two runs on one node", () => {
  it.each<[what: string, history: string, options?: Options]>([
    ["the first has no end", "0 a begin 1, 10 a begin 2, 15 a end 2, 20 b begin 3"],
    ["the first ends later", "0 a begin 1, 10 a begin 2, 12 a end 1, 15 a end 2, 20 b begin 3"],
    ["of two processes", "0 a begin 1, 10 a' begin 2, 15 a' end 2"],
    ["of two processes, the first killed later", "0 a begin 1, 10 a' begin 2, 15 a' end 2", died(12)]
  ])("are found: %s", (_, history, options) => {
    expect(violationsIn(rowsOf(history), options)).toMatchObject([
      { _tag: "TwoRuns", service: "s", node: "a", epochs: [1, 2], at: 10 }
    ])
  })
})

it("a write that was under way when its run ended breaks nothing, but a stale guarded one does", () => {
  expect(brokenIn(rowsOf("0 a begin 1, 5 a end 1, 6 a write 1, 7 a guarded 1"))).toEqual([])
  const rows = rowsOf("0 a begin 1, 5 a end 1, 6 b begin 2, 7 a write 1, 8 a guarded 1")
  expect(brokenIn(rows)).toMatchObject([{ _tag: "StaleGuardedWrite", at: 8 }])
  expect([staleIn(rows, "write"), staleIn(rows, "guarded")]).toMatchObject([[{ at: 7 }], [{ at: 8 }]])
})

describe("work outside of a run", () => {
  it.each<[string, string, Row["what"]]>([
    ["before any", "1 a write 1, 2 a begin 1", "write"],
    ["after its end", "0 a begin 1, 5 a end 1, 6 a write 1", "write"],
    ["with the epoch of nobody", "0 a begin 1, 6 a guarded 2", "guarded"],
    ["of another process", "0 a begin 1, 6 a' write 1", "write"],
    ["a second end", "0 a begin 1, 5 a end 1, 6 a end 1", "end"]
  ])("is found: %s", (_, history, what) => {
    expect(violationsIn(rowsOf(history))).toMatchObject([{ _tag: "OutsideRun", node: "a", what }])
  })
})

describe("a service that nobody runs", () => {
  const late: Options = { until: 100, atMostAway: 50 }

  it.each<[what: string, history: string, since: number, options?: Options]>([
    ["it has ended", "0 a begin 1, 49 a end 1", 49],
    ["its node was killed", "0 a begin 1", 40, died(40)],
    ["the last of two has ended", "0 a begin 1, 9 a end 1, 10 b begin 2, 49 b end 2", 49]
  ])("is found: %s", (_, history, since, options) => {
    expect(violationsIn(rowsOf(history), { ...late, ...options })).toEqual([
      { _tag: "Nowhere", service: "s", since, millis: 100 - since }
    ])
  })

  it("is found behind a run that has no end, when its node began another", () => {
    const found = violationsIn(rowsOf("0 a begin 1, 10 a begin 2, 49 a end 2"), late)
    expect(found).toMatchObject([{ _tag: "TwoRuns" }, { _tag: "Nowhere", since: 49 }])
  })

  it("is found if nobody ever ran it, and it is known", () => {
    expect(violationsIn(rowsOf("20 a begin 1"), { ...late, services: ["s", "t"] })).toEqual([
      { _tag: "Nowhere", service: "t", since: 20, millis: 80 }
    ])
    expect(violationsIn([], { ...late, services: ["t"] })).toMatchObject([{ _tag: "Nowhere", service: "t" }])
  })

  it.each<[what: string, history: string, options?: Options]>([
    ["it runs", "0 a begin 1"],
    ["it was away for long, and is back", "0 a begin 1, 1 a end 1, 90 b begin 2"],
    ["not for long enough", "0 a begin 1, 50 a end 1"],
    ["nobody asks", "0 a begin 1, 1 a end 1", { until: 100, atMostAway: Infinity }]
  ])("is none: %s", (_, history, options) => {
    expect(violationsIn(rowsOf(history), { ...late, ...options })).toEqual([])
  })
})

it("knows each run, from its beginning to its end, for those who measure", () => {
  const rows = rowsOf("0 a begin 1, 4 a write 1, 10 b begin 2, 12 b end 2, 13 c begin 3")
  expect(runsOf(rows, died(6))).toMatchObject([
    { node: "a", epoch: 1, begun: 0, over: 6 },
    { node: "b", epoch: 2, begun: 10, over: 12 },
    { node: "c", epoch: 3, begun: 13, over: undefined }
  ])
})

it("says first what came first", () => {
  const found = violationsIn(rowsOf("0 a begin 1, 5 a write 9, 10 b begin 2, 13 a end 1, 14 b begin 3, 15 a write 9"))
  expect(found.map(({ _tag }) => _tag)).toEqual(["OutsideRun", "Overlap", "TwoRuns", "OutsideRun"])
})

it("says what is wrong in words", () => {
  const history = "0 a begin 1, 10 b begin 2, 11 a guarded 1, 13 a end 1, 14 a write 1, 15 b begin 2"
  expect(violationsIn(rowsOf(history), { until: 200, atMostAway: 10, services: ["s", "t"] }).map(inWords)).toEqual([
    "s: a (pid 970, epoch 1) and b (pid 980, epoch 2) both ran it for 3 ms from 10",
    "s: a (pid 970, epoch 1) did a guarded write at 11, when epoch 2 had begun",
    "s: a (pid 970, epoch 1) wrote \"write\" at 14, when it had no such run",
    "s: b (pid 980, epoch 2) began at 15, when epoch 2 had begun",
    "s: b (pid 980, epoch 2) began at 15, when its run with epoch 2 had not ended",
    "t: nobody has run it since 0, for 200 ms"
  ])
})
