/** The benchmark measures what it says: its plan, its numbers, its pages, and that each peer does what is asked of it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chart } from "../bench/chart.ts"
import { measure, measureStep, missing } from "../bench/measure.ts"
import type { Engine, Work } from "../bench/peers/Engine.ts"
import { peers } from "../bench/peers/index.ts"
import { type Options, planOf } from "../bench/plan.ts"
import { ratiosOf, type Results, type Series, textOf } from "../bench/Results.ts"
import { median, quantile } from "../bench/statistics.ts"
import { page, seriesTable, shown } from "../bench/table.ts"
import { judge } from "../bench/targets.ts"
import { workloads } from "../bench/workloads/index.ts"

const tiny = { count: 20, millis: 30 }

describe("each peer", () => {
  it.concurrent.each(Object.keys(peers).filter((peer) => !(peer in missing())))(
    "%s starts and stops all",
    async (peer) => {
      const figures = await measure(peer, "idle", tiny)
      expect(figures?.["start, µs each"]).toBeGreaterThan(0)
      expect(figures?.["stop, µs each"]).toBeGreaterThan(0)
    }
  )
})

describe("each workload", () => {
  /** Of the peers that do few of the workloads, each; else ours. */
  const measured = Object.entries(workloads).flatMap(([workload, { peers = ["governor"] }]) =>
    peers.map((peer) => [workload, peer] as const)
  )

  it.concurrent.each(measured)("%s has all its counts right: %s", async (workload, peer) => {
    const figures = await measure(peer, workload, {
      ...tiny,
      count: Math.min(20, workloads[workload]!.counts[0]!)
    })
    expect(Object.values(figures!).filter((value) => typeof value !== "number")).toEqual([])
    expect(Object.keys(figures!).length).toBeGreaterThan(0)
  })

  it("tells which process failed, and why", async () => {
    await expect(measure("nact", "sleepers", tiny)).rejects.toThrow(
      "nact, sleepers, 20 services: a message that is being"
    )
  })

  it("has no figures of a peer that is not done in time, says why, and goes on", async () => {
    const step = { workload: "idle", counts: [20, 30], peers: ["raw"], leftOut: { nact: "it is small" } }
    const plan = { rounds: 2, millis: 30, steps: [step], imports: false }
    const leftOut = { nact: "it is small", raw: "not done after 0.001 s" }
    expect(await measureStep(step, plan, () => {}, 1)).toEqual([
      { workload: "idle", count: 20, rounds: { raw: [] }, leftOut },
      { workload: "idle", count: 30, rounds: { raw: [] }, leftOut }
    ])
  })
})

describe("a wrong count", () => {
  /** Begins and ends that many more than it should; negative: less. */
  const wrong = (begun: number, ended: number, after = 0): Engine => {
    const start: Engine["start"] = async ({ count, work }) => {
      const waits = work as Extract<Work, { then: "wait" }>
      for (let i = 0; i < count + begun; i++) waits.begin()
      return {
        stop: async () => {
          for (let i = 0; i < count + ended; i++) waits.ended?.()
          for (let i = 0; i < after; i++) setTimeout(waits.begin)
        }
      }
    }
    return { start, nest: (fleet) => start({ ...fleet, count: 1 }) }
  }

  /** Says that so many services are running. */
  const saying = (running: number, others: number): Engine => ({
    start: async () => ({
      stop: async () => {},
      restart: async () => {},
      status: () => [
        ...Array.from({ length: running }, () => ({ _tag: "Running" })),
        ...Array.from({ length: others }, () => ({ _tag: "Starting" }))
      ]
    })
  })

  it.each([
    ["idle", wrong(-1, 0), "wrong count: 19 services began, not 20"],
    ["idle", wrong(1, 0), "wrong count: 21 services began, not 20"],
    ["idle", wrong(0, -1), "wrong count: 19 services ended, not 20"],
    ["idle", wrong(0, 0, 1), "wrong count: 21 services began, some after the stop, not 20"],
    ["onInterrupt", wrong(0, -1), "wrong count: 19 services ended, not 20"],
    ["finalizer", wrong(0, 1), "wrong count: 21 services ended, not 20"],
    ["backoff", wrong(-1, 0), "wrong count: 19 services began, not 20"],
    ["backoff", wrong(0, 0, 2), "wrong count: 22 runs, some after the stop, not 20"],
    ["storm 1 returned", wrong(0, 0), "wrong count: 20 runs, and 0 restarts"],
    ["sleepers stop", wrong(0, 0), "wrong count: no wake-ups"],
    ["sleepers", wrong(-20, 0), "wrong count: 0 services began, not 20"],
    ["nested", wrong(-1, 0), "wrong count: 0 services began, not 1"],
    ["nested", wrong(0, -1), "wrong count: 0 services ended, not 1"],
    ["nested", wrong(0, 0, 1), "wrong count: 2 services began, some after the stop, not 1"],
    ["nested", { start: wrong(0, 0).start }, "no governors"],
    ["probes", wrong(0, 0), "no probes"],
    [
      "probes",
      { start: wrong(0, 0).start, probe: async () => ({ stop: async () => {} }) },
      "wrong count: 0 checks, not 20"
    ],
    ["status", wrong(0, 0), "no status"],
    ["status", saying(19, 0), "wrong count: 19 statuses, not 20"],
    ["status", saying(19, 1), "wrong count: 19 services run in what was written, not 20"]
  ])("fails %s", async (workload, engine, message) => {
    await expect(workloads[workload]!.measure(engine, tiny)).rejects.toThrow(message)
  })

  it.each(["log throwing", "log console", "log json"])("of lines fails %s", async (workload) => {
    const silent: Engine = {
      start: async ({ work }) => {
        const restart = setInterval(() => {
          try {
            work.begin()
          } catch {
            // and nothing is logged
          }
        })
        return { stop: async () => clearInterval(restart) }
      }
    }
    const measured = workloads[workload]!.measure(silent, { ...tiny, count: 1 })
    await expect(measured).rejects.toThrow(/^wrong count: \d+ runs, and only 0 lines$/)
  })
})

