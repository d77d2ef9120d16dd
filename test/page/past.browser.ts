/** Back in time: what the page shows of a moment is what was so then. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { five, watched } from "./governors.ts"
import { wrongIn } from "./truth.ts"
import { opened } from "./Window.ts"

/** The slider is moved by code as by hand: the browser tells of it. */
const slide = (to: number): void => {
  const slider = document.querySelector<HTMLInputElement>(".slider input")!
  slider.value = String(to)
  slider.dispatchEvent(new Event("input", { bubbles: true }))
}

it("shows each moment as it was, while the governor goes on", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  const { badge, faults, loaded, page, said } = await opened(url)
  await loaded()
  await expect.poll(truth.latest).toBeGreaterThan(0)
  const first = truth.events[0]!.sequence
  await expect.poll(async () => (await said()).sequence).toBeGreaterThan(first + 60) // the last moment is now
  for (const place of [1, 2, 5, 11, 23, 24, 40, 59, 0]) {
    await page.evaluate(slide, place)
    await expect.poll(async () => (await said()).sequence).toBe(first - 1 + place)
    const then = await said()
    expect(wrongIn(then, truth)).toEqual([])
    expect(then.rows.map(([path]) => path)).toEqual(Array.from(truth.at(then.sequence).keys()))
    expect(await badge()).toMatch(/Back in time/)
  }
  // By one event, and by the keys of the slider.
  await page.click("[aria-label='One event on']")
  await expect.poll(async () => (await said()).sequence).toBe(first)
  await page.focus(".slider input")
  await page.keyboard.press("ArrowRight")
  await expect.poll(async () => (await said()).sequence).toBe(first + 1)
  expect(wrongIn(await said(), truth)).toEqual([])

  // A link shows the same to somebody else.
  const other = await opened(page.url())
  await other.loaded()
  expect(await other.said()).toEqual(await said())

  await page.click(".slider .live")
  await expect.poll(badge).toMatch(/Live/)
  await expect.poll(async () => (await said()).sequence).toBeGreaterThan(60)
  expect(wrongIn(await said(), truth)).toEqual([])
  expect(await faults()).toEqual([])
})

it("opens an incident that it has saved, and shows the same of each moment", async () => {
  const { cut, governor, truth, url } = await watched(five())
  governor.start()
  const { faults, loaded, page, said } = await opened(url)
  await loaded()
  await expect.poll(async () => (await said()).sequence).toBeGreaterThan(40)
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Save incident")])
  expect(download.suggestedFilename()).toMatch(/^five-.*\.ndjson$/)
  const file = join(mkdtempSync(join(tmpdir(), "page-")), download.suggestedFilename())
  onTestFinished(() => rmSync(dirname(file), { recursive: true }))
  await download.saveAs(file)
  const lines = readFileSync(file, "utf8").trimEnd().split("\n")
  const latest = JSON.parse(lines.findLast((line) => line.startsWith(`{"event"`))!).event.sequence as number
  expect(latest).toBeGreaterThan(40)

  await page.setInputFiles("input[type=file]", file)
  await page.waitForSelector(".badge.past")
  expect(await page.innerText(".badge")).toMatch(/File/)
  expect((await said()).sequence).toBe(latest)
  expect(wrongIn(await said(), truth)).toEqual([])
  await cut() // it needs nobody any more
  for (const place of [7, 31]) {
    await page.evaluate(slide, place)
    await expect.poll(async () => (await said()).sequence).toBe(truth.events[place - 1]!.sequence)
    expect(wrongIn(await said(), truth)).toEqual([])
  }
  expect(await faults()).toEqual([])
})

it("says so when a file is no incident, and shows on what it showed", async () => {
  const { governor, url } = await watched(five())
  governor.start()
  const { badge, loaded, page } = await opened(url)
  await loaded()
  const file = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("nothing of that kind") }
  await page.setInputFiles("input[type=file]", file)
  await page.waitForSelector(".notices p")
  expect(await page.innerText(".notices")).toMatch(/notes\.txt/)
  expect(await badge()).toMatch(/Live/)
})
