/** The benchmark of the page measures what it says. */
import { expect, it } from "vitest"
import { measure } from "../../bench/page/measure.ts"

it.each([
  ["opened", { title: "", services: 50 }],
  ["in a storm", { title: "", services: 50, storm: 200 }]
])("has all its figures: %s", async (_, workload) => {
  const figures = await measure(process.env["CHROMIUM_PATH"]!, workload, 500)
  expect(Object.keys(figures)).toHaveLength(5)
  expect(Object.entries(figures).filter(([, value]) => !(value > 0))).toEqual([])
})
