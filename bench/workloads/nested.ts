/** A chain of governors, each inside a service of the one above: what it takes to start and to shut down, by its depth. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Wait } from "../peers/Engine.ts"
import { settle, type Workload } from "./Workload.ts"

const hour = 3_600_000

/** The one service at the bottom, how often it began, and whether it has ended. */
const bottom = () => {
  let [began, told] = [0, 0]
  let isOver = () => false
  const work: Wait = {
    then: "wait",
    begin: (fiber) => {
      began++
      if (fiber !== undefined) isOver = () => fiber.pollUnsafe() !== undefined
    },
    ended: () => {
      told++
    }
  }
  return { work, began: () => began, ended: () => told + Number(isOver()) }
}

const nest = async ({ nest }: Engine, count: number) => {
  if (nest === undefined) throw new Error("no governors")
  const { began, ended, work } = bottom()
  const starts = performance.now()
  const { stop } = await nest({ count, work, delay: hour })
  const start = performance.now() - starts
  verify("services began", began(), 1)
  verify("services ended before the stop", ended(), 0)
  const stops = performance.now()
  await stop()
  const took = performance.now() - stops
  verify("services ended", ended(), 1)
  await setTimeout(settle)
  verify("services began, some after the stop", began(), 1)
  return { "start, ms": start, "stop, ms": took }
}

export const nested: Workload = {
  title: "a chain of governors, each inside a service of the one above",
  counts: [200, 400],
  quick: [40, 80],
  peers: ["governor", "facade"],
  timeout: 60_000, // each that ends at all takes a few seconds
  measure: async (engine, { count }) => {
    await nest(engine, 10) // warm
    return nest(engine, count)
  }
}
