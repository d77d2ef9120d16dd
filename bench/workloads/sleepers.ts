/** Services that each sleep 10 ms in a loop: how they wake up, and how they are stopped. */
import { setTimeout } from "node:timers/promises"
import { type Engine, verify, type Work } from "../peers/Engine.ts"
import { quantile } from "../statistics.ts"
import { settle, type Size, type Workload } from "./Workload.ts"

const millis = 10

/** One of a hundred is looked at for how late it wakes up. */
const looked = 100

const sleepers = () => {
  const seen = { began: 0, wakeUps: 0, late: [] as Array<number> }
  const plain = () => {
    seen.wakeUps++
  }
  const work: Work = {
    then: "sleep",
    millis,
    begin: () => {
      if (seen.began++ % looked !== 0) return plain
      let last = performance.now()
      return () => {
        seen.wakeUps++
        const now = performance.now()
        seen.late.push(now - last - millis)
        last = now
      }
    }
  }
  return { seen, work }
}

const start = async (engine: Engine, count: number, warmUp: number) => {
  const { seen, work } = sleepers()
  const { stop } = await engine.start({ count, work, delay: 0 })
  await setTimeout(warmUp)
  verify("services began", seen.began, count)
  const stopped = async () => {
    await stop()
    const { wakeUps } = seen
    await setTimeout(settle)
    verify("wake-ups, some after the stop", seen.wakeUps, wakeUps)
    verify("services began, some after the stop", seen.began, count)
  }
  return { seen, stop, stopped }
}

const measure = async (engine: Engine, { count, millis }: Size) => {
  const { seen, stopped } = await start(engine, count, millis / 3)
  seen.late.length = 0
  const [began, before, usage] = [performance.now(), seen.wakeUps, process.cpuUsage()]
  await setTimeout(millis)
  const [seconds, wakeUps, cpu] = [(performance.now() - began) / 1000, seen.wakeUps - before, process.cpuUsage(usage)]
  await stopped()
  return {
    "wake-ups per s": wakeUps / seconds,
    "CPU per wake-up, µs": (cpu.user + cpu.system) / wakeUps,
    "late p50, ms": quantile(seen.late, 0.5),
    "late p99, ms": quantile(seen.late, 0.99)
  }
}

const measureStop = async (engine: Engine, { count, millis }: Size) => {
  const { stop, seen, stopped } = await start(engine, count, millis / 3)
  if (seen.wakeUps === 0) throw new Error("wrong count: no wake-ups")
  const stops = performance.now()
  await stop()
  const took = performance.now() - stops
  await stopped()
  return { "stop, µs each": 1000 * took / count }
}

export const awake: Workload = {
  title: "services that sleep 10 ms in a loop",
  counts: [10_000],
  quick: [2000],
  measure
}

export const awakeStop: Workload = {
  title: "shutdown of services that sleep 10 ms in a loop",
  counts: [60_000],
  quick: [6000],
  measure: measureStop
}
