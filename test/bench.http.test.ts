/** The benchmark over HTTP measures what it says, judges it, and makes its page of it. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { measure } from "../bench/http/measure.ts"
import { page } from "../bench/http/page.ts"
import { judge } from "../bench/http/targets.ts"
import { workloads } from "../bench/http/workloads.ts"
import { type Results, type Series, textOf } from "../bench/Results.ts"

const hasSupervisord = (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "supervisord")))

describe("each workload over HTTP", () => {
  const measured = Object.entries(workloads).flatMap(([workload, { peers }]) =>
    peers.filter((peer) => peer !== "supervisord" || hasSupervisord).map((peer) => [workload, peer] as const)
  )

  it.concurrent.each(measured)("%s has its figures: %s", { timeout: 60_000 }, async (workload, peer) => {
    const figures = Object.values(await measure(workload, peer, true))
    expect(figures.length).toBeGreaterThan(0)
    expect(figures.filter((value) => !Number.isFinite(value))).toEqual([])
  })

  it("tells which process failed, and why", async () => {
    await expect(measure("metrics", "nobody", true)).rejects.toThrow("metrics, nobody, small: ")
  })
})

describe("the targets over HTTP", () => {
  const series = (
    workload: string,
    rounds: Readonly<Record<string, ReadonlyArray<number>>>,
    figure: string
  ): Series => ({
    workload,
    count: 1,
    rounds: Object.fromEntries(
      Object.entries(rounds).map(([peer, values]) => [peer, values.map((value) => ({ [figure]: value }))])
    ),
    leftOut: {}
  })

  it.each<[Series, ReadonlyArray<readonly [what: string, measured: number, isMet: boolean]>]>([
    [series("metrics", { governor: [50, 70, 55] }, "all, ms"), [["metrics: all, ms", 55, true]]],
    [
      series("metrics", { governor: [50, 70], promClient: [100, 100] }, "all, CPU ms"),
      [["metrics: all, CPU ms", 0.7, false]]
    ],
    [series("metrics", { promClient: [100] }, "all, CPU ms"), []],
    [series("storm 1 returned", { before: [100], now: [101] }, "restart, ns"), [[
      "storm 1 returned: restart, ns",
      1.01,
      true
    ]]]
  ])("judge the medians, and no figure that was not measured", (series, expected) => {
    const verdicts = judge({ series: [series] })
    expect(verdicts.map(({ isMet, measured, what }) => [what, measured.median, isMet])).toEqual(expected)
  })
})

describe("the results over HTTP in the repository", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "../bench/results", file), "utf8")

  it("are shown by the page: npm run bench:http -- --render makes it again", () => {
    const written: Results = JSON.parse(read("http.json"))
    expect(textOf(written)).toBe(read("http.json"))
    expect(page(written)).toBe(read("http.md"))
  })
})
