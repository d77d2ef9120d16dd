import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import * as Wire from "../../src/schema.ts"
import { pass, turns, up } from "../support.ts"
import { type Asking, asks } from "./asking.ts"

/** A governor with a service that has crashed, one that waits, and one inside. */
const some = Effect.gen(function*() {
  const all = yield* up({ restart: RestartPolicy.spaced("8 seconds") }, {
    api: { dependsOn: ["db"], bindsTo: ["db"], stopTimeout: "5 seconds" },
    db: {}
  })
  yield* all.governor.add(Governor.asService("ingest", Governor.service("reader", Effect.never)))
  yield* Effect.andThen(all.governor.start, turns)
  yield* all.end("db", Exit.fail("no connection"))
  yield* turns
  const ask = asks(all.governor)
  return { ...all, ask: (target: string, asking?: Asking) => Effect.promise(() => ask(target, asking)) }
})

describe("the services", () => {
  it.effect("are listed with all that is inside of them, as the schema has them", () =>
    Effect.gen(function*() {
      const { ask, governor } = yield* some
      const { json } = yield* ask("/services")
      assert.deepInclude(json, { apiVersion: "governor/v1", governor: "governor", total: 4, now: 0 })
      const snapshot = yield* governor.tree.snapshot
      const encode = Schema.encodeEffect(Wire.Snapshot)
      assert.deepStrictEqual(
        { sequence: json.sequence, services: json.services },
        JSON.parse(JSON.stringify(yield* encode(snapshot)))
      )
    }))

  it.effect("come in pages, each of which goes on behind the one before, also when services have come and gone", () =>
    Effect.gen(function*() {
      const { ask, governor } = yield* some
      const names: Array<string> = []
      let cursor = ""
      do {
        const { json } = yield* ask(`/services?limit=1${cursor}`)
        names.push(json.services[0].name)
        cursor = json.next === undefined ? "" : `&cursor=${encodeURIComponent(json.next)}`
        if (names.length === 1) yield* governor.add(Service.make("late", Effect.void))
      } while (cursor !== "")
      assert.deepStrictEqual(names, ["api", "db", "ingest", "ingest/reader", "late"])
      assert.strictEqual((yield* ask("/services?cursor=nobody")).status, 410)
      assert.strictEqual((yield* ask("/services?limit=10001")).status, 400)
    }))

  it.effect("can be filtered by state and by name", () =>
    Effect.gen(function*() {
      const { ask } = yield* some
      const names = (query: string) =>
        Effect.map(ask(`/services?${query}`), ({ json }) => json.services.map(({ name }: { name: string }) => name))
      assert.deepStrictEqual(yield* names("state=Running"), ["ingest", "ingest/reader"])
      assert.deepStrictEqual(yield* names("state=Backoff,Waiting"), ["api", "db"])
      assert.deepStrictEqual(yield* names("name=ingest*&state=Running"), ["ingest", "ingest/reader"])
      assert.strictEqual((yield* ask("/services?state=running")).status, 400)
    }))

  it.effect("are not sent again to those who have them", () =>
    Effect.gen(function*() {
      const { ask, governor } = yield* some
      const first = yield* ask("/services")
      const headers = { "if-none-match": first.headers["etag"]! }
      assert.deepInclude(yield* ask("/services", { headers }), { status: 304, text: "" })
      assert.strictEqual((yield* ask("/services/api", { headers })).status, 304)
      yield* Effect.flatMap(governor.get("ingest"), ({ restart }) => restart)
      assert.strictEqual((yield* ask("/services", { headers })).status, 200)
    }))

  it.effect("are shown one by one with how they are supervised", () =>
    Effect.gen(function*() {
      const { ask } = yield* some
      const { json } = yield* ask("/services/db")
      assert.deepInclude(json.service, { name: "db", _tag: "Backoff", until: 8000, crashes: 1 })
      assert.strictEqual(json.service.cause.message, "no connection")
      assert.deepInclude(json.spec, { name: "db", restart: { when: "always", delay: 8000, resetAfter: 60_000 } })
      assert.strictEqual((yield* ask("/services/ingest/reader")).json.service.name, "ingest/reader")
      assert.strictEqual((yield* ask("/services/nobody")).status, 404)
    }))
})

