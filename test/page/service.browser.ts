/** One service on the page: what is opened, asked for and refused, and that nothing of it moves by itself. */
import { once } from "node:events"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { Governor } from "../../src/promise/index.ts"
import { five, watched } from "./governors.ts"
import { opened } from "./Window.ts"

const begun = async () => {
  const governor = five()
  governor.add("calm", ({ sleep }) => sleep("Infinity"))
  const all = await watched(governor, 0, { tokens: { control: "control-token" } })
  all.governor.start()
  await expect.poll(all.truth.latest).toBeGreaterThan(30)
  return all
}

/** Where the parts of the dialog are. */
const places = (page: Page) =>
  page.locator("dialog, dialog button, dialog input").evaluateAll((parts) =>
    parts.map((part) => {
      const { height, width, x, y } = part.getBoundingClientRect()
      return [part.localName, x, y, width, height]
    })
  )

it("keeps its dialog as it is while a token is refused, taken, and used", async () => {
  const { governor, url } = await begun()
  const { loaded, page } = await opened(url)
  await loaded()
  await page.click("[role=row][data-path=calm]")
  await page.click("text=Stop…")
  await page.waitForSelector("dialog[open]")
  const before = await places(page)
  await page.keyboard.type("a-guess") // it has the focus
  await page.keyboard.press("Enter")
  await page.waitForSelector("dialog [role=alert]")
  expect(await places(page)).toEqual(before)
  await page.keyboard.type("control-token") // it has the focus again, and the guess is chosen
  expect(await page.inputValue("dialog input")).toBe("control-token")
  await page.keyboard.press("Enter")
  await page.waitForSelector("dialog [role=status]:has-text('Done')")
  expect(await places(page)).toEqual(before)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Close")
  expect(governor.get("calm").status()._tag).toBe("Stopped")
})

it("has one name for a command", async () => {
  const governor = five()
  governor.add("broker", async () => {
    throw new Error("its disk is full")
  }, { restart: { after: "1 hour" } })
  const { url } = await watched(governor)
  governor.start()
  const { loaded, page } = await opened(url)
  await loaded()
  await page.click("[role=row][data-path=broker][data-state=Backoff]")
  await page.click(".tools >> text=Run now…")
  expect(await page.innerText("dialog h2")).toBe("Run broker now")
  expect(await page.innerText("dialog .primary")).toBe("Run now")
})

it.each([1280, 390])("shows another service from its top, and says whose the commands are: %i px", async (width) => {
  const { url } = await begun()
  const { loaded, page } = await opened(url, { viewport: { width, height: 500 } })
  await loaded()
  const scrolled = () => page.evaluate(() => Math.max(scrollY, document.querySelector(".side")!.scrollTop))
  const down = () => page.evaluate(() => [scrollTo(0, 300), document.querySelector(".side")!.scrollTo(0, 300)])
  await page.click("[role=row][data-path=reader]")
  await page.waitForSelector("[aria-label='Commands for reader']")
  await down()
  await expect.poll(scrolled).toBe(300)
  for (const part of [".tools b", "[aria-label='Commands for reader']", ".badge"]) {
    const { y = -1 } = await page.locator(part).boundingBox() ?? {}
    expect({ part, isSeen: y >= 0 && y < 500 }).toEqual({ part, isSeen: true })
  }
  expect(await page.innerText(".tools b")).toBe("reader")
  await page.evaluate(() => location.hash = "service=sync")
  await page.waitForSelector("[aria-label='Commands for sync']")
  expect(await scrolled()).toBe(0)
})

it("shows the stack of a failure that is opened", async () => {
  const { url } = await begun()
  const { loaded, page } = await opened(url)
  await loaded()
  await page.click("[role=row][data-path=reader]")
  await page.click(".failures summary")
  const stack = await page.locator(".failures pre").first().boundingBox()
  const box = await page.locator(".failures").boundingBox()
  expect(stack!.height).toBeGreaterThan(30)
  expect(stack!.y + stack!.height).toBeLessThanOrEqual(box!.y + box!.height)
})

it("tells the start as the past, whatever has become of the services", async () => {
  const { governor, url } = await watched(five())
  governor.start()
  await expect.poll(() => governor.get("api").status()._tag).toBe("Running")
  const { loaded, page } = await opened(url)
  await loaded()
  await page.waitForSelector("text=How the start went")
  expect(await page.innerText(".chain tr[data-path=store]")).toMatch(/after [\d.]+ m?s/)
  expect(await page.locator(".chain .state").count()).toBe(0)
})

it("tells the start as it goes, and nothing moves when it is over", async () => {
  const governor = new Governor({ log: () => {}, name: "slow" })
  const up = new AbortController()
  const isUp = once(up.signal, "abort")
  governor.add("store", ({ ready, sleep }) => isUp.then(ready).then(() => sleep("Infinity")).then(() => {}), {
    readiness: "manual"
  })
  governor.add("api", ({ sleep }) => sleep("Infinity").then(() => {}), { dependsOn: ["store"] })
  const { url } = await watched(governor)
  governor.start()
  const { loaded, page, shifts } = await opened(url)
  await loaded()
  await page.waitForSelector(".chain tr[data-state=Starting]")
  const heights = () => page.locator(".starts tr[data-path]").evaluateAll((rows) => rows.map((row) => row.clientHeight))
  const before = await heights()
  up.abort()
  await page.waitForSelector("text=How the start went")
  expect(await page.innerText(".chain tr[data-path=api]")).toMatch(/after /)
  expect(await heights()).toEqual(before)
  expect(await shifts()).toEqual([])
})
