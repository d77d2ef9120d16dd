/** A governor and the governors inside it, seen from the top (rules 23, 26, 27). */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Governor, type GovernorEvent, RestartPolicy, Service, ServiceRun, type ServiceStatus } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"
import { collectEvents, probe } from "../src/testing/index.ts"
import { aborted } from "./aborted.ts"
import { pass, turns } from "./support.ts"

const inShort = (statuses: ReadonlyArray<ServiceStatus.ServiceStatus>) =>
  statuses.map(({ _tag, name }) => `${name} ${_tag}`)

const sequences = (events: ReadonlyArray<GovernorEvent.GovernorEvent>) => events.map(({ sequence }) => sequence)

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

/** `ingest` has `connection`, which is significant, and `deep`, which has `writer`; `api` comes after it. */
const world = Effect.fnUntraced(function*(restart = RestartPolicy.spaced("1 second")) {
  yield* TestClock.adjust(0)
  const governor = yield* Governor.make()
  const tree = collectEvents(governor.tree)
  const own = collectEvents(governor)
  const connection = probe("connection", { significant: true })
  const inner: Array<Governor.Governor> = []
  const deep = Governor.asService("deep", Governor.service("writer", Effect.never))
  const services = Layer.mergeAll(
    Governor.service(connection),
    Governor.service(deep),
    Layer.effectDiscard(Governor.Governor.use((governor) => Effect.sync(() => void inner.push(governor))))
  )
  yield* governor.add(Governor.asService("ingest", services, { service: { restart } }))
  yield* governor.add(Service.make("api", Effect.never))
  yield* Effect.andThen(governor.start, turns)
  return { governor, tree, own, connection, inner }
})

const up = ["ingest Running", "ingest/connection Running", "ingest/deep Running", "ingest/deep/writer Running"]

