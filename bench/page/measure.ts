/** Measures: a fresh browser and a fresh governor each time. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline/promises"
import { chromium, type Page } from "playwright-core"
import { args } from "../../test/page/chromium.ts"
import type { Figures } from "../workloads/Workload.ts"
import { framesOf, momentsOf, watch } from "./watch.ts"

export interface Workload {
  readonly title: string
  readonly services: number
  /** Events a second. */
  readonly storm?: number
}

export const workloads: Readonly<Record<string, Workload>> = {
  "open 1,000": { title: "opened, cold, with 1,000 services", services: 1000 },
  "open 5,000": { title: "opened, cold, with 5,000 services", services: 5000 },
  "storm 100": { title: "5,000 services, 100 events a second", services: 5000, storm: 100 },
  "storm 1,000": { title: "5,000 services, 1,000 events a second", services: 5000, storm: 1000 }
}

/** `stretch`: how long the frames of a storm are counted, in milliseconds. */
export const measure = async (
  executablePath: string,
  { services, storm }: Workload,
  stretch = 5000
): Promise<Figures> => {
  await using governor = await started(services)
  const browser = await chromium.launch({ executablePath, args })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.addInitScript(watch)
    await page.goto(`${governor.url}/`, { waitUntil: "commit" })
    const opened = await page.evaluate(momentsOf)
    if (storm !== undefined) return await measureStorm(page, governor, storm, stretch)
    const { answered, known, painted, rows, searched } = opened
    return {
      "first paint after the answer, ms": painted - answered,
      "rows after the answer with all services, ms": rows - known,
      "rows after the answer with the page, ms": rows - answered,
      "rows, ms": rows,
      "a search is answered, ms": searched
    }
  } finally {
    await browser.close()
  }
}

const measureStorm = async (page: Page, governor: Started, rate: number, stretch: number): Promise<Figures> => {
  governor.say(rate)
  await page.waitForTimeout(1000) // it is in full swing
  const { events, late, longest, perSecond } = await page.evaluate(framesOf, stretch)
  governor.say(0)
  return {
    "frames a second": perSecond,
    "frame p99, ms": late,
    "longest frame, ms": longest,
    "events told, a second": Number(await governor.hears()),
    "events shown, a second": events / stretch * 1000
  }
}

type Started = Awaited<ReturnType<typeof started>>

/** A governor in a process of its own. */
const started = async (services: number) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "governor.ts"), String(services)], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const hears = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done === true) throw new Error("the governor has ended")
    return line.value
  }
  return {
    url: await hears(),
    hears,
    say: (rate: number) => void child.stdin.write(`${rate}\n`),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL")
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    }
  }
}
