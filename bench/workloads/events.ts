/** What an event costs with no, one and ten listeners, in a storm of one service that returns. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Work } from "../peers/Engine.ts"
import { median } from "../statistics.ts"
import type { Size, Workload } from "./Workload.ts"

/** How often each number of listeners has its turn. */
const turns = 7

const measure = async (engine: Engine, { millis }: Size) => {
  let [runs, heard, beginnings] = [0, 0, 0]
  const work: Work = { then: "end", begin: () => void runs++ }
  const { listen, stop } = await engine.start({ count: 1, work, delay: 0 })
  if (listen === undefined) throw new Error("no events")
  const listener = (event: { readonly _tag: string }) => {
    heard++
    if (event._tag === "ServiceStarting") beginnings++
  }
  const perRestart = async (listeners: number) => {
    const before = runs
    beginnings = 0
    const unlisten = Array.from({ length: listeners }, () => listen(listener))
    const began = performance.now()
    await setTimeout(millis / turns)
    const took = performance.now() - began
    unlisten.forEach((stopListening) => stopListening())
    verify("beginnings were heard", beginnings, listeners * (runs - before))
    return 1e6 * took / (runs - before)
  }

  await perRestart(10) // warm
  const costs: Record<"none" | "one" | "ten", Array<number>> = { none: [], one: [], ten: [] }
  let perRun = 0
  for (let turn = 0; turn < turns; turn++) {
    costs.none.push(await perRestart(0))
    heard = 0
    costs.one.push(await perRestart(1))
    perRun = Math.round(heard / beginnings)
    costs.ten.push(await perRestart(10))
  }
  await stop()

  const [none, one, ten] = [median(costs.none), median(costs.one), median(costs.ten)]
  return {
    "restart with no listener, ns": none,
    "event with one listener, ns": (one - none) / perRun,
    "event with ten listeners, ns": (ten - none) / perRun
  }
}

export const events: Workload = {
  title: "events",
  counts: [1],
  quick: [1],
  peers: ["governor", "facade"],
  measure
}