describe("the tree of a governor", () => {
  it.effect("has the statuses of all services, each followed by those inside it", () =>
    Effect.gen(function*() {
      const { governor, inner } = yield* world()
      assert.deepStrictEqual(inShort(yield* governor.tree.status), [...up, "api Running"])
      assert.deepStrictEqual(inShort(yield* governor.status), ["ingest Running", "api Running"])
      assert.deepStrictEqual(inShort(yield* inner[0]!.tree.status), [
        "connection Running",
        "deep Running",
        "deep/writer Running"
      ])
    }))

  it.effect("has all events in one order, their paths and their numbers", () =>
    Effect.gen(function*() {
      const { governor, own, tree } = yield* world()
      yield* governor.shutdown
      const { steps } = tree
      assert.deepStrictEqual(sequences(tree.events), upTo(tree.events.length))
      assert.includeMembers(steps.slice(), [
        "Starting ingest#1",
        "Added ingest/deep#0",
        "Ready ingest/deep/writer#1",
        "ShutdownStarted ingest/deep",
        "Stopped ingest/deep/writer#1",
        "ShutdownCompleted ingest",
        "ShutdownCompleted"
      ])
      assert.strictEqual(steps.at(-1), "ShutdownCompleted")
      assert.deepStrictEqual(tree.events.filter((event) => own.events.includes(event)), own.events) // the same objects
      assert.deepStrictEqual(own.steps.filter((step) => step.includes("/")), [])
    }))

  it.effect("keeps the services of a governor inside in its delay, and drops them with its next run", () =>
    Effect.gen(function*() {
      const { connection, governor } = yield* world()
      connection.crash("lost")
      yield* turns
      const delayed = [
        "ingest Backoff",
        "ingest/connection Failed",
        "ingest/deep Stopped",
        "ingest/deep/writer Stopped"
      ]
      assert.deepStrictEqual(inShort(yield* governor.tree.status), [...delayed, "api Running"])
      let atStart: ReadonlyArray<string> = []
      governor.listen((event) => {
        if (event._tag === "ServiceStarting") atStart = inShort(Effect.runSync(governor.tree.status))
      })
      yield* pass(1000)
      assert.deepStrictEqual(atStart, ["ingest Starting", "api Running"])
      assert.deepStrictEqual(inShort(yield* governor.tree.status), [...up, "api Running"])
    }))

  it.effect("drops the services of a governor inside with the service that is removed", () =>
    Effect.gen(function*() {
      const { governor, tree } = yield* world()
      const ingest = yield* governor.get("ingest")
      yield* ingest.remove
      assert.deepStrictEqual(inShort(yield* governor.tree.status), ["api Running"])
      assert.deepStrictEqual(sequences(tree.events), upTo(tree.events.length))
    }))

  it.effect("is heard from within, by those who have subscribed there, also after it has left the tree around it", () =>
    Effect.gen(function*() {
      const { governor, inner, tree } = yield* world()
      const inside = collectEvents(inner[0]!.tree)
      tree.clear()
      const writer = yield* inner[0]!.get("deep/writer")
      yield* writer.restart
      assert.deepStrictEqual(inside.steps, [
        "Stopping deep/writer#1",
        "Interrupted deep/writer#1",
        "Starting deep/writer#2",
        "Ready deep/writer#2"
      ])
      assert.deepStrictEqual(sequences(inside.events), sequences(tree.events))
      yield* Effect.flatMap(governor.get("ingest"), ({ restart }) => restart)
      yield* turns
      const heard = inside.steps.slice()
      assert.strictEqual(heard.at(-1), "ShutdownCompleted")
      yield* Effect.flatMap(governor.get("ingest/deep/writer"), ({ restart }) => restart)
      assert.deepStrictEqual(inside.steps, heard) // that is a writer of another governor
    }))

  it.effect("is not joined by a governor that is made by hand in a run", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const tree = collectEvents(governor.tree)
      const inside = Effect.gen(function*() {
        const own = yield* Governor.make()
        const { events } = collectEvents(own.tree)
        yield* own.add(Service.make("reader", Effect.never))
        yield* own.shutdown
        return assert.deepStrictEqual(sequences(events), upTo(3))
      })
      yield* governor.add(Service.make("by hand", Effect.scoped(inside)))
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(tree.steps, [
        "Added by hand#0",
        "Starting by hand#1",
        "Ready by hand#1",
        "Completed by hand#1",
        "Stopped by hand#1"
      ])
    }))

  it.effect("hears nothing of the late failures of a run whose governor has left it", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const tree = collectEvents(governor.tree)
      const inside: Array<ReturnType<typeof collectEvents>> = []
      const fails = yield* Deferred.make<never, string>()
      const scope = yield* Effect.scope // it outlives the runs
      const reader = Effect.andThen(
        Effect.provideService(ServiceRun.fork(Deferred.await(fails)), Scope.Scope, scope),
        Effect.never
      )
      const listens = Governor.Governor.use((inner) => Effect.sync(() => void inside.push(collectEvents(inner.tree))))
      const services = Layer.mergeAll(Layer.effectDiscard(listens), Governor.service("reader", reader))
      const handle = yield* governor.add(Governor.asService("ingest", services))
      yield* Effect.andThen(handle.start, turns)
      yield* Effect.andThen(handle.restart, turns)
      yield* Deferred.fail(fails, "late")
      yield* turns
      assert.strictEqual(inside[0]!.steps.at(-1), "LateFailure reader#1")
      assert.deepStrictEqual(tree.steps.filter((step) => step.startsWith("Late")), [])
      assert.include(tree.steps, "Crashed ingest/reader#1") // the run that was there
      assert.deepStrictEqual(sequences(tree.events), upTo(tree.events.length))
    }))

  it.effect("holds governors of the facade", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const tree = collectEvents(governor.tree)
      const deep = Facade.asService((inside) => void inside.add("writer", aborted))
      const ingest = Facade.asService((inside) => {
        inside.add("reader", aborted)
        inside.add("deep", deep)
      })
      yield* governor.add(Service.fromPromise("ingest", ingest, { readiness: "manual" }))
      yield* Effect.andThen(governor.start, governor.awaitReady)
      assert.deepStrictEqual(inShort(yield* governor.tree.status), [
        "ingest Running",
        "ingest/reader Running",
        "ingest/deep Running",
        "ingest/deep/writer Running"
      ])
      yield* governor.shutdown
      assert.deepStrictEqual(sequences(tree.events), upTo(tree.events.length))
    }))

  it.effect("is told before a shutdown returns, and its streams end then", () =>
    Effect.gen(function*() {
      const { governor, tree } = yield* world()
      const events = yield* Effect.forkScoped(Stream.runCollect(governor.tree.events))
      const changes = yield* Effect.forkScoped(Stream.runCollect(governor.tree.changes))
      yield* turns
      tree.clear()
      yield* governor.shutdown
      const told = tree.events.slice()
      assert.strictEqual(told.at(-1)?._tag, "ShutdownCompleted")
      assert.deepStrictEqual(yield* Fiber.join(events), told)
      assert.deepStrictEqual(inShort(yield* Fiber.join(changes)).filter((line) => line.includes("writer")), [
        "ingest/deep/writer Stopping",
        "ingest/deep/writer Stopped"
      ])
      assert.deepStrictEqual(yield* Stream.runCollect(governor.tree.events), [])
    }))

  it.effect("can be listened to by an option", () =>
    Effect.gen(function*() {
      const { governor, tree } = yield* world()
      const heard: Array<GovernorEvent.GovernorEvent> = []
      const unlisten = governor.listen((event) => heard.push(event), { tree: true })
      tree.clear()
      const writer = yield* governor.get("ingest/deep/writer")
      yield* writer.restart
      assert.strictEqual(heard.length, 4)
      assert.deepStrictEqual(heard, tree.events.slice())
      unlisten()
      yield* writer.stop
      assert.strictEqual(heard.length, 4)
      const bad: object = { trees: true }
      assert.throws(() => governor.listen(() => {}, bad), /expected one of tree/)
      const notFlag: object = { tree: 1 }
      assert.throws(() => governor.listen(() => {}, notFlag), /true or false/)
    }))

  it.effect("goes on when a listener throws", () =>
    Effect.gen(function*() {
      const { governor, tree } = yield* world()
      governor.tree.listen(() => {
        throw new Error("no")
      })
      const late = collectEvents(governor.tree)
      tree.clear()
      yield* Effect.flatMap(governor.get("ingest/deep/writer"), ({ restart }) => restart)
      assert.deepStrictEqual(late.steps, tree.steps)
      assert.strictEqual(late.steps.length, 4)
    }))
})