describe("what is wrong, and what would be", () => {
  it.effect("says why a service is not up, down to the root", () =>
    Effect.gen(function*() {
      const { ask } = yield* some
      const { json } = yield* ask("/why/api")
      assert.deepStrictEqual(json.why.roots, ["db"])
      assert.deepStrictEqual(json.why.chain.map(({ name }: { name: string }) => name), ["api", "db"])
      assert.match((yield* ask("/why")).json.news, /^2 of 4 ready/)
      assert.strictEqual((yield* ask("/why")).json.problems[0].root, "db")
      assert.strictEqual((yield* ask("/why/nobody")).status, 404)
    }))

  it.effect("says what a command would do", () =>
    Effect.gen(function*() {
      const { ask } = yield* some
      assert.deepStrictEqual((yield* ask("/plan?stop=ingest")).json.plan.steps, [
        { action: "stop", services: ["ingest", "ingest/reader"] }
      ])
      assert.strictEqual((yield* ask("/plan?shutdown")).json.plan.command._tag, "Shutdown")
      assert.strictEqual((yield* ask("/plan?stop=nobody")).status, 404)
      for (const wrong of ["", "?stop=api&start=api", "?shutdown&stop=api", "?end=api"]) {
        assert.strictEqual((yield* ask(`/plan${wrong}`)).status, 400, wrong)
      }
    }))

  it.effect("draws who depends on whom, in three ways", () =>
    Effect.gen(function*() {
      const { ask } = yield* some
      const { json } = yield* ask("/graph")
      assert.deepInclude(json.edges, { from: "api", to: "db", kind: "bindsTo" })
      assert.match((yield* ask("/graph?format=mermaid")).text, /^(graph|flowchart)/)
      assert.match((yield* ask("/graph?format=dot")).text, /^digraph/)
      assert.strictEqual((yield* ask("/graph?format=png")).status, 400)
      assert.strictEqual((yield* ask("/graph?around=nobody")).status, 404)
    }))

  it.effect("has the times that the files of process managers follow from", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({ stopTimeout: "4 seconds", shutdownTimeout: "20 seconds" }, {
        api: { dependsOn: ["db"], readiness: "manual", startTimeout: "1 second", heartbeatTimeout: "3 seconds" },
        db: { readiness: "manual", startTimeout: "2 seconds", stopTimeout: "5 seconds" }
      })
      const ask = asks(governor, { drainDelay: "1 second" })
      assert.deepInclude((yield* Effect.promise(() => ask("/budget"))).json, {
        longestStop: 9000,
        longestStart: 3000,
        shutdownTimeout: 20_000,
        drainDelay: 1000,
        heartbeatTimeout: 3000
      })
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* pass(1000) // else the scope would wait for the delay
    }))
})

describe("the log", () => {
  it.effect("keeps the latest lines, by level and by service, and goes on behind a line", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor, { keep: 3 })
      const log = (target: string) => Effect.map(Effect.promise(() => ask(target)), ({ json }) => json.lines)
      yield* governor.add(Service.make("a", Effect.logInfo("hello")))
      yield* governor.add(
        Service.make("b", Effect.andThen(Effect.logWarning("careful"), Effect.die(new Error("over"))))
      )
      yield* Effect.andThen(governor.start, turns)
      const lines: ReadonlyArray<{ readonly id: number; readonly message: string }> = yield* log("/logs")
      assert.strictEqual(lines.length, 3)
      assert.strictEqual(lines.at(-1)?.message, "failed, and will not be restarted")
      const warnings = yield* log("/logs?level=warn&services=b")
      assert.deepStrictEqual(warnings.map(({ message }: { message: string }) => message), [
        "careful",
        "crashed",
        "failed, and will not be restarted"
      ])
      assert.strictEqual(warnings[1].error.message, "over")
      assert.deepStrictEqual(yield* log(`/logs?after=${lines.at(-2)?.id}`), lines.slice(-1))
      assert.deepStrictEqual(yield* log("/logs?services=a&level=error"), [])
      assert.deepStrictEqual(yield* log("/logs?after=0"), lines)
    }))
})