describe("statistics", () => {
  it.each([
    [[1], 0.5, 1],
    [[3, 1, 2], 0.5, 2],
    [[4, 3, 1, 2], 0.5, 3],
    [[10, 9, 8], 0.99, 10],
    [[1, 2], 0, 1],
    [[], 0.5, Number.NaN]
  ])("of %j the quantile %d is %d", (values, part, expected) => {
    expect(quantile(values, part)).toBe(expected)
  })

  it("the ratio is the median of those of each round, not that of the medians", () => {
    const [ours, theirs] = [[10, 40, 90], [100, 20, 30]]
    expect(ratiosOf(ours, theirs)).toEqual([0.1, 2, 3])
    expect(median(ratiosOf(ours, theirs))).toBe(2)
  })

  it.each([[0.123, "0.12"], [12.34, "12.3"], [1234.5, "1,235"], [12, "12"], [-3.456, "-3.46"]])(
    "%d is %s",
    (value, text) => {
      expect(shown(value)).toBe(text)
    }
  )
})

describe("the plan", () => {
  const lines = (options: Options, missing = {}) =>
    planOf(options, missing).steps.map(({ counts, peers, workload }) =>
      [workload, counts.join(), peers.join()].join(": ")
    )

  it("has every workload and every peer", () => {
    const { imports, rounds, steps } = planOf({})
    expect([imports, rounds, steps.map(({ workload }) => workload)]).toEqual([true, 5, Object.keys(workloads)])
    expect(steps[0]!.peers).toEqual(Object.keys(peers))
    expect(steps[0]!.counts).toEqual([1000, 10_000, 100_000])
  })

  it("is shorter when it has to be quick", () => {
    expect(planOf({ quick: true }).rounds).toBe(1)
    expect(lines({ quick: true, workload: "idle", pair: "facade" })).toEqual(["idle: 10000: facade,handWritten"])
  })

  it.each<[Options, ReadonlyArray<string>]>([
    [{ pair: "governor", workload: "idle" }, ["idle: 100000: governor,raw"]],
    [{ pair: "facade", workload: "idle", count: [5000] }, ["idle: 5000: facade,handWritten"]],
    [{ pair: "governor", peer: ["lean"], workload: "crash" }, ["crash: 1: governor,raw,lean"]],
    [{ peer: ["nact"], workload: "storm 1" }, ["storm 1 threw: 1: nact", "storm 100 threw: 100: nact"]],
    [{ count: [5], workload: "onInterrupt" }, ["onInterrupt: 5: governor,raw,fiberMap,lean"]],
    [
      { workload: "log", pair: "governor" },
      ["none", "throwing", "console", "json"].map((log) => `log ${log}: 1: governor,raw`)
    ],
    [{ workload: "nested" }, ["nested: 200,400: governor,facade"]],
    [{ count: [5], quick: true, workload: "nested" }, ["nested: 5: governor,facade"]],
    [{ count: [10, 20], workload: "chain" }, ["chain: 10,20: governor,facade"]],
    [{ count: [5000], workload: "storm 100 t", pair: "governor" }, ["storm 100 threw: 100: governor,raw"]]
  ])("of %j is %j", (options, expected) => {
    expect(lines(options)).toEqual(expected)
    expect(planOf(options).imports).toBe(false)
  })

  it("says why a peer is left out", () => {
    const { steps } = planOf({}, { erlang: "there is no erl" })
    const [idle, backoff] = ["idle", "backoff"].map((name) => steps.find(({ workload }) => workload === name))
    expect(idle!.leftOut).toEqual({ erlang: "there is no erl" })
    expect(idle!.peers).not.toContain("erlang")
    expect(Object.keys(backoff!.leftOut)).toEqual(["nact", "erlang"])
  })

  it.each([[{ workload: "nothing" }], [{ pair: "raw" }], [{ peer: ["nobody"] }]])("of %j there is none", (options) => {
    expect(() => planOf(options)).toThrow(/^no (workload|pair|peer) ".*", but /)
  })
})

