/** An accessibility check of everything that the page shows, in both colour schemes, on a desk and on a phone. */
import type { AxeResults } from "axe-core"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { opened } from "./Window.ts"

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

declare global {
  var axe: { readonly run: () => Promise<AxeResults> } | undefined
}

/** The serious findings, each with where it is. */
const findingsOf = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(source) // not by a tag, which the policy of the page forbids
  const { violations } = await page.evaluate(() => globalThis.axe!.run())
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ help, nodes }) => nodes.map(({ failureSummary, html }) => `${help}: ${html}\n${failureSummary}`))
}

const scenes: ReadonlyArray<readonly [string, (page: Page) => Promise<void>]> = [
  ["all services", async () => {}],
  ["a service", (page) => page.click("[role=row][data-path=reader]")],
  ["a search without a result", (page) => page.fill("#search", "nothing")],
  ["back in time", (page) => page.click("[aria-label='One event back']")],
  ["what a command would do", async (page) => {
    await page.click("[role=row][data-path=api]")
    await page.click("text=Restart…")
    await page.waitForSelector("dialog[open]")
  }],
  ["what was saved", async (page) => {
    await page.setInputFiles("input[type=file]", new URL("incident.ndjson", import.meta.url).pathname)
    await page.waitForSelector(".badge.past")
  }]
]

it.each(scenes)("finds nothing serious: %s", async (_, go) => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  await expect.poll(truth.latest).toBeGreaterThan(30)
  const { loaded, page } = await opened(url)
  await loaded()
  await go(page)
  for (const [width, height] of [[1280, 800], [390, 844]] as const) {
    await page.setViewportSize({ width, height })
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await findingsOf(page), `${colorScheme}, ${width} px`).toEqual([])
    }
  }
})
