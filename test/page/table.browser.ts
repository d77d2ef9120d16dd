/** What the page says is what the governor says, as of the number that the page shows. */
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { many } from "./storm.ts"
import { rootsIn, wrongIn } from "./truth.ts"
import { opened } from "./Window.ts"

it("says of five services what their governor says, while they crash, hang, wait and restart", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  const { faults, loaded, said, shifts } = await opened(url)
  await loaded()
  const wrong: Array<string> = []
  const states = new Set<string>()
  const all = new Map<number, ReadonlyArray<string>>()
  const numbers = new Set<number>()
  const due = ["Running", "Starting", "Waiting", "Backoff"]
  while (numbers.size < 60 || !due.every((state) => states.has(state))) {
    const now = await said()
    wrong.push(...wrongIn(now, truth))
    now.rows.forEach(([, words]) => states.add(words.split(" ")[0]!))
    numbers.add(now.sequence)
    all.set(now.problems.sequence, now.problems.roots)
    expect(now.rows.map(([path]) => path)).toEqual(Array.from(truth.at(now.sequence).keys()))
  }
  expect(wrong).toEqual([])
  const rootsAt = await rootsIn(url)
  const other = Array.from(all).filter(([sequence, roots]) => String(rootsAt(sequence)) !== String(roots))
  expect(other.map(([sequence, roots]) => ({ sequence, page: roots, model: rootsAt(sequence) }))).toEqual([])
  expect(all.size).toBeGreaterThan(5)
  expect(await shifts()).toEqual([])
  expect(await faults()).toEqual([])
})

it.each([100, 1000])(
  "says of 5,000 services what their governor says, in a storm of %i events a second",
  async (rate) => {
    const { blow, governor } = many(5000)
    const { truth, url } = await watched(governor)
    governor.start()
    const { faults, loaded, page, said, shifts } = await opened(url)
    await loaded()
    // Who begins within a second belongs to the start, which the page shows too.
    await expect.poll(() => page.innerText("[role=row][data-path] .age")).toMatch(/^([2-9]|\d\d) s$/)
    const storm = new AbortController()
    const crashes = blow(rate, storm.signal)
    const wrong: Array<string> = []
    const numbers = new Set<number>()
    const paths = new Set<string>()
    const began = truth.latest()
    while (numbers.size < 40 || truth.latest() - began < 2 * rate) {
      // Another part of the table each time.
      await page.evaluate((part) => {
        const grid = document.querySelector("[role=treegrid]")!
        grid.scrollTop = grid.scrollHeight * part
      }, (numbers.size * 7 % 40) / 40)
      const now = await said()
      wrong.push(...wrongIn(now, truth))
      numbers.add(now.sequence)
      now.rows.forEach(([path]) => paths.add(path))
      expect(now.rows.length, "only the rows that can be seen are in the document").toBeLessThan(100)
    }
    storm.abort()
    expect(await crashes).toBeGreaterThan(rate / 4)
    expect(paths.size).toBeGreaterThan(500)
    expect(wrong).toEqual([])
    // When the storm is over, the page is where the governor is.
    await expect.poll(async () => truth.latest() - (await said()).sequence).toBe(0)
    expect(wrongIn(await said(), truth)).toEqual([])
    expect(await shifts()).toEqual([])
    expect(await faults()).toEqual([])
  }
)
