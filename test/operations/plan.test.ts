import { assert, describe, it } from "@effect/vitest"
import { type Command, plan } from "../../src/operations/plan.ts"
import type { View } from "../../src/operations/View.ts"
import { type Made, madeView, running, thrown } from "./made.ts"

const up = (rest: Omit<Made, "status"> = {}): Made => ({
  status: running,
  stopTimeout: 5000,
  startTimeout: 1000,
  ...rest
})

const services = {
  database: up({ stopTimeout: 10_000 }),
  worker: up({ bindsTo: ["database"] }),
  reporter: up({ bindsTo: ["worker"] }),
  api: up({ dependsOn: ["database"] }),
  done: up({ dependsOn: ["database"] })
}
const view = madeView({ ...services, done: { ...services.done, status: { _tag: "Stopped", outcome: "Completed" } } })

const on = (_tag: "Stop" | "Restart" | "Start", service: string): Command => ({ _tag, service })

const stepsOf = (view: View, command: Command) =>
  plan(view, command)!.steps.map(({ action, services }) => [action, services])

describe("plan", () => {
  it("starts what a service needs that is down, also if the service itself runs", () => {
    const view = madeView({
      database: { status: { _tag: "Stopped", outcome: "Stopped" }, startTimeout: 3000 },
      cache: { status: running },
      api: { status: running, dependsOn: ["database", "cache"] }
    })
    const planned = plan(view, { _tag: "Start", service: "api" })
    assert.deepStrictEqual(planned?.steps, [{ action: "start", services: ["database"], atMost: 3000 }])
    assert.strictEqual(planned?.sentence, "starts database, in 3 s at most")
    const none = plan(view, { _tag: "Start", service: "cache" })
    assert.strictEqual(none?.sentence, "starts nothing: cache is up, or about to be")
  })

  it("stops a service with those that are bound to it, and says who goes on", () => {
    const { atMost, command: _, goesOn, sentence, steps, unlimited } = plan(view, on("Stop", "database"))!
    assert.deepStrictEqual(steps, [
      { action: "stop", services: ["database", "reporter"], atMost: 10_000 },
      { action: "stop", services: ["worker"], atMost: 5000 }
    ])
    assert.deepStrictEqual([atMost, goesOn, unlimited], [10_000, ["api"], []])
    assert.strictEqual(sentence, "stops database and reporter, then worker, in 10 s at most; api goes on without it")
  })

  it("starts the same again after a restart, dependencies first", () =>
    assert.deepStrictEqual(stepsOf(view, on("Restart", "database")), [
      ["stop", ["database", "reporter"]],
      ["stop", ["worker"]],
      ["start", ["database"]],
      ["start", ["worker"]],
      ["start", ["reporter"]]
    ]))

  it("starts the dependencies that are not up first", () => {
    const stopped = { _tag: "Stopped", outcome: "Stopped" } as const
    const down = madeView({
      ...services,
      database: up({ status: stopped } as Omit<Made, "status">),
      worker: up({ status: stopped, bindsTo: ["database"] } as Omit<Made, "status">)
    })
    assert.deepStrictEqual(stepsOf(down, on("Start", "worker")), [["start", ["database"]], ["start", ["worker"]]])
    assert.strictEqual(plan(down, on("Start", "worker"))!.atMost, 2000)
  })

  it("does not start a dependency in its delay, and waits for it", () => {
    const delayed = { _tag: "Backoff", until: 128_000, cause: thrown("no") } as const
    const down = madeView({
      database: up({ status: delayed } as Omit<Made, "status">),
      api: { status: { _tag: "Pending" }, dependsOn: ["database"], startTimeout: 1000 }
    })
    assert.deepStrictEqual(stepsOf(down, on("Start", "api")), [["start", ["api"]]])
    assert.strictEqual(plan(down, on("Start", "api"))!.atMost, 10_000)
  })

  it("shuts down by levels, after its delay and within its time", () => {
    const limited = { ...view, drainDelay: 3000, shutdownTimeout: 60_000 }
    assert.deepStrictEqual(plan(limited, { _tag: "Shutdown" })!.steps, [
      { action: "drain", services: [], atMost: 3000 },
      { action: "stop", services: ["reporter", "api"], atMost: 5000 },
      { action: "stop", services: ["worker"], atMost: 5000 },
      { action: "stop", services: ["database"], atMost: 10_000 }
    ])
    assert.strictEqual(plan(limited, { _tag: "Shutdown" })!.atMost, 23_000)
    assert.strictEqual(plan({ ...limited, shutdownTimeout: 8000 }, { _tag: "Shutdown" })!.atMost, 8000)
  })

  it("has the time that is left of a shutdown that has begun", () => {
    const stopping = { _tag: "Stopping", reason: "shutdown", since: 118_000 } as const
    const closing = { reason: { _tag: "AllOver" }, since: 118_000, until: 150_000 } as const
    const late = madeView({ a: { status: stopping, stopTimeout: 5000 }, b: up({ stopTimeout: 1000 }) }, { closing })
    const { atMost, steps } = plan(late, { _tag: "Shutdown" })!
    assert.deepStrictEqual([atMost, steps], [3000, [{ action: "stop", services: ["b"], atMost: 1000 }]])
  })

  it("stops a governor inside within the time of the service around it", () => {
    const tree = madeView({
      "in": up(),
      "in/a": { status: running },
      "in/b": { status: running, dependsOn: ["a"], stopTimeout: 1000 },
      "free": { status: running }
    })
    assert.deepStrictEqual(plan(tree, on("Stop", "in"))!.steps, [
      { action: "stop", services: ["in", "in/b"], atMost: 5000 },
      { action: "stop", services: ["in/a"], atMost: 5000 }
    ])
    const all = plan(tree, { _tag: "Shutdown" })!
    assert.deepStrictEqual([all.atMost, all.unlimited], [undefined, ["free"]])
    assert.strictEqual(all.sentence, "stops in, in/b and free, then in/a; free may take as long as needed")
    assert.strictEqual(
      plan(tree, on("Stop", "in/a"))!.sentence,
      "stops in/a; in/a may take as long as needed; in/b goes on without it"
    )
  })

  it("does nothing where nothing follows", () => {
    const sentence = (view: View, command: Command) => plan(view, command)?.sentence
    assert.strictEqual(sentence(view, on("Stop", "done")), "stops nothing: done is not up")
    assert.strictEqual(sentence(view, on("Start", "api")), "starts nothing: api is up, or about to be")
    assert.strictEqual(sentence(madeView({}), { _tag: "Shutdown" }), "stops nothing: no service is up")
    assert.strictEqual(sentence(view, on("Stop", "nobody")), undefined)
    const closing = { reason: { _tag: "AllOver" }, since: 0 } as const
    assert.strictEqual(
      sentence({ ...view, closing }, on("Start", "api")),
      "does nothing: the governor shuts down, and api with it"
    )
    const down = madeView({ "in": { status: { _tag: "Pending" } }, "in/a": { status: running } })
    assert.strictEqual(sentence(down, on("Start", "in/a")), "does nothing: in, around in/a, is not up")
  })
})
