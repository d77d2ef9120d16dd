/** What an event costs when operations are mounted and nobody looks, and what the kept events take. */
import { setTimeout } from "node:timers/promises"
import { operations } from "../../src/http/index.ts"
import { startSeen } from "../peers/governor.ts"
import { median } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { memory } from "./memory.ts"

const turns = 9

/** A storm of one service, and what an event of it takes. */
const storm = async (isMounted: boolean, throws: boolean, millis: number) => {
  let runs = 0
  const begin = () => {
    runs++
    if (throws) throw new Error("thrown")
  }
  const { listen, stop } = await startSeen(
    { count: 1, delay: 0, work: { then: "end", begin } },
    (governor) => void (isMounted && operations(governor))
  )
  await setTimeout(millis / 4) // warm
  const [began, before] = [performance.now(), runs]
  await setTimeout(millis)
  const perRun = 1e6 * (performance.now() - began) / (runs - before)
  return { listen: listen!, perRun, stop }
}

const eventsOfRun = async (): Promise<number> => {
  let [events, runs] = [0, 0]
  const { listen, stop } = await storm(false, false, 20)
  listen(({ _tag }) => {
    events++
    if (_tag === "ServiceStarting") runs++
  })
  await setTimeout(50)
  await stop()
  return Math.round(events / runs)
}

/** What a governor holds after many events, with what it keeps of them. */
const held = async (isMounted: boolean, throws: boolean) => {
  const before = memory()
  const { stop } = await storm(isMounted, throws, 100)
  await stop()
  return (memory() - before) / 1000
}

export const measureMounted = async (millis: number): Promise<Figures> => {
  const perRun = await eventsOfRun()
  const costs: Array<number> = []
  for (let turn = 0; turn < turns; turn++) {
    const order = turn % 2 === 0 ? [true, false] : [false, true]
    const taken = new Map<boolean, number>()
    for (const isMounted of order) {
      const { perRun, stop } = await storm(isMounted, false, millis / turns)
      taken.set(isMounted, perRun)
      await stop()
    }
    costs.push((taken.get(true)! - taken.get(false)!) / perRun)
  }
  const kept = async (throws: boolean) => {
    const differences = []
    for (let i = 0; i < 3; i++) differences.push(await held(true, throws) - await held(false, throws))
    return median(differences)
  }
  return {
    "event, ns": median(costs),
    "2,000 events kept, kB": await kept(false),
    "2,000 events of crashes kept, kB": await kept(true)
  }
}
