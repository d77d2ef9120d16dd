/** Services that wait for their end: what it takes to start, to hold and to stop them, alone or depending on one another. */
import { setTimeout } from "node:timers/promises"
import { type Asked, type Engine, type Graph, verify, type Wait } from "../peers/Engine.ts"
import { settle, type Workload } from "./Workload.ts"

const hour = 3_600_000

const memory = () => {
  globalThis.gc?.()
  return process.memoryUsage()
}

/** Services that wait, and how many of them began and ended. */
const waiting = (count: number, by: Wait["by"]) => {
  const fibers = Array.from<Asked | undefined>({ length: count })
  let [began, told] = [0, 0]
  const work: Wait = {
    then: "wait",
    ...(by && { by }),
    begin: (fiber) => {
      fibers[began++] = fiber
    },
    ended: () => {
      told++
    }
  }
  const ended = () => told + fibers.filter((fiber) => fiber !== undefined && fiber.pollUnsafe() !== undefined).length
  return { work, began: () => began, ended }
}

const measure = async (engine: Engine, count: number, { by, graph }: { by?: Wait["by"]; graph?: Graph } = {}) => {
  const fleet = { delay: hour, ...(graph && { graph }) }
  const warmUp = await engine.start({ ...fleet, ...waiting(1000, by), count: 1000 })
  await warmUp.stop()

  const { began, ended, work } = waiting(count, by)
  const before = memory()
  const starts = performance.now()
  const { stop } = await engine.start({ ...fleet, work, count })
  const started = performance.now()
  verify("services began", began(), count)
  verify("services ended before the stop", ended(), 0)
  const after = memory()
  const stops = performance.now()
  await stop()
  const stopped = performance.now()
  verify("services ended", ended(), count)
  await setTimeout(settle)
  verify("services began, some after the stop", began(), count)

  return {
    "start, µs each": 1000 * (started - starts) / count,
    "heap, bytes each": (after.heapUsed - before.heapUsed) / count,
    "RSS, bytes each": (after.rss - before.rss) / count,
    "stop, µs each": 1000 * (stopped - stops) / count
  }
}

export const idle: Workload = {
  title: "idle services",
  counts: [1000, 10_000, 100_000],
  quick: [10_000],
  measure: (engine, { count }) => measure(engine, count)
}

const ending = (by: NonNullable<Wait["by"]>, title: string): Workload => ({
  title,
  counts: [1000, 10_000, 100_000],
  quick: [10_000],
  peers: ["governor", "raw", "fiberMap", "lean"],
  measure: (engine, { count }) => measure(engine, count, { by })
})

export const onInterrupt = ending("onInterrupt", "idle services that wait in Effect.onInterrupt")

export const finalizer = ending("finalizer", "idle services that add a finalizer to the scope of their run")

const graphed = (title: string, graph: Graph): Workload => ({
  title,
  counts: [10_000, 100_000],
  quick: [1000, 10_000],
  peers: ["governor", "facade"],
  measure: (engine, { count }) => measure(engine, count, { graph })
})

export const chain = graphed("a chain, each depending on the one before", (i) => i === 0 ? [] : [i - 1])

export const fan = graphed(
  "a fan, all depending on the first, and the last on all",
  (i, count) => i === 0 ? [] : i < count - 1 ? [0] : Array.from({ length: i }, (_, j) => j)
)
