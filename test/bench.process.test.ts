/** The benchmark of processes and threads judges what was measured, and makes its page of it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { numbersIn } from "../bench/process/Crew.ts"
import { sentBy } from "../bench/process/measure.ts"
import { page, seriesTable } from "../bench/process/page.ts"
import { supervisors } from "../bench/process/supervisors/index.ts"
import { judge } from "../bench/process/targets.ts"
import { type Results, type Series, textOf } from "../bench/Results.ts"

const series = (
  workload: string,
  rounds: Readonly<Record<string, ReadonlyArray<number>>>,
  figure: string,
  leftOut: Series["leftOut"] = {}
): Series => ({
  workload,
  count: 1,
  rounds: Object.fromEntries(
    Object.entries(rounds).map(([peer, values]) => [peer, values.map((value) => ({ [figure]: value }))])
  ),
  leftOut
})

describe("the targets of processes and threads", () => {
  const [killed, left] = ["up for over a second, ms", "beyond the heartbeatTimeout, in starts"]

  it.each<
    [what: string, Series, ReadonlyArray<readonly [against: string | undefined, median: number, isMet: boolean]>]
  >([
    ["a ratio that is met", series("crash", { governor: [4, 4, 6], pm2: [8, 8, 8] }, killed), [["pm2", 0.5, true]]],
    ["a ratio that is not met", series("crash", { governor: [9, 9], pm2: [8, 8] }, killed), [["pm2", 9 / 8, false]]],
    [
      "not with one that pauses, or with one by hand",
      series("crash", { governor: [4], runit: [2], byHand: [3], supervisord: [1], pm2: [8] }, killed),
      [["pm2", 0.5, true]]
    ],
    ["nothing if no other was measured", series("crash", { governor: [4], runit: [2] }, killed), []],
    ["an upper limit", series("blocked", { governor: [1, 1.6, 1.5] }, left), [[undefined, 1.5, true]]],
    ["an upper limit that is not met", series("blocked", { governor: [1.6] }, left), [[undefined, 1.6, false]]],
    [
      "a lower limit, of each log",
      series("lines", { facade: [200_000], effect: [199_999], console: [1] }, "lines a second"),
      [[undefined, 200_000, true], [undefined, 199_999, false]]
    ],
    ["nothing that was not measured", series("idle", {}, "heartbeats, % of a core"), []]
  ])("judge the medians: %s", (_, one, expected) => {
    expect(judge({ series: [one] }).map(({ against, isMet, measured }) => [against, measured.median, isMet])).toEqual(
      expected
    )
  })
})

describe("the processes that are kept up", () => {
  it.each<[text: string, numbers: ReadonlyArray<number>]>([
    ["", []],
    ["12\n", [12]],
    ["12\n345\n", [12, 345]],
    ["12\nno number\n\n7\n", [12, 7]]
  ])("say who they are: %j", (text, numbers) => {
    expect(numbersIn(text)).toEqual(numbers)
  })
})

describe("the programs that are measured", () => {
  it.each<[name: string, ...args: ReadonlyArray<string | number>]>([
    ["flood", "facade", 1000],
    ["flood", "effect", 1000],
    ["flood", "console", 1000],
    ["slow", 1],
    ["blocked", 1]
  ])(
    "have figures: %s %s",
    { timeout: 60_000 },
    async (name, ...args) => {
      const figures = Object.values(await sentBy<Record<string, number>>(name, ...args))
      expect(figures.length).toBeGreaterThan(0)
      expect(figures.filter((value) => !Number.isFinite(value))).toEqual([])
    }
  )

  it("are named if they fail", async () => {
    await expect(sentBy("blocked", "never")).rejects.toThrow(/^blocked never ended with 1: [^]*expected how often/)
  })
})

describe("the results of processes and threads", () => {
  it("name the pause of each, and who was not measured", () => {
    const all = series("crash", { governor: [4], runit: [2] }, "just begun, ms", { pm2: "npm could not install it" })
    const table = seriesTable(all)
    expect(table).toContain(supervisors["runit"]!.pause)
    expect(table).toMatch(/effect-governor .* none/)
    const head = { date: "2026-01-01", machine: "a machine", versions: { node: "26.0.0" }, rounds: 3 }
    expect(page({ ...head, series: [all] })).toContain("pm2 was not measured: npm could not install it.")
  })

  const folder = join(import.meta.dirname, "../bench/results")

  it(
    "are shown by the page: npm run bench:process -- --render makes it again",
    () => {
      const text = readFileSync(join(folder, "process.json"), "utf8")
      const written: Results = JSON.parse(text)
      expect(textOf(written)).toBe(text)
      expect(page(written)).toBe(readFileSync(join(folder, "process.md"), "utf8"))
    }
  )
})
