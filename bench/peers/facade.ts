/** This package for plain TypeScript. */
import { Governor, type ServiceAPI, type ServiceInput } from "../../src/promise/index.ts"
import { dependsOn, type Engine, named, type Probed, type Started, verify, type Work } from "./Engine.ts"
import { promiseOf } from "./promises.ts"

export const engine: Engine = {
  start: async (fleet) => {
    const { count, delay, graph, work } = fleet
    const governor = make(delay)
    const run = serviceOf(work)
    for (let i = 0; i < count; i++) governor.add(named(i), run, dependsOn(fleet, i))
    governor.start()
    if (graph !== undefined) await governor.whenReady()
    return started(governor, count)
  },
  nest: async ({ count, delay, work }) => {
    const governor = make(delay)
    let service: ServiceInput = serviceOf(work)
    for (let i = 0; i < count; i++) service = nested(service)
    governor.add("inside", service)
    governor.start()
    await governor.whenReady()
    return started(governor, count + 1)
  },
  spread: async ({ count, delay, work }, governors) => {
    const governor = make(delay)
    const run = serviceOf(work)
    const inside = Governor.asService((inner) => {
      inner.restart(delay)
      for (let i = 0; i < count / governors; i++) inner.add(named(i), run)
    })
    for (let i = 0; i < governors; i++) governor.add(named(i), inside)
    governor.start()
    await governor.whenReady()
    const listen: Started["listen"] = (listener) => governor.onEvent(listener, { tree: true })
    return { ...started(governor, count + governors), listen }
  },
  probe: async (count, probed) => {
    const governor = make(0)
    const liveness = probed && { check: checkOf(probed), every: probed.every }
    for (let i = 0; i < count; i++) governor.add(named(i), ({ sleep }) => sleep("Infinity"), { liveness })
    governor.start()
    return started(governor, count)
  }
}

const checkOf = ({ checked, kind }: Probed) => kind === "value" ? checked : async () => checked()

const make = (delay: number) => new Governor({ log: () => {} }).restart(delay)

const nested = (service: ServiceInput) => Governor.asService((governor) => governor.add("inside", service))

const started = (governor: Governor, services: number): Started => ({
  stop: async () => {
    const report = await governor.shutdown()
    verify("services were stopped", report.services.length, services)
  },
  listen: (listener) => governor.onEvent(listener),
  status: () => governor.status(),
  restart: () => governor.get(named(0)).restart()
})

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