describe("a notice of dropped events", () => {
  it.effect("has the sequence of the latest event that was dropped", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const subscription = yield* governor.tree.subscribe
      const handle = yield* governor.add(Service.make("a", Effect.never))
      for (let i = 0; i < 300; i++) yield* Effect.andThen(handle.start, handle.stop)
      yield* governor.shutdown
      const events = yield* PubSub.takeAll(subscription)
      const at = events.findIndex(({ _tag }) => _tag === "EventsDropped")
      const notice = events[at]
      if (notice?._tag !== "EventsDropped") return assert.fail("nothing was dropped")
      const rest = sequences(events.filter((event) => event !== notice))
      assert.deepStrictEqual([notice.sequence, notice.count], [rest[0]! - 1, rest[0]! - 1])
      assert.deepStrictEqual(rest, Array.from(rest, (_, i) => rest[0]! + i))
    }))
})

describe("a handle that was got by a path", () => {
  it.effect("follows the path from run to run of the governor inside", () =>
    Effect.gen(function*() {
      const { connection, governor } = yield* world()
      const handle = yield* governor.get("ingest/connection")
      assert.strictEqual(handle.name, "ingest/connection")
      assert.include(yield* handle.status, { _tag: "Running", name: "ingest/connection" })
      connection.crash("lost")
      yield* turns
      assert.strictEqual((yield* handle.status)._tag, "Failed")
      assert.include(yield* handle.awaitOver, { outcome: "Failed", name: "ingest/connection" })
      assert.include(yield* Effect.flip(handle.start), { _tag: "GovernorClosed" })
      yield* pass(1000)
      assert.include(yield* handle.status, { _tag: "Running", run: 1 })
      assert.isTrue(yield* handle.awaitReady)
      yield* handle.restart
      assert.include(yield* handle.status, { _tag: "Running", run: 2 })
    }))

  it.effect("is of the latest service while there is none", () =>
    Effect.gen(function*() {
      const { governor } = yield* world()
      const writer = yield* governor.get("ingest/deep/writer")
      yield* Effect.flatMap(governor.get("ingest"), ({ remove }) => remove)
      assert.strictEqual((yield* writer.status)._tag, "Stopped")
      assert.isFalse(yield* writer.awaitReady)
      assert.deepInclude(yield* Effect.flip(writer.start), {
        _tag: "UnknownService",
        service: "ingest/deep/writer",
        known: ["api"]
      })
      assert.include(yield* Effect.flip(writer.restart), { _tag: "UnknownService" })
      yield* Effect.andThen(writer.stop, writer.remove)
    }))
})
