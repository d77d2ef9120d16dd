/** What 20,000 series take to be told: of 10,000 services, each with a crash and a restart. */
import * as Context from "effect/Context"
import { operations } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { named, verify } from "../peers/Engine.ts"
import { median } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { askedWell, longestStretch, processor, serve } from "./asking.ts"

/** Each service crashes once. */
const governed = async (services: number) => {
  const governor = new Governor({ log: () => {} }).restart(0)
  let runs = 0
  let resolve = () => {}
  const all = new Promise<void>((done) => {
    resolve = done
  })
  for (let i = 0; i < services; i++) {
    let isFirst = true
    governor.add(named(i), async ({ sleep }) => {
      if (++runs === 2 * services) resolve()
      if (!isFirst) return void await sleep("Infinity")
      isFirst = false
      throw new Error("thrown")
    })
  }
  governor.start()
  await all
  return governor
}

/** What the others need is not loaded beside ours: it is a part of the first answer. */
const servers: Readonly<Record<string, (services: number) => Promise<string>>> = {
  governor: async (services) => `${(await operations(await governed(services)).listen()).url}/metrics`,
  effect: async (services) => {
    await governed(services)
    const { formatUnsafe } = await import("effect/observability/PrometheusMetrics")
    return serve((_, response) => response.end(formatUnsafe(Context.empty())))
  },
  promClient: async (services) => {
    const { Counter, register } = await import("prom-client")
    for (const name of ["restarts", "crashes"]) {
      const labelNames = ["governor", "service"] as const
      const counter = new Counter({ name: `governor_${name}_total`, help: `All ${name}`, labelNames })
      for (let i = 0; i < services; i++) counter.inc({ governor: "governor", service: named(i) })
    }
    return serve((_, response) => void register.metrics().then((text) => response.end(text)))
  }
}

export const measureMetrics = async (peer: string, series: number, times: number): Promise<Figures> => {
  const url = await servers[peer]!(series / 2)
  const answers = async (times: number) => {
    const told = await askedWell({ _tag: "Ask", url, times }, 200)
    verify("times 1,000 lines", Math.floor(told.lines / 1000), Math.floor(series / 1000))
    return told
  }
  let first = 0
  const stretch = await longestStretch(async () => first = (await answers(1)).millis[0]!)
  await answers(times) // warm
  let told = { millis: [] as ReadonlyArray<number>, bytes: 0 }
  const taken = await processor(async () => told = await answers(times))
  const stretches = []
  for (let i = 0; i < times; i++) stretches.push(await longestStretch(() => answers(1)))
  return {
    "all, ms": median(told.millis),
    "all, CPU ms": taken / times,
    "longest stretch, ms": median(stretches.map(({ wall }) => wall)),
    "longest stretch, CPU ms": median(stretches.map(({ cpu }) => cpu)),
    "first, ms": first,
    "first: longest stretch, CPU ms": stretch.cpu,
    "MB": told.bytes / 1e6
  }
}
