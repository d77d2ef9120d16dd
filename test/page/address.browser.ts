/** What is looked at is in the address: who goes back with the browser, or sends a link, finds what was there. */
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { opened } from "./Window.ts"

const begun = async () => {
  const all = await watched(five())
  all.governor.start()
  await expect.poll(all.truth.latest).toBeGreaterThan(40)
  const window = await opened(all.url)
  await window.loaded()
  return window
}

it("comes back with the browser from a moment to what is now", async () => {
  const { badge, page } = await begun()
  for (let i = 0; i < 4; i++) await page.click("[aria-label='To the failure before']")
  await expect.poll(badge).toMatch(/Back in time/)
  await page.goBack()
  await expect.poll(badge).toMatch(/Live/)
  await page.goForward()
  await expect.poll(badge).toMatch(/Back in time/)
})

it("goes to a failure by a click on its mark", async () => {
  const { badge, page, said } = await begun()
  await page.setInputFiles("input[type=file]", new URL("incident.ndjson", import.meta.url).pathname)
  await page.waitForSelector("[role=row][data-path='ingest']")
  const mark = await page.locator(".marks path").evaluate((path) => {
    const [, part] = /^M(\d+) /.exec(path.getAttribute("d")!)!
    const { left, width } = path.closest("svg")!.getBoundingClientRect()
    return left + (Number(part) + 0.5) / 120 * width
  })
  const { y } = (await page.locator(".marks").boundingBox())!
  await page.mouse.click(mark, y + 5)
  await expect.poll(badge).toMatch(/Back in time/)
  const { rows } = await said()
  expect(rows.filter(([, words]) => /^(Backoff|Failed|Stopping)/.test(words))).not.toEqual([])
})

it("tells a screen reader the latest of the moments that were passed, and nothing that is not so any more", async () => {
  const { badge, page } = await begun()
  const spoken = () => page.locator(".bar [aria-live]").innerText()
  await expect.poll(spoken).not.toBe("")
  for (let i = 0; i < 3; i++) {
    await page.click("[aria-label='To the failure before']")
    expect(await spoken()).not.toMatch(/Back in time/)
  }
  await expect.poll(spoken).toMatch(/^Back in time: \d+ events ago$/)
  expect((await badge()).replace(/\D+/g, "")).not.toBe("")
  await page.click(".slider .live")
  await expect.poll(badge).toMatch(/Live/)
  expect(await spoken()).not.toMatch(/Back in time/)
  await expect.poll(spoken).toMatch(/ready/)
})

it("has no moment of a file in its address, as others do not have the file", async () => {
  const { badge, page, said } = await begun()
  await page.click("[aria-label='One event back']")
  await expect.poll(() => page.url()).toMatch(/at=/)
  await page.setInputFiles("input[type=file]", new URL("incident.ndjson", import.meta.url).pathname)
  await page.waitForSelector("[role=row][data-path='ingest']")
  expect(page.url()).not.toMatch(/at=/)
  await page.click("[aria-label='To the failure before']")
  await expect.poll(badge).toMatch(/Back in time/)
  const { sequence } = await said()
  await page.click("[role=row][data-path='ingest']")
  await page.waitForSelector("[aria-label='Close ingest']")
  await page.goBack()
  await expect.poll(() => page.locator("[aria-label='Close ingest']").count()).toBe(0)
  expect((await said()).sequence).toBe(sequence)
  expect(page.url()).not.toMatch(/at=/)
})

it("says as what an incident was saved, and not for long", async () => {
  const { page } = await begun()
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Save incident")])
  await expect.poll(() => page.innerText(".notices")).toContain(`Saved as ${download.suggestedFilename()}`)
  await expect.poll(() => page.locator(".notices p").count()).toBe(0)
})

it("finds a service by its search and Enter, and goes on to the rows by the arrow", async () => {
  const { page } = await begun()
  await page.keyboard.press("/")
  await page.keyboard.type("read")
  await expect.poll(() => page.locator("[role=row][data-path]").count()).toBe(1)
  await page.keyboard.press("ArrowDown")
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset["path"])).toBe("reader")
  await page.focus("#search")
  await page.keyboard.press("Enter")
  await page.waitForSelector("[aria-label='Commands for reader']")
})
