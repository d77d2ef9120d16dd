/** What a restart takes while services end at once, without a delay, again and again. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Work } from "../peers/Engine.ts"
import { settle, type Size, type Workload } from "./Workload.ts"

const measure = async (engine: Engine, throws: boolean, { count, millis }: Size) => {
  let runs = 0
  const begin = () => {
    runs++
    if (throws) throw new Error("thrown")
  }
  const work: Work = { then: "end", begin }
  const { stop } = await engine.start({ count, work, delay: 0 })
  await setTimeout(millis / 3) // warm
  const [began, before] = [performance.now(), runs]
  await setTimeout(millis)
  const [took, restarts] = [performance.now() - began, runs - before]
  await stop()
  const after = runs
  if (before < count || restarts === 0) throw new Error(`wrong count: ${before} runs, and ${restarts} restarts`)
  await setTimeout(settle)
  verify("runs, some after the stop", runs, after)
  return { "restart, ns": 1e6 * took / restarts }
}

export const storm = (count: number, end: "returned" | "threw"): Workload => ({
  title: `zero-delay restarts of ${count === 1 ? "one service that" : `${count} services that`} ${end}`,
  counts: [count],
  quick: [count],
  measure: (engine, size) => measure(engine, end === "threw", size)
})
