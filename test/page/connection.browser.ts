/** The page never looks live when it is not. */
import { setTimeout } from "node:timers/promises"
import { expect, it } from "vitest"
import { five, watched } from "./governors.ts"
import { proxy } from "./proxy.ts"
import { wrongIn } from "./truth.ts"
import { opened } from "./Window.ts"

it("asks nobody but its own host, and breaks no rule of its policy", async () => {
  const { governor, url } = await watched(five())
  governor.start()
  const { faults, loaded, page, requests } = await opened(url)
  await loaded()
  await page.click("[data-path=reader]")
  await page.waitForSelector("aside h2")
  const { origin } = new URL(url)
  const foreign = requests.filter((request) => !request.startsWith("data:") && new URL(request).origin !== origin)
  expect(requests).toContain(url)
  expect(foreign).toEqual([])
  expect(await faults()).toEqual([])
})

it("says that it is stale when nobody answers, and as of when, and comes back by itself", async () => {
  const { cut, governor, listen, truth, url } = await watched(five())
  governor.start()
  const { badge, loaded, page, said } = await opened(url)
  await loaded()
  await expect.poll(badge).toMatch(/Live/)
  const epoch = async () => (await (await fetch(`${url}incident`)).text()).split("\n")[0]!.match(/"epoch":"(\w+)"/)![1]
  const before = await epoch()

  await cut()
  await page.waitForSelector(".badge.stale")
  const { sequence } = await said()
  expect(await badge()).toMatch(/Stale.* as of .*\d:\d\d:\d\d.*, \d+ s ago: /)
  expect(wrongIn(await said(), truth)).toEqual([])
  await expect.poll(truth.latest).toBeGreaterThan(sequence + 10)
  expect((await said()).sequence, "nothing new is shown").toBe(sequence)
  expect(await page.getAttribute("main", "class")).toMatch(/stale/)

  await listen()
  await expect.poll(badge).toMatch(/Live/)
  expect(await epoch()).toBe(before)
  await expect.poll(async () => (await said()).sequence).toBeGreaterThan(sequence + 10)
  expect(wrongIn(await said(), truth)).toEqual([])
  expect(await page.locator(".notices p").count(), "it is the same process").toBe(0)
})

it("says so when the network is silent, though nobody has closed a connection", async () => {
  const { governor, url } = await watched(five())
  governor.start()
  const between = await proxy(url)
  const { badge, page } = await opened(between.url, {}, (page) => page.clock.install())
  await expect.poll(badge).toMatch(/Live/)
  between.freeze()
  // What was on its way is still heard, maybe after the first of these.
  const later = () => page.clock.fastForward("00:25")
  await expect.poll(() => later().then(badge)).toMatch(/Stale.* as of/)
  between.thaw()
  await later() // it gives up to wait for an answer
  await expect.poll(badge).toMatch(/Live/)
})

it("says that the process was restarted when another one answers", async () => {
  const first = await watched(five())
  first.governor.start()
  const { badge, loaded, page, said } = await opened(first.url)
  await loaded()
  await expect.poll(first.truth.latest).toBeGreaterThan(20)
  await first.governor.shutdown()
  const second = await again(Number(new URL(first.url).port))
  second.governor.start()
  await page.waitForSelector(".notices p", { timeout: 20_000 })
  expect(await page.innerText(".notices")).toMatch(/Another process answers since .* restarted/)
  await expect.poll(badge).toMatch(/Live/)
  await expect.poll(async () => wrongIn(await said(), second.truth)).toEqual([])
  await page.click(".notices button")
  await expect.poll(() => page.locator(".notices p").count()).toBe(0)
})

/** The same governor at the same port, in what is another process for the page. */
const again = async (port: number) => {
  for (;;) {
    try {
      return await watched(five(), port)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error
      await setTimeout(20)
    }
  }
}

it("says that the governor has shut down, and how that went", async () => {
  const { governor, truth, url } = await watched(five())
  governor.start()
  const { badge, loaded, page, said } = await opened(url)
  await loaded()
  await expect.poll(truth.latest).toBeGreaterThan(20)
  await governor.shutdown()
  await expect.poll(badge).toMatch(/Shut down/)
  expect(await page.getAttribute("main", "class")).toMatch(/past/)
  expect((await said()).sequence).toBe(truth.latest())
  expect(wrongIn(await said(), truth)).toEqual([])
})
