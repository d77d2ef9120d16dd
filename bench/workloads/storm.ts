/** What a restart takes while services end at once, without a delay, again and again. */
import { setTimeout } from "node:timers/promises"
import { type Engine, type Log, verify, type Work } from "../peers/Engine.ts"
import { settle, type Size, type Workload } from "./Workload.ts"

const measure = async (engine: Engine, throws: boolean, { count, millis }: Size, loggers?: Log["loggers"]) => {
  let [runs, lines] = [0, 0]
  const begin = () => {
    runs++
    if (throws) throw new Error("thrown")
  }
  const work: Work = { then: "end", begin }
  const log = loggers && { loggers, line: () => void lines++ }
  const { stop } = await engine.start({ count, work, delay: 0, ...(log && { log }) })
  await setTimeout(millis / 3) // warm
  const [began, before] = [performance.now(), runs]
  await setTimeout(millis)
  const [took, restarts] = [performance.now() - began, runs - before]
  await stop()
  const after = runs
  if (before < count || restarts === 0) throw new Error(`wrong count: ${before} runs, and ${restarts} restarts`)
  await setTimeout(settle)
  verify("runs, some after the stop", runs, after)
  if (log && loggers !== "none" && lines < runs) throw new Error(`wrong count: ${runs} runs, and only ${lines} lines`)
  return { "restart, ns": 1e6 * took / restarts }
}

export const storm = (count: number, end: "returned" | "threw"): Workload => ({
  title: `zero-delay restarts of ${count === 1 ? "one service that" : `${count} services that`} ${end}`,
  counts: [count],
  quick: [count],
  measure: (engine, size) => measure(engine, end === "threw", size)
})

/** What the core logs of a crash by itself, the others log with `Effect.logError`. */
export const logged = (loggers: Log["loggers"], title: string): Workload => ({
  title: `zero-delay restarts of one service that threw, with ${title}`,
  counts: [1],
  quick: [1],
  peers: ["governor", "raw", "fiberMap", "lean"],
  measure: (engine, size) => measure(engine, true, size, loggers)
})
