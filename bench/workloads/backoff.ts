/** The shutdown of services that wait out an hour's delay before their next run. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Work } from "../peers/Engine.ts"
import { settle, type Workload } from "./Workload.ts"

const hour = 3_600_000

/** Services that are over at once, and how many runs they had. */
const ending = () => {
  let runs = 0
  const work: Work = { then: "end", begin: () => void runs++ }
  return { work, runs: () => runs }
}

const measure = async (engine: Engine, count: number) => {
  const warmUp = await engine.start({ ...ending(), count: 1000, delay: hour })
  await setTimeout(settle)
  await warmUp.stop()

  const { runs, work } = ending()
  const { stop } = await engine.start({ count, work, delay: hour })
  await setTimeout(settle) // all of them wait now
  verify("services began", runs(), count)
  const stops = performance.now()
  await stop()
  const stopped = performance.now()
  await setTimeout(settle)
  verify("runs, some after the stop", runs(), count)
  verify("timers left", process.getActiveResourcesInfo().filter((what) => what === "Timeout").length, 0)

  return { "stop, µs each": 1000 * (stopped - stops) / count }
}

export const backoff: Workload = {
  title: "shutdown in an hour's restart delay",
  counts: [1000, 10_000, 100_000],
  quick: [10_000],
  measure: (engine, { count }) => measure(engine, count)
}
