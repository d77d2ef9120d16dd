/** What it takes to say what all services are doing, and to write that down as JSON. */
import { type Engine, verify, type Wait } from "../peers/Engine.ts"
import { median } from "../statistics.ts"
import type { Workload } from "./Workload.ts"

const hour = 3_600_000

/** How often the status is read. The first reads are slow, as their code is not compiled yet: the median leaves them out. */
const turns = 21

const measure = async (engine: Engine, count: number) => {
  const work: Wait = { then: "wait", begin: () => {}, ended: () => {} }
  const { restart, status, stop } = await engine.start({ count, work, delay: hour })
  if (status === undefined || restart === undefined) throw new Error("no status")
  const [asked, written]: [Array<number>, Array<number>] = [[], []]
  for (let turn = 0; turn < turns; turn++) {
    await restart() // so that a list kept from the last read is out of date
    const began = performance.now()
    const statuses = status()
    const had = performance.now()
    const text = JSON.stringify(statuses)
    written.push(performance.now() - had)
    asked.push(had - began)
    verify("statuses", statuses.length, count)
    verify("services run in what was written", text.split(`"_tag":"Running"`).length - 1, count)
  }
  await stop()
  return {
    "status, ms": median(asked),
    "JSON of it, ms": median(written),
    "both, ms": median(asked.map((millis, turn) => millis + written[turn]!))
  }
}

export const status: Workload = {
  title: "the status of all services",
  counts: [10_000],
  quick: [1000],
  peers: ["governor", "facade"],
  measure: (engine, { count }) => measure(engine, count)
}
