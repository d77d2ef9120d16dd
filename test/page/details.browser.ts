/** What the page says of one service is what the model says. */
import { expect, it } from "vitest"
import { graphOf } from "../../src/operations/graph.ts"
import { why } from "../../src/operations/why.ts"
import { command } from "../../src/process/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { five, watched } from "./governors.ts"
import { recordingOf } from "./truth.ts"
import { opened, type Window } from "./Window.ts"

/** Runs in the page: what it says of the selected service. */
const read = () => {
  const aside = document.querySelector<HTMLElement>("aside")!
  const texts = (selector: string) => Array.from(aside.querySelectorAll(selector), (one) => one.textContent)
  return {
    sequence: Number(aside.dataset["sequence"]),
    name: aside.querySelector("h2")?.textContent,
    why: Array.from(aside.querySelectorAll(".why .sentence"), (one) => one.firstChild?.textContent),
    around: texts(".neighbourhood details li > a")
  }
}

const selected = async ({ page }: Window, service: string): Promise<ReturnType<typeof read>> => {
  await page.click(`[role=row][data-path=${service}]`)
  await page.waitForSelector(`.details[data-path=${service}]`)
  return page.evaluate(read)
}

it("says why a service is as it is, and who is around it, at each moment", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  await expect.poll(truth.latest).toBeGreaterThan(60)
  const window = await opened(url)
  await window.loaded()
  await window.page.focus(".slider input")
  const reasons = new Set<string>()
  for (let moment = 0; moment < 6; moment++) {
    for (let i = 0; i < 7; i++) await window.page.keyboard.press("ArrowLeft")
    for (const service of ["api", "store", "reader"]) {
      // The details are told less often than the rows.
      await expect.poll(async () => (await selected(window, service)).sequence - (await window.said()).sequence).toBe(0)
      const told = await selected(window, service)
      const recording = await recordingOf(url)
      const view = recording.viewAt(told.sequence)
      const { chain } = why(view, service)!
      expect(told.why).toEqual(chain.map(({ sentence }) => sentence))
      const around = graphOf(view, service).nodes.map(({ name }) => name)
      expect(told.around).toEqual(around.length === 1 ? [] : around)
      reasons.add(told.why.join("; "))
    }
    await window.page.focus(".slider input")
  }
  expect(reasons.size).toBeGreaterThan(5)
  expect(await window.faults()).toEqual([])
})

it("asks for lines of the log only while somebody looks at them", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  const window = await opened(url)
  await window.loaded()
  const asked = () => window.requests.filter((request) => request.includes("/logs")).length
  const passes = async (events: number) => {
    const since = truth.latest()
    await expect.poll(truth.latest).toBeGreaterThan(since + events)
  }
  await passes(20)
  expect(asked()).toBe(0)
  await selected(window, "reader")
  const lines = window.page.locator("aside .lines")
  await expect.poll(() => lines.innerText()).toMatch(/crashed[^]*ECONNREFUSED/)
  const height = await lines.evaluate((box) => box.scrollHeight)
  await expect.poll(() => lines.evaluate((box) => box.scrollHeight)).toBeGreaterThan(height) // it goes on
  await window.page.click("[aria-label='Close reader']")
  await passes(5)
  const before = asked()
  await passes(40)
  expect(asked()).toBe(before)
})

it("says which process a service is, and how much memory it takes", async () => {
  const { governor, url } = await watched(new Governor({ log: () => {} }))
  governor.add("child", command(process.execPath, ["-e", "setInterval(() => {}, 1000)"])).start()
  const window = await opened(url)
  await window.loaded()
  await selected(window, "child")
  const row = window.page.locator(".facts div", { has: window.page.getByText("It is", { exact: true }) })
  const { pid } = governor.get("child").status().process!
  await expect.poll(() => row.locator("dd").innerText(), { timeout: 10_000 }).toMatch(
    new RegExp(`^process ${pid}, [\\d.]+ MiB$`)
  )
  expect(await window.faults()).toEqual([])
})
