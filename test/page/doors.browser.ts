/** How somebody comes to the page: by a link, below another path, and with a token. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { five, watched } from "./governors.ts"
import { wrongIn } from "./truth.ts"
import { opened } from "./Window.ts"

it("shows the same by its address: the search, the order and the service", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  await expect.poll(truth.latest).toBeGreaterThan(40)
  const first = await opened(url)
  await first.loaded()
  await first.page.fill("#search", "r e")
  await first.page.click("text=Crashes")
  await first.page.click("[role=row][data-path=reader]")
  await first.page.waitForSelector("[aria-label='Commands for reader']")
  const second = await opened(first.page.url())
  await second.page.waitForSelector("[aria-label='Commands for reader']")
  expect(await second.page.inputValue("#search")).toBe("r e")
  expect(await second.page.getAttribute("[role=columnheader]:has-text('Crashes')", "aria-sort")).toBe("descending")
  const paths = async ({ said }: typeof first) => (await said()).rows.map(([path]) => path)
  expect(await paths(second)).toEqual(["reader", "store", "ticker"]) // the only one that crashes comes first
  expect(await paths(first)).toEqual(await paths(second))

  // The browser goes back to what was there before.
  await first.page.goBack()
  await expect.poll(() => first.page.locator("[aria-label='Commands for reader']").count()).toBe(0)
})

it.each(["/ops/", "/ops"])("works below another path: %s", async (path) => {
  const { governor, operations, truth } = await watched(five())
  governor.start()
  const server = createServer((request, response) => {
    const { url = "/" } = request
    if (!url.startsWith("/ops")) return void response.writeHead(404).end()
    request.url = url.slice("/ops".length) || "/"
    operations.listener(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { badge, faults, loaded, said } = await opened(`http://127.0.0.1:${port}${path}`)
  await loaded()
  await expect.poll(badge).toMatch(/Live/)
  const { sequence } = await said()
  await expect.poll(async () => (await said()).sequence).toBeGreaterThan(sequence + 5)
  expect(wrongIn(await said(), truth)).toEqual([])
  expect(await faults()).toEqual([])
})

it("asks for the token of those who may read, and shows nothing before", async () => {
  const { governor, url } = await watched(five(), 0, { tokens: { read: "read-token" } })
  governor.start()
  const { badge, loaded, page, said } = await opened(url)
  await page.waitForSelector(".unlock input")
  expect((await said()).rows).toEqual([])
  await page.keyboard.type("a-guess") // it has the focus
  await page.keyboard.press("Enter")
  await page.waitForSelector("text=The token for reading is wrong")
  await page.keyboard.press("Control+A")
  await page.keyboard.type("read-token")
  await page.keyboard.press("Enter")
  await loaded()
  await expect.poll(badge).toMatch(/Live/)
  expect(page.url()).not.toContain("read-token")
})
