import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { readFileSync } from "node:fs"
import { Governor, GovernorError, RestartPolicy, Service } from "../src/index.ts"
import { type Probe, probe } from "../src/testing/index.ts"
import { pass, turns, up, watched } from "./support.ts"

const crash = Exit.fail("boom")

const states = (governor: Governor.Governor) =>
  Effect.map(
    Effect.andThen(turns, governor.status),
    (statuses) => statuses.map(({ _tag, name, run }) => `${name} ${_tag} ${run}`)
  )

/** Of services that take a second each to end. */
const shutDown = Effect.fnUntraced(function*(governor: Governor.Governor) {
  const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
  for (let i = 0; i < 5; i++) yield* pass(1000)
  assert.isDefined(shutdown.pollUnsafe())
})

describe("a service that is bound to another (rule 19)", () => {
  it.effect("goes down when that crashes, and begins again with it; that is no restart, and counts nowhere", () =>
    Effect.gen(function*() {
      const { end, governor, lines } = yield* up({}, {
        db: {},
        worker: { bindsTo: ["db"], restart: RestartPolicy.never },
        api: { dependsOn: ["db"] }
      })
      yield* Effect.andThen(end("db", crash), turns)
      assert.deepStrictEqual(lines, [
        "Crashed db#1",
        "RestartScheduled db#1",
        "Stopping worker#1",
        "Interrupted worker#1",
        "Stopped worker#1",
        "Waiting worker#1"
      ])
      assert.deepStrictEqual(yield* states(governor), ["db Backoff 1", "worker Waiting 1", "api Running 1"])
      yield* pass(1000)
      assert.deepStrictEqual(lines.slice(6), [
        "Starting db#2",
        "Ready db#2",
        "Starting worker#2",
        "Ready worker#2"
      ])
      const worker = yield* Effect.flatMap(governor.get("worker"), (handle) => handle.status)
      assert.deepInclude(worker, { _tag: "Running", restarts: 0, crashes: 0 })
      assert.notProperty(worker, "restartsByHand")
    }))

  it.effect("says why it stops", () =>
    Effect.gen(function*() {
      const { end, events } = yield* up({}, { db: {}, worker: { bindsTo: ["db"] } })
      yield* Effect.andThen(end("db", crash), turns)
      const stopping = events.find((event) => event._tag === "ServiceStopping")
      assert.deepInclude(stopping, { service: "worker", reason: "dependency" })
    }))

  it.effect("goes down after those that are bound to it, and begins before them", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { end, governor, lines } = yield* up({ restart: RestartPolicy.spaced("5 seconds") }, {
        page: { bindsTo: ["pool"] },
        pool: { bindsTo: ["db"] },
        db: {}
      }, Effect.sleep("1 second"))
      yield* Effect.andThen(end("db", crash), turns)
      assert.deepStrictEqual(lines.slice(2), ["Stopping page#1"])
      yield* pass(1000)
      assert.include(lines.slice(3).join(), "Stopped page#1")
      assert.include(lines.slice(3).join(), "Stopping pool#1")
      assert.notInclude(lines.join(), "Starting pool#2")
      yield* Effect.andThen(pass(1000), pass(5000))
      const begun = lines.filter((line) => line.startsWith("Starting"))
      assert.deepStrictEqual(begun, ["Starting db#2", "Starting pool#2", "Starting page#2"])
      yield* shutDown(governor)
    }))

  it.effect("stays up if that is ready again before its turn to go down has come", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { end, governor } = yield* up({ restart: RestartPolicy.spaced(0) }, {
        db: {},
        pool: { bindsTo: ["db"] },
        page: { bindsTo: ["pool"] }
      }, Effect.sleep("1 second"))
      yield* Effect.andThen(end("db", crash), turns)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "pool Running 1", "page Stopping 1"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "pool Running 1", "page Running 2"])
      yield* shutDown(governor)
    }))

  it.effect("goes down in a chain of any length", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const [db, length] = [probe("s0"), 3000]
      yield* governor.add(db)
      for (let i = 1; i < length; i++) yield* governor.add(probe(`s${i}`, { bindsTo: [`s${i - 1}`] }))
      yield* Effect.andThen(governor.start, turns)
      db.crash("boom")
      yield* turns
      const tags = Effect.map(governor.status, (all) => new Set(all.map(({ _tag }) => _tag)))
      assert.deepStrictEqual([...yield* tags], ["Backoff", "Waiting"])
      yield* pass(1000)
      for (let i = 0; i < 100 && (yield* tags).size > 1; i++) yield* turns
      assert.deepStrictEqual([...yield* tags], ["Running"])
    }))

  it.effect("goes with its group only, where a group holds it", () =>
    Effect.gen(function*() {
      const { end, events, lines } = yield* up({ strategy: "one-for-all" }, { db: {}, worker: { bindsTo: ["db"] } })
      yield* Effect.andThen(end("db", crash), turns)
      yield* pass(1000)
      assert.deepStrictEqual(lines, [
        "Crashed db#1",
        "RestartScheduled db#1",
        "Stopping worker#1",
        "Interrupted worker#1",
        "Stopped worker#1",
        "Starting db#2",
        "Ready db#2",
        "Starting worker#2",
        "Ready worker#2"
      ])
      assert.deepInclude(events[2], { reason: "strategy" })
    }))

  it.effect("waits for one that was stopped by hand, and is started with it", () =>
    Effect.gen(function*() {
      const { governor, handle } = yield* up({}, { db: {}, worker: { bindsTo: ["db"] } })
      const db = yield* handle("db")
      yield* Effect.andThen(db.stop, turns)
      assert.deepStrictEqual(yield* states(governor), ["db Stopped 1", "worker Waiting 1"])
      yield* Effect.andThen(db.start, turns)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Running 2"])
    }))

  it.effect("can be stopped, started and restarted as it waits", () =>
    Effect.gen(function*() {
      const { governor, handle } = yield* up({}, { db: {}, worker: { bindsTo: ["db"] } })
      const [db, worker] = [yield* handle("db"), yield* handle("worker")]
      yield* Effect.andThen(db.stop, turns)
      yield* Effect.andThen(worker.stop, turns)
      yield* Effect.andThen(db.start, turns)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Stopped 1"])
      yield* Effect.andThen(db.stop, Effect.andThen(worker.start, turns))
      assert.deepStrictEqual(yield* states(governor), ["db Running 3", "worker Running 2"])
    }))

  it.effect("fails with that, even if that had been ready", () =>
    Effect.gen(function*() {
      const { end, governor, lines } = yield* up({}, {
        db: { restart: RestartPolicy.never },
        worker: { bindsTo: ["db"] },
        page: { bindsTo: ["worker"] },
        api: { dependsOn: ["db"] }
      })
      yield* Effect.andThen(end("db", crash), turns)
      assert.deepStrictEqual(yield* states(governor), [
        "db Failed 1",
        "worker Failed 1",
        "page Failed 1",
        "api Running 1"
      ])
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Stopping")), [
        "Stopping page#1",
        "Stopping worker#1"
      ])
      const status = yield* Effect.flatMap(governor.get("page"), (handle) => handle.status)
      assert.strictEqual(status._tag, "Failed")
      if (status._tag !== "Failed") return
      const error = Cause.squash(status.cause)
      assert.instanceOf(error, GovernorError.DependencyFailed)
      assert.deepInclude(error, { service: "page", dependency: "worker", cause: "boom" })
    }))

  it.effect("is still restarted by its own policy, and its dependency is not affected", () =>
    Effect.gen(function*() {
      const { end, governor, lines } = yield* up({}, { db: {}, worker: { bindsTo: ["db"] } })
      yield* Effect.andThen(end("worker", crash), pass(1000))
      assert.deepStrictEqual(yield* states(governor), ["db Running 1", "worker Running 2"])
      assert.deepStrictEqual(lines.slice(0, 2), ["Crashed worker#1", "RestartScheduled worker#1"])
    }))

  it.effect("needs what it is bound to: start, remove and the order of the shutdown know that", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const worker = yield* governor.add(probe("worker", { bindsTo: ["db"] }))
      assert.include(yield* Effect.flip(governor.start), {
        _tag: "InvalidOption",
        field: "bindsTo",
        actual: "\"db\"",
        service: "worker"
      })
      const db = yield* governor.add(probe("db"))
      yield* Effect.andThen(worker.start, turns)
      assert.include(yield* Effect.flip(db.remove), { _tag: "ServiceInUse" })
      yield* governor.shutdown
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Stopping")), [
        "Stopping worker#1",
        "Stopping db#1"
      ])
    }))

  it.effect("may name a service itself, and one that dependsOn names too", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const db = probe("db")
      yield* governor.add(db)
      yield* governor.add(probe("worker", { dependsOn: [db], bindsTo: [db] }))
      yield* Effect.andThen(governor.start, turns)
      db.crash("boom")
      assert.deepStrictEqual(yield* states(governor), ["db Backoff 1", "worker Waiting 1"])
      const refused = Effect.flip(governor.add(Service.make("x", Effect.void, { bindsTo: "db" as never })))
      assert.include(yield* refused, { _tag: "InvalidOption", field: "bindsTo", service: "x" })
    }))

  it.effect("a run that does not end in time is abandoned, and has crashed when it settles", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      const [db, worker] = [probe("db"), probe("worker", { bindsTo: ["db"], stopTimeout: "3 seconds" })]
      yield* governor.add(db)
      yield* governor.add(worker)
      yield* Effect.andThen(governor.start, turns)
      worker.hang()
      db.crash("boom")
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Stopping 1"])
      yield* pass(2000)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Failed 1"])
      worker.release()
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Backoff 1"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* states(governor), ["db Running 2", "worker Running 2"])
    }))
})

