/** Everything that can be done on the page can be done without a mouse. */
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { five, type Watched, watched } from "./governors.ts"
import { opened } from "./Window.ts"

/** Runs in the page: the controls that can be used now, each by a name of its own. The rows of the table are one. */
const controls = (): ReadonlyArray<string> => {
  const all = document.querySelectorAll<HTMLElement>("a[href], button:enabled, input:enabled, summary, [tabindex='0']")
  const shown = Array.from(all).filter((one) => one.checkVisibility())
  const top = document.querySelector("dialog[open]") ?? document.body
  return shown.filter((one) => top.contains(one)).map(nameOf)

  function nameOf(element: Element): string {
    if (element.matches("[role=row]")) return "the rows"
    const place = element.closest("[class]:not(a):not(button):not(input)")?.className ?? ""
    return `${element.localName} ${element.getAttribute("aria-label") ?? element.textContent.trim()} (${place})`
  }
}

/** Runs in the page: the name of what has the focus; the name is the same as in `controls`. */
const focused = (): string => {
  const element = document.activeElement
  if (element === null || element === document.body) return "nothing"
  if (element.matches("[role=row]")) return "the rows"
  const place = element.closest("[class]:not(a):not(button):not(input)")?.className ?? ""
  return `${element.localName} ${element.getAttribute("aria-label") ?? element.textContent.trim()} (${place})`
}

/** What Tab comes by in a whole round, wherever it begins. */
const reached = async (page: Page): Promise<ReadonlySet<string>> => {
  const names = new Set<string>()
  for (let rounds = 0; rounds < 3;) {
    await page.keyboard.press("Tab")
    const name = await page.evaluate(focused)
    if (name === "nothing") rounds++
    else if (rounds > 0) names.add(name)
  }
  return names
}

const tabTo = async (page: Page, to: RegExp): Promise<void> => {
  for (let i = 0; i < 100 && !to.test(await page.evaluate(focused)); i++) await page.keyboard.press("Tab")
  expect(await page.evaluate(focused)).toMatch(to)
}

/** A moment that stays, so that the controls do. */
const still = async (page: Page): Promise<void> => {
  await page.click("[aria-label='One event back']")
  await page.waitForSelector(".badge.past")
}

const begun = async (): Promise<Watched> => {
  const all = await watched(five(), 0, { tokens: { control: "control-token" } })
  all.governor.start()
  await expect.poll(all.truth.latest).toBeGreaterThan(30)
  return all
}

it("has every control in the order of Tab", async () => {
  const { url } = await begun()
  const { loaded, page } = await opened(url)
  await loaded()
  await still(page)
  for (const service of [undefined, "reader", "store"]) {
    if (service !== undefined) await page.click(`[role=row][data-path=${service}]`)
    const names = await reached(page)
    const all = await page.evaluate(controls)
    expect(all.length).toBeGreaterThan(15)
    expect(all.filter((name) => !names.has(name))).toEqual([])
  }
})

it("goes through the services by the arrows, selects one with Enter and lets it go with Escape", async () => {
  const { url } = await begun()
  const { loaded, page } = await opened(url)
  await loaded()
  const place = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset["path"])
  await page.keyboard.press("/")
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("search")
  await page.keyboard.type("e")
  await expect.poll(() => page.locator("[role=row][data-path]").count()).toBe(3) // store, reader, ticker
  await page.keyboard.press("Escape")
  await expect.poll(() => page.locator("[role=row][data-path]").count()).toBe(5)
  while (await place() === undefined) await page.keyboard.press("Tab")
  expect(await place()).toBe("store")
  await page.keyboard.press("ArrowDown")
  await expect.poll(place).toBe("api")
  await page.keyboard.press("End")
  await expect.poll(place).toBe("ticker")
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowDown")
  await expect.poll(place).toBe("api")
  await page.keyboard.press("Enter")
  await page.waitForSelector("[aria-label='Commands for api']")
  expect(page.url()).toContain("service=api")
  await page.keyboard.press("Escape")
  await expect.poll(() => page.locator("[aria-label='Commands for api']").count()).toBe(0)
})

