/** The page on a phone. */
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { opened } from "./Window.ts"

/** Runs in the page: what makes it wider than the window, and which controls are not within it. */
const outside = () => {
  const { clientWidth, scrollWidth } = document.documentElement
  const isClipped = (one: Element): boolean => {
    for (let around = one.parentElement; around !== null; around = around.parentElement) {
      if (around !== document.body && getComputedStyle(around).overflowX !== "visible") return true
    }
    return false
  }
  const wide = Array.from(document.body.querySelectorAll("*")).filter((one) =>
    one.checkVisibility() && one.getBoundingClientRect().right > clientWidth && !isClipped(one)
  )
  const all = document.querySelectorAll<HTMLElement>("a[href], button, input, [role=row][data-path], .badge, .news, h2")
  const shown = Array.from(all).filter((one) => one.checkVisibility() && !one.matches(".hidden, [type=file]"))
  return {
    tooWide: scrollWidth > clientWidth ? wide.map((one) => `${one.localName}.${one.getAttribute("class")}`) : [],
    controls: shown.length,
    cut: shown
      .filter((one) => {
        const { left, right, width } = one.getBoundingClientRect()
        return left < 0 || right > clientWidth + 1 || width === 0
      })
      .map((one) => `${one.localName}.${one.className} ${one.textContent.slice(0, 40)}`)
  }
}

it.each([390, 320])("has room for all of it in %i px, for one service and in the past too", async (width) => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  await expect.poll(truth.latest).toBeGreaterThan(30)
  const { loaded, page } = await opened(url, { viewport: { width, height: 844 }, hasTouch: true })
  await loaded()
  const fits = async (what: string) => {
    // While things change.
    for (const until = truth.latest() + 30; truth.latest() < until;) {
      const found = await page.evaluate(outside)
      expect({ what, tooWide: found.tooWide, cut: found.cut }).toEqual({ what, tooWide: [], cut: [] })
      expect(found.controls).toBeGreaterThan(5)
    }
  }
  await fits("all services")
  await page.tap("[aria-label='One event back']")
  await fits("back in time")
  await page.tap(".slider .live")
  await page.tap("[role=row][data-path=reader]")
  await page.waitForSelector("[aria-label='Commands for reader']")
  await fits("one service")
  await page.tap("text=Restart…")
  await page.waitForSelector("dialog[open]")
  await fits("a command")
  await page.tap("text=Cancel")
  await page.tap("[aria-label='Close reader']")
  await page.waitForSelector("[role=row][data-path=reader]")
})