const series = (
  workload: string,
  count: number,
  figures: Record<string, ReadonlyArray<number>>,
  figure: string
): Series => ({
  workload,
  count,
  rounds: Object.fromEntries(
    Object.entries(figures).map(([peer, values]) => [peer, values.map((value) => ({ [figure]: value }))])
  ),
  leftOut: { nact: "it has no restart delay" }
})

const results = (all: ReadonlyArray<Series>): Results => ({
  date: "2026-01-02",
  machine: "Some <fast> & small machine",
  versions: { node: "26.0.0" },
  rounds: 3,
  series: all
})

const restarts = series("storm 1 threw", 1, { governor: [4, 5, 6], raw: [10, 10, 5] }, "restart, ns")
const starts = series("idle", 1000, { governor: [1], raw: [2], facade: [7], handWritten: [3] }, "start, µs each")
const moreStarts = series("idle", 10_000, { governor: [2], raw: [2], facade: [6], handWritten: [3] }, "start, µs each")

const verdictsOf = (all: ReadonlyArray<Series>) =>
  judge(all).map(({ against, isMet, measured, must, ours, what }) => {
    const figure = typeof measured === "string" ? measured : measured.median
    return [ours, what, against, must, figure, isMet]
  })

describe("the page", () => {
  it("has a row for each peer, with the least and the most, and the ratio to the peer of ours", () => {
    expect(seriesTable(restarts)).toBe(`\
|                           | restart, ns      |
| ------------------------- | ---------------- |
| effect-governor           | 5 (4–6) **0.50** |
| Effect, forkIn and repeat | 10 (5–10)        |
`)
  })

  it("has the reason where there are no figures", () => {
    const series = { ...restarts, leftOut: { raw: "not done after 60 s", nact: "it is small" } }
    expect(seriesTable({ ...series, rounds: { ...series.rounds, raw: [] } })).toBe(`\
|                           | restart, ns         |
| ------------------------- | ------------------- |
| effect-governor           | 5 (4–6)             |
| Effect, forkIn and repeat | not done after 60 s |
`)
    expect(seriesTable({ ...series, rounds: { raw: [] } })).toBe(`\
|                           | –                   |
| ------------------------- | ------------------- |
| Effect, forkIn and repeat | not done after 60 s |
`)
    const text = page(results([{ ...series, rounds: { raw: [] } }]))
    expect(text).not.toContain("Without Effect, forkIn and repeat")
    expect(text).toContain("Without nact: it is small.")
  })

  it("says who was left out, and on what it was measured", () => {
    const text = page(results([restarts]))
    expect(text).toContain("Without nact: it has no restart delay.")
    expect(text).toContain("Some <fast> & small machine; node 26.0.0.")
  })

  it("compares the facade with the core where only those two are measured, and imports with that of effect/Effect", () => {
    const events = series("events", 1, { governor: [10], facade: [30] }, "event with one listener, ns")
    expect(seriesTable(events)).toContain("| effect-governor/promise | 30 **3.00** ")
    const imports = series("import", 1, { "effect/Effect": [50], "effect-governor/promise": [60] }, "import, ms")
    expect(seriesTable(imports)).toContain("| 60 **1.20** |")
    expect(verdictsOf([events, imports])).toEqual([
      ["effect-governor/promise", "events: event with one listener, ns", "effect-governor", 3.3, 3, true],
      ["effect-governor/promise", "import: import, ms", "effect/Effect", 1.17, 1.2, false]
    ])
  })

  it("judges the largest number that was measured, those with a target of their own, and how much it grows", () => {
    expect(verdictsOf([starts, moreStarts, restarts])).toEqual([
      ["effect-governor", "idle: start, µs each, of 10,000", "Effect, forkIn and repeat", 0.6, 1, false],
      ["effect-governor", "idle: start, µs each, of 1,000", "Effect, forkIn and repeat", 1, 0.5, true],
      ["effect-governor", "storm 1 threw: restart, ns", "Effect, forkIn and repeat", 0.63, 0.5, true],
      ["effect-governor/promise", "idle: start, µs each, of 10,000", "promise loop by hand", 2.3, 2, true],
      ["effect-governor", "idle: start, µs each, of 10,000", "a tenth as many", 1.3, 2, false],
      ["effect-governor/promise", "idle: start, µs each, of 10,000", "a tenth as many", 1.3, 6 / 7, true]
    ])
  })

  it("judges a number that has a target of its own by that one alone", () => {
    const stops = series("idle", 10_000, { governor: [1], raw: [1] }, "stop, µs each")
    expect(verdictsOf([stops])).toEqual([
      ["effect-governor", "idle: stop, µs each, of 10,000", "Effect, forkIn and repeat", 1.1, 1, true]
    ])
  })

  it("judges the stop with finalizers by the same figure at two numbers", () => {
    const stops = (count: number) => series("finalizer", count, { governor: [9], raw: [10] }, "stop, µs each")
    expect(verdictsOf([stops(10_000), stops(100_000)])).toEqual([
      ["effect-governor", "finalizer: stop, µs each, of 100,000", "Effect, forkIn and repeat", 1, 0.9, true],
      ["effect-governor", "finalizer: stop, µs each, of 10,000", "Effect, forkIn and repeat", 1, 0.9, true]
    ])
  })

  it("has no target met by a negative ratio: the cost of an event is a difference, which noise can turn around", () => {
    const events = series("events", 1, { governor: [-5, -4], facade: [60, 60] }, "event with one listener, ns")
    expect(verdictsOf([events])).toEqual([
      ["effect-governor/promise", "events: event with one listener, ns", "effect-governor", 3.3, -12, false]
    ])
  })

  it("judges a chain of governors by one half as deep, and says why it cannot", () => {
    const half = series("nested", 200, { governor: [1], facade: [1] }, "stop, ms")
    const whole = series("nested", 400, { governor: [2], facade: [] }, "stop, ms")
    expect(verdictsOf([half, { ...whole, leftOut: { facade: "not done after 60 s" } }])).toEqual([
      ["effect-governor", "nested: stop, ms, of 400", "half as many", 2.5, 2, true],
      ["effect-governor/promise", "nested: stop, ms, of 400", "half as many", 2.5, "not done after 60 s", false]
    ])
  })

  it("judges what probes take of a core by that alone", () => {
    const shares = series("probes", 1000, { governor: [1.5, 2.5, 1.7], facade: [1] }, "share of a core, %")
    expect(verdictsOf([shares])).toEqual([
      ["effect-governor", "probes: share of a core, %, of 1,000", "no other", 2, 1.7, true]
    ])
  })

  it("has no target met by what was not done in time", () => {
    const stuck = { ...restarts, rounds: { ...restarts.rounds, governor: [] }, leftOut: { governor: "not done" } }
    expect(verdictsOf([stuck])).toEqual([
      ["effect-governor", "storm 1 threw: restart, ns", "Effect, forkIn and repeat", 0.63, "not done", false]
    ])
    expect(page(results([stuck]))).toContain("| 0.63    | not done | **no** |")
  })
})

