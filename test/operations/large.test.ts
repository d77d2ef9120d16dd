import { assert, describe, it } from "@effect/vitest"
import { budget } from "../../src/operations/budget.ts"
import { chainOf } from "../../src/operations/chain.ts"
import { graphOf } from "../../src/operations/graph.ts"
import { news } from "../../src/operations/news.ts"
import { plan } from "../../src/operations/plan.ts"
import { progressOf } from "../../src/operations/progress.ts"
import type { View } from "../../src/operations/View.ts"
import { problems, why } from "../../src/operations/why.ts"
import { crash, type Made, madeView, running, thrown } from "./made.ts"
import { ready, starts, told, waits } from "./told.ts"

/** One database that is down, and many services that wait for it, in rows of ten, some of them in a governor. */
const outage = (count: number): View => {
  const services: Record<string, Made> = {
    database: { status: { _tag: "Backoff", until: 128_000, cause: thrown("no connection"), crashes: 1 } },
    ingest: { status: running }
  }
  for (let i = 0; i < count; i++) {
    const other = i % 10 === 0 ? "database" : `s${i - 1}`
    services[`s${i}`] = { status: { _tag: "Waiting", waitingFor: [other] }, dependsOn: [other] }
    services[`ingest/s${i}`] = { status: running, stopTimeout: 1000, dependsOn: i > 0 ? [`s${i - 1}`] : [] }
  }
  return madeView(services, { events: [crash("database", 119_000)] })
}

/** One in the next, deeper than a stack. */
const deep = (count: number): View => {
  const services: Record<string, Made> = {}
  for (let i = 0, path = "s"; i < count; i++, path += "/s") services[path] = { status: running }
  return madeView(services)
}

/** All begin, one after the other. */
const begun = ({ services }: View) =>
  told(...Array.from(services.keys()).flatMap((name, i) => [waits(i, name), starts(i, name), ready(i, name)]))

const questions: ReadonlyArray<readonly [string, (view: View) => unknown]> = [
  ["problems", problems],
  ["news", news],
  ["graphOf", graphOf],
  ["why", (view) => why(view, "s9")],
  ["plan of a shutdown", (view) => plan(view, { _tag: "Shutdown" })],
  ["plan of a stop", (view) => plan(view, { _tag: "Stop", service: "ingest" })],
  ["chainOf", chainOf],
  ["chainOf, by events", (view) => chainOf({ ...view, events: begun(view) })],
  ["progressOf", (view) => progressOf({ ...view, closing: { reason: { _tag: "AllOver" }, since: 0 } })],
  ["budget", (view) => budget({ ...view, shutdownTimeout: 1000 })]
]

/** How often the question reads a status or a spec of the view: a number that no machine changes. */
const reads = (view: View, ask: (view: View) => unknown): number => {
  let count = 0
  const counted = <A extends object>(of: A): A =>
    new Proxy(of, {
      get: (target, key) => {
        count++
        return Reflect.get(target, key) as unknown
      }
    })
  ask({
    ...view,
    services: new Map(Array.from(view.services, ([name, status]) => [name, counted(status)])),
    specs: new Map(Array.from(view.specs, ([name, spec]) => [name, counted(spec)]))
  })
  return count
}

describe("ten times as many services", () => {
  const [small, large] = [outage(500), outage(5000)]
  for (const [name, ask] of questions) {
    it(`are ten times the work for ${name}`, () => {
      const ratio = reads(large, ask) / reads(small, ask)
      assert.isBelow(ratio, 12)
    })
  }
})

describe("a tree that is deeper than a stack", () => {
  const view = deep(3000)
  for (const [name, ask] of questions) it(`is no matter for ${name}`, () => void ask(view))
})
