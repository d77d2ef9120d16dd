/** From a crash to the next run, of a service that crashes after a turn of the event loop. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Work } from "../peers/Engine.ts"
import { quantile } from "../statistics.ts"
import { settle, type Workload } from "./Workload.ts"

const measure = async (engine: Engine, crashes: number) => {
  const gaps: Array<number> = []
  let [crashed, began, ended] = [0, 0, 0]
  const work: Work = {
    then: "crash",
    begin: () => {
      if (began++ > 0) gaps.push(1000 * (performance.now() - crashed))
    },
    crash: () => {
      ended++
      crashed = performance.now()
      throw new Error("crash")
    }
  }
  const { stop } = await engine.start({ count: 1, work, delay: 0 })
  while (gaps.length < crashes) await setTimeout(10)
  await stop()
  const after = began
  if (began - ended > 1) throw new Error(`wrong count: ${began} runs, and only ${ended} crashes`)
  await setTimeout(settle)
  verify("runs, some after the stop", began, after)
  return {
    "crash to next run p50, µs": quantile(gaps, 0.5),
    "crash to next run p99, µs": quantile(gaps, 0.99)
  }
}

export const crash: Workload = {
  title: "from a crash to the next run",
  counts: [1],
  quick: [1],
  measure: (engine, { millis }) => measure(engine, 5 * millis)
}
