/** A shutdown as it happens, and how it went. */
import { once } from "node:events"
import { expect, it } from "vitest"
import { progressOf } from "../../src/operations/progress.ts"
import { Governor } from "../../src/promise/index.ts"
import { watched } from "./governors.ts"
import { recordingOf } from "./truth.ts"
import { opened } from "./Window.ts"

/** `api` ends when it may, and `store` after it. `deaf` never does. */
const slow = () => {
  const released = new AbortController()
  const promise = once(released.signal, "abort")
  const governor = new Governor({ log: () => {}, name: "slow", shutdownTimeout: "20 seconds" })
  const wait = ({ sleep }: { readonly sleep: (duration: "Infinity") => Promise<boolean> }) =>
    sleep("Infinity").then(() => {})
  governor.add("store", wait)
  governor.add("api", { run: (api) => wait(api).then(() => promise).then(() => {}) }, { dependsOn: ["store"] })
  governor.add("deaf", () => new Promise<void>(() => {}), { stopTimeout: "1 second" })
  governor.add("quick", wait)
  return { governor, letGo: () => released.abort() }
}

it("says who holds it up and who waits for whom, and how it went, as the model does", async () => {
  const { governor, letGo } = slow()
  const { truth, url } = await watched(governor)
  governor.start()
  await governor.whenReady()
  const recording = await recordingOf(url)
  const { badge, faults, loaded, page } = await opened(url)
  await loaded()
  const done = governor.shutdown("enough for today")
  const told = () =>
    page.evaluate(() => ({
      sequence: Number(document.querySelector<HTMLElement>("aside")?.dataset["sequence"]),
      stops: Array.from(
        document.querySelectorAll<HTMLElement>("aside tr[data-path]"),
        ({ dataset }) => `${dataset["path"]} ${dataset["state"]}`
      ).toSorted()
    }))
  const modelAt = (sequence: number) => {
    for (const event of truth.events) recording.take({ event })
    return progressOf(recording.viewAt(sequence))?.stops.map(({ name, state }) => `${name} ${state}`).toSorted()
  }

  // `deaf` is given up after a second; `api` holds all up.
  await expect.poll(async () => (await told()).stops).toEqual([
    "api Stopping",
    "deaf Abandoned",
    "quick Stopped",
    "store Works"
  ])
  const then = await told()
  expect(modelAt(then.sequence)).toEqual(then.stops)
  expect(await page.innerText("aside")).toMatch(/enough for today[^]*of 20 s[^]*Held up by\s+api[^]*waits for\s+api/)

  letGo()
  expect((await done).ok).toBe(false)
  await expect.poll(badge).toMatch(/Shut down/)
  await expect.poll(async () => (await told()).sequence).toBe(truth.latest())
  const last = await told()
  expect(last.stops).toEqual(["api Stopped", "deaf Abandoned", "quick Stopped", "store Stopped"])
  expect(modelAt(last.sequence)).toEqual(last.stops)
  expect(await page.innerText("aside h2")).toBe("Shutdown, over")
  // When the governor is over nobody answers, which the browser calls an error.
  expect((await faults()).filter((fault) => !/Failed to load resource|ERR_/.test(fault))).toEqual([])
})
