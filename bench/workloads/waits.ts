/** Services that wait for one another, and say when they are ready, one after another: what that takes by their number. */
import { type Engine, type Graph, named, verify } from "../peers/Engine.ts"
import type { Workload } from "./Workload.ts"

/** Which services each one waits for. */
const shapes: Readonly<Record<string, Graph>> = {
  "chain, µs each": (i) => i === 0 ? [] : [i - 1],
  "all for the first, µs each": (i) => i === 0 ? [] : [0],
  "the last for all, µs each": (i, count) => i < count - 1 ? [] : Array.from({ length: count - 1 }, (_, j) => j)
}

const wait = async ({ wait }: Engine, graph: Graph, count: number) => {
  if (wait === undefined) throw new Error("no dependencies")
  const began = performance.now()
  const { ready, status, stop } = await wait(graph, count)
  const last = status().at(-1)
  verify("names are waited for", last?.waitingFor?.length ?? 0, graph(count - 1, count).length)
  for (let i = 0; i < count; i++) ready(named(i))
  verify("services run", status().filter(({ _tag }) => _tag === "Running").length, count)
  const took = performance.now() - began
  await stop()
  return 1000 * took / count
}

export const waits: Workload = {
  title: "services that wait for one another",
  counts: [1000, 10_000],
  quick: [100, 1000],
  peers: ["governor"],
  measure: async (engine, { count }) => {
    const figures: Record<string, number> = {}
    for (const graph of Object.values(shapes)) await wait(engine, graph, 1000) // warm
    for (const [figure, graph] of Object.entries(shapes)) figures[figure] = await wait(engine, graph, count)
    return figures
  }
}
