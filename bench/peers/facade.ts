/** This package for plain TypeScript. */
import type { ServiceAPI } from "../../src/promise/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { dependsOn, type Engine, named, verify, type Work } from "./Engine.ts"
import { promiseOf } from "./promises.ts"

export const engine: Engine = {
  start: async (fleet) => {
    const { count, delay, graph, work } = fleet
    const governor = new Governor({ log: () => {} }).restart(delay)
    const run = serviceOf(work)
    for (let i = 0; i < count; i++) governor.add(named(i), run, dependsOn(fleet, i))
    governor.start()
    if (graph !== undefined) await governor.whenReady()
    return {
      stop: async () => {
        const report = await governor.shutdown()
        verify("services were stopped", report.services.length, count)
      },
      listen: (listener) => governor.onEvent(listener)
    }
  }
}

/** As by hand, but for the sleep that the package has. */
const serviceOf = (work: Work): (api: ServiceAPI) => Promise<void> => {
  if (work.then !== "sleep") {
    const run = promiseOf(work)
    return ({ signal }) => run(signal)
  }
  return async ({ sleep }) => {
    const woke = work.begin()
    while (!(await sleep(work.millis))) woke()
  }
}
