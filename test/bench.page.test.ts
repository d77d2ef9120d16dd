/** The benchmark of the page judges what was measured, and makes its page of it. `npm run test:page` tries that it measures. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { page } from "../bench/page/page.ts"
import { judge } from "../bench/page/targets.ts"
import { type Results, type Series, textOf } from "../bench/Results.ts"

const series = (workload: string, figure: string, ...values: ReadonlyArray<number>): Series => ({
  workload,
  count: 1,
  rounds: { page: values.map((value) => ({ [figure]: value })) },
  leftOut: {}
})

it.each<[Series, ReadonlyArray<readonly [median: number, isMet: boolean]>]>([
  [series("storm 1,000", "frames a second", 29, 31, 60), [[31, true]]],
  [series("storm 1,000", "frames a second", 29, 29, 60), [[29, false]]],
  [series("open 5,000", "a search is answered, ms", 900, 1001, 1002), [[1001, false]]],
  [series("open 5,000", "a search is answered, ms", 1000), [[1000, true]]],
  [series("storm 100", "frames a second", 10), []],
  [series("storm 1,000", "frames a second"), []]
])("holds the median against what it has to be: %j", (one, verdicts) => {
  expect(judge({ series: [one] }).map(({ isMet, measured }) => [measured.median, isMet])).toEqual(verdicts)
})

const folder = join(import.meta.dirname, "..", "bench", "results")
const read = (name: string): string => readFileSync(join(folder, name), "utf8")

it("has its page made of the stored figures", () => {
  const results: Results = JSON.parse(read("page.json"))
  expect(textOf(results)).toBe(read("page.json"))
  expect(page(results)).toBe(read("page.md"))
})
