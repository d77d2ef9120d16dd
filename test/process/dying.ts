/** What is seen of a service that dies, and of those beside it. */
import { readdirSync, readFileSync } from "node:fs"
import { expect, vi } from "vitest"
import type { GovernorEvent, ServiceAPI } from "../../src/promise/index.ts"
import { isAlive, killAtEnd } from "./alive.ts"
import { governed } from "./governed.ts"

/** Threads of this process that run JavaScript. */
const threads = (): number =>
  readdirSync("/proc/self/task").filter((task) => nameOf(task).includes("WorkerThread")).length

const nameOf = (task: string): string => {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, "latin1")
  } catch {
    return "" // it is gone
  }
}

/** A governor, a service in this process that counts, and what is there when the second run of another service begins. */
export const watched = () => {
  const all = governed()
  const { events, governor, lines } = all
  let count = 0
  governor.add("other", async ({ signal, sleep }: ServiceAPI) => {
    for (; !signal.aborted; count++) await sleep("10 millis")
  })
  let left: ReadonlyArray<number> = []
  let threadsLeft = NaN
  let counted = 0
  governor.onEvent((event) => {
    if (event._tag === "ServiceCrashed") counted = count
    if (event._tag !== "ServiceStarting" || event.run !== 2) return
    left = childrenIn(lines()).filter(isAlive)
    threadsLeft = threads()
  })
  /** What was seen of the service that has died, once it is up again. */
  const seen = async (name: string) => {
    await all.ready(2)
    killAtEnd(childrenIn(lines()))
    const begotten = childrenIn(lines())
    const others = all.tags("other")
    const before = count
    await vi.waitFor(() => expect(count).toBeGreaterThan(before), { timeout: 20_000, interval: 10 })
    const { ok, services } = await governor.shutdown()
    const crash = events.find((event) => event._tag === "ServiceCrashed" && event.service === name)
    const cause = (crash as Extract<GovernorEvent, { _tag: "ServiceCrashed" }>).cause
    return { ...all, begotten, cause, counted, left, others, ok, services, threadsLeft }
  }
  return { ...all, seen }
}

/** The numbers of the processes that have said theirs. */
export const childrenIn = (lines: ReadonlyArray<string>): ReadonlyArray<number> =>
  lines.flatMap((line) => /^child (\d+)$/.exec(line)?.[1] ?? []).map(Number)
