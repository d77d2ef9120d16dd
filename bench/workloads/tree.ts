/**
 * What an event costs in a storm of services that return: with a listener on one governor that has all services, and with a
 * listener on the tree of a governor that has them in ten governors inside.
 */
import { setTimeout } from "node:timers/promises"
import { type Engine, type Started, verify, type Work } from "../peers/Engine.ts"
import { median } from "../statistics.ts"
import type { Size, Workload } from "./Workload.ts"

/** How often each has its turn, with and without a listener. */
const turns = 7

const governors = 10

/** What an event costs with one listener, and a restart with none, in nanoseconds. */
const costs = async ({ listen, stop }: Started, runs: () => number, millis: number) => {
  if (listen === undefined) throw new Error("no events")
  let [heard, beginnings] = [0, 0]
  const listener = (event: { readonly _tag: string }) => {
    heard++
    if (event._tag === "ServiceStarting") beginnings++
  }
  const perRestart = async (listeners: number) => {
    const before = runs()
    ;[heard, beginnings] = [0, 0]
    const unlisten = Array.from({ length: listeners }, () => listen(listener))
    const began = performance.now()
    await setTimeout(millis / turns)
    const took = performance.now() - began
    unlisten.forEach((stopListening) => stopListening())
    verify("beginnings were heard", beginnings, listeners * (runs() - before))
    return 1e6 * took / (runs() - before)
  }
  await perRestart(1) // warm
  const [none, one]: [Array<number>, Array<number>] = [[], []]
  let perRun = 0
  for (let turn = 0; turn < turns; turn++) {
    none.push(await perRestart(0))
    one.push(await perRestart(1))
    perRun = Math.round(heard / beginnings)
  }
  await stop()
  return { restart: median(none), event: (median(one) - median(none)) / perRun }
}

const measure = async ({ spread, start }: Engine, { count, millis }: Size) => {
  if (spread === undefined) throw new Error("no governors inside")
  let runs = 0
  const work: Work = { then: "end", begin: () => void runs++ }
  const fleet = { count, work, delay: 0 }
  const together = await costs(await start(fleet), () => runs, millis)
  const apart = await costs(await spread(fleet, governors), () => runs, millis)
  return {
    "restart in one governor, ns": together.restart,
    "event of one governor, ns": together.event,
    "restart in ten governors, ns": apart.restart,
    "event of ten governors, ns": apart.event
  }
}

export const tree: Workload = {
  title: "events of services in one governor, and in ten governors inside of one",
  counts: [1000],
  quick: [1000],
  peers: ["governor", "facade"],
  measure
}