// --- the table of docs/supervision.md ---

interface Scene {
  readonly db: Probe
  readonly handle: Governor.ServiceHandle<unknown>
}

/** What brings the dependency, which is added and was ready or never started, to where the row begins. */
interface Row {
  readonly options?: Service.Options
  readonly before: (scene: Scene) => Effect.Effect<unknown, unknown>
}

const ready = ({ db, handle }: Scene) =>
  Effect.gen(function*() {
    if ((yield* handle.status)._tag !== "Running") yield* Effect.andThen(handle.start, Effect.sync(() => db.ready()))
    yield* turns
  })
const then = (act: (scene: Scene) => Effect.Effect<unknown, unknown>) => (scene: Scene) =>
  Effect.andThen(ready(scene), act(scene))

const never = RestartPolicy.never
const rows: Record<string, Row> = {
  "is ready": { before: ready },
  "is starting": { before: then(({ handle }) => handle.restart) },
  "is not ready for now": { before: then(({ db }) => Effect.sync(() => db.unready("no space"))) },
  "is in its delay after a crash": { before: then(({ db }) => Effect.sync(() => db.crash("boom"))) },
  "has completed, and is in its delay or over": {
    options: { restart: RestartPolicy.onFailure("1 hour") },
    before: then(({ db }) => Effect.sync(() => db.complete()))
  },
  "was stopped by hand, or is stopping": { before: then(({ handle }) => handle.stop) },
  "is `Failed` or abandoned, and its latest run had been ready": {
    options: { restart: never },
    before: then(({ db }) => Effect.sync(() => db.crash("boom")))
  },
  "is `Failed` or abandoned, and its latest run was never ready": {
    options: { restart: never },
    before: then(({ db, handle }) => Effect.andThen(handle.restart, Effect.sync(() => db.crash("boom"))))
  }
}