/** The names of the elements that are not closed as they were opened, and what is no XML between them. */
const faults = (xml: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const wrong = xml.split(/<[^<>]*>/).filter((text) => /[<>]|&(?!amp;|lt;|gt;)/.test(text))
  for (
    const [tag, closing, name, attributes, empty] of xml.matchAll(/<(\/?)(\w*)((?: [\w:-]+="[^"<&]*")*)(\/?)>|<[^>]*>/g)
  ) {
    if (name === undefined || attributes === undefined) wrong.push(tag)
    else if (closing === "/") wrong.push(...open.pop() === name ? [] : [tag])
    else if (empty === "") open.push(name)
  }
  return [...wrong, ...open]
}

describe("the chart", () => {
  it("is well-formed, whatever is in it, and has a bar and a name for each peer", () => {
    const all = Object.fromEntries(Object.keys(peers).map((peer, i) => [peer, [10 ** i]]))
    const svg = chart(results([series("idle", 10_000, all, "start, µs each"), restarts]))
    expect(faults(svg)).toEqual([])
    for (const { title } of Object.values(peers)) expect(svg).toContain(`>${title}</text>`)
    expect(svg.match(/<rect class="bar/g)).toHaveLength(Object.keys(peers).length + 2)
    expect(svg).toContain("Some &lt;fast&gt; &amp; small machine")
  })

  it("is not well-formed if a tag is not closed", () => {
    expect(faults("<svg><g></svg>")).not.toEqual([])
    expect(faults("<svg>a & b</svg>")).not.toEqual([])
    expect(faults("<svg a=b></svg>")).not.toEqual([])
  })
})

describe("the results in the repository", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "../bench/results", file), "utf8")
  const written: Results = JSON.parse(read("results.json"))

  it("are shown by the page and the chart: npm run bench -- --render makes them again", () => {
    expect(textOf(written)).toBe(read("results.json"))
    expect(page(written)).toBe(read("results.md"))
    expect(chart(written)).toBe(read("chart.svg"))
  })
})