it("restarts a service by the keyboard alone, and says before whom that hits", async () => {
  const { governor, url } = await begun()
  const { faults, loaded, page } = await opened(url)
  await loaded()
  await tabTo(page, /the rows/)
  await page.keyboard.press("Enter")
  await tabTo(page, /^button Restart…/)
  const before = governor.get("store").status().run
  await page.keyboard.press("Enter")
  await page.waitForSelector("dialog[open]")
  expect(await page.innerText("dialog h2")).toBe("Restart store")
  await expect.poll(() => page.innerText("dialog")).toMatch(/api/) // where that is up

  // A token that is wrong is refused, and nothing happens.
  await tabTo(page, /^input/)
  await page.keyboard.type("a-guess")
  await page.keyboard.press("Enter")
  await expect.poll(() => page.innerText("dialog .result")).toMatch(/Refused: the token is wrong/)
  expect(governor.get("store").status().run).toBe(before)

  await tabTo(page, /^input/)
  await page.keyboard.press("Control+A")
  await page.keyboard.type("control-token")
  await page.keyboard.press("Enter")
  await expect.poll(() => page.innerText("dialog .result")).toMatch(/^Done\. store is /)
  expect(governor.get("store").status().run).toBe(before + 1)
  expect(page.url()).not.toContain("token")
  await page.keyboard.press("Escape")
  await expect.poll(() => page.locator("dialog").count()).toBe(0)
  const rest = (await faults()).filter((fault) => !fault.includes("401")) // the browser tells of the refusal
  expect(rest).toEqual([])
})

it("says which keys there are, and lets go of nothing else when that is closed", async () => {
  const { url } = await begun()
  const { loaded, page } = await opened(url)
  await loaded()
  await page.click("[role=row][data-path=api]")
  await page.keyboard.press("?")
  await page.waitForSelector("dialog[open]")
  expect(await page.innerText("dialog[open]")).toMatch(/Esc/)
  await page.keyboard.press("Escape")
  await expect.poll(() => page.locator("dialog[open]").count()).toBe(0)
  expect(await page.locator("[aria-label='Commands for api']").count()).toBe(1)
  await page.focus("#search")
  await page.keyboard.type("?")
  expect(await page.locator("dialog[open]").count()).toBe(0)
})

it("folds and unfolds a governor inside by the arrows", async () => {
  const { url } = await begun()
  const { loaded, page, said } = await opened(url)
  await loaded()
  await page.setInputFiles("input[type=file]", new URL("incident.ndjson", import.meta.url).pathname)
  await page.waitForSelector("[role=row][data-path='ingest/writer']")
  const inside = async () => (await said()).rows.filter(([path]) => path.startsWith("ingest/")).length
  await page.focus("[role=row][data-path=ingest]")
  await page.keyboard.press("ArrowLeft")
  await expect.poll(inside).toBe(0)
  expect(await page.getAttribute("[role=row][data-path=ingest]", "aria-expanded")).toBe("false")
  await page.keyboard.press("ArrowRight")
  await expect.poll(inside).toBe(3)
  await page.keyboard.press("ArrowRight")
  await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLElement).dataset["path"])).toBe(
    "ingest/reader-1"
  )
})

it("filters, sorts, goes back in time, saves and opens by the keyboard", async () => {
  const { url } = await begun()
  const { badge, loaded, page, said } = await opened(url)
  // From the beginning on: it takes the browser a moment to know that somebody chooses.
  page.on("filechooser", (chooser) => void chooser.setFiles(new URL("incident.ndjson", import.meta.url).pathname))
  await loaded()
  const paths = async () => (await said()).rows.map(([path]) => path)
  await tabTo(page, /One event back/)
  await page.keyboard.press("Enter")
  await expect.poll(badge).toMatch(/Back in time/)
  await tabTo(page, /^input Back in time/)
  const { sequence } = await said()
  await page.keyboard.press("ArrowLeft")
  await expect.poll(async () => (await said()).sequence).toBe(sequence - 1)

  const backoffs = (await said()).rows.flatMap(([path, words]) => words.startsWith("Backoff") ? [path] : [])
  await tabTo(page, /^button \d+ . Backoff/)
  await page.keyboard.press("Space")
  await expect.poll(paths).toEqual(backoffs)
  await page.keyboard.press("Space")
  await expect.poll(async () => (await paths()).length).toBe(5)
  await tabTo(page, /^button Service/)
  await page.keyboard.press("Enter")
  await expect.poll(paths).toEqual(["api", "reader", "store", "sync", "ticker"])

  await tabTo(page, /^button Save incident/)
  const saved = page.waitForEvent("download")
  await page.keyboard.press("Enter")
  expect((await saved).suggestedFilename()).toMatch(/ndjson$/)
  await tabTo(page, /^input .*\(button\)/)
  await page.keyboard.press("Space")
  await page.waitForSelector("[role=row][data-path='ingest']")
  await tabTo(page, /^button Leave file/)
  await page.keyboard.press("Enter")
  await expect.poll(badge).toMatch(/Live/)
})