const columns: ReadonlyArray<[runs: boolean, options: Service.Options, strategy?: "dependents"]> = [
  [false, { dependsOn: ["db"] }],
  [false, { bindsTo: ["db"] }],
  [true, { dependsOn: ["db"] }],
  [true, { bindsTo: ["db"] }],
  [true, { dependsOn: ["db"] }, "dependents"]
]

const table = readFileSync(new URL("../docs/supervision.md", import.meta.url), "utf8")
  .split("\n\n").find((part) => part.startsWith("| the dependency"))!
  .split("\n").slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1))

const outcome = Effect.fnUntraced(function*(row: Row, [runs, options, strategy]: typeof columns[number]) {
  const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 hour"), strategy })
  const db = probe("db", { readiness: "manual", ...row.options })
  const scene = { db, handle: yield* governor.add(db) }
  const service = yield* governor.add(probe("service", options))
  if (runs) yield* Effect.andThen(Effect.andThen(service.start, ready(scene)), turns)
  yield* Effect.andThen(row.before(scene), turns)
  yield* Effect.andThen(governor.start, turns)
  const { _tag, run } = yield* service.status
  if (_tag === "Running") return run === 1 && runs ? "goes on" : "begins"
  if (_tag === "Failed") return "fails"
  if (_tag === "Waiting" && !runs) return "waits"
  return _tag === "Waiting" || _tag === "Stopped" ? "stops" : _tag
})

describe("what the state of a dependency means: the table of docs/supervision.md", () => {
  it("has a row for each state", () => {
    assert.deepStrictEqual(table.map(([name]) => name), Object.keys(rows))
  })

  for (const [name, ...cells] of table) {
    for (const [i, column] of columns.entries()) {
      it.effect(`${name}, column ${i + 1}: ${cells[i]}`, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* outcome(rows[name!]!, column), cells[i]!.split(",")[0])
        }))
    }
  }
})
