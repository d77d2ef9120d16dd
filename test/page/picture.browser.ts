/** The picture in the README: an incident that never changes, as the page shows it. */
import { mkdirSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { opened } from "./Window.ts"

const [incident, picture] = ["./incident.ndjson", "../../docs/page.png"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url))
) as [string, string]

it("says of an incident what is wrong, since when, and who is hit", async () => {
  const { url } = await watched(five())
  const { faults, page, said } = await opened(url, {
    locale: "en-GB",
    timezoneId: "UTC",
    colorScheme: "light",
    viewport: { width: 1280, height: 900 }
  })
  await page.waitForSelector(".badge.live")
  await page.setInputFiles("input[type=file]", incident)
  await page.waitForSelector("[role=row][data-path=database]")
  await expect.poll(async () => (await said()).problems.roots).toEqual([
    "database",
    "mailer",
    "reports"
  ])
  const problem = await page.innerText("[data-root=database]")
  expect(problem).toMatch(/ECONNREFUSED 10\.0\.0\.7:5432/)
  expect(problem).toMatch(/Hits 2 more: api, orders/)

  await page.click("[role=row][data-path=database]")
  await page.waitForSelector("aside h2")
  await page.mouse.move(0, 0)
  if (process.env["PICTURE"] !== undefined) {
    mkdirSync(new URL(".", `file://${picture}`), { recursive: true })
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.screenshot({ path: picture })
  }
  expect(await faults()).toEqual([])
  expect(statSync(picture).size).toBeLessThan(200_000)
})
