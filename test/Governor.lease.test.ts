import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, puppet, turns } from "./support.ts"

interface Placed {
  readonly run?: Effect.Effect<unknown, unknown>
  readonly options?: Service.Options
  readonly gate?: Effect.Effect<number>
}

/** A governor with a service that a cluster places, and what is told of it. */
const placed = Effect.fnUntraced(function*({ gate = Effect.succeed(1), options, run = Effect.never }: Placed = {}) {
  yield* TestClock.adjust(0)
  const governor = yield* Governor.make()
  const told: Array<string> = []
  governor.listen((event) => void ("service" in event && told.push(event._tag.replace("Service", ""))))
  const handle = yield* governor.door.place(Service.make("billing", run, options), {
    gate,
    wish: () => Effect.void,
    forget: () => void told.push("forgotten")
  })
  yield* Effect.andThen(Effect.ignore(governor.start), turns)
  const scope = Scope.makeUnsafe()
  const claim = Effect.andThen(Scope.provide(governor.door.claim(handle), scope), turns)
  const lose = Scope.close(scope, Exit.void)
  const state = Effect.map(Effect.andThen(turns, handle.status), ({ _tag, run }) => `${_tag} ${run}`)
  return { governor, handle, told, claim, lose, state }
})

/** A service that fails when it is told to. */
const failing = (name: string, options: Service.Options) => {
  const { end, service } = puppet(name, options)
  return { service, fail: end(Exit.fail("no")) }
}

describe("a service that a cluster places", () => {
  it.effect("stands by until it is claimed, and again when the claim is lost; the stop has its reason", () =>
    Effect.gen(function*() {
      const { claim, governor, lose, state, told } = yield* placed()
      assert.strictEqual(yield* state, "Standby 0")
      const reasons: Array<string> = []
      governor.listen((event) => void (event._tag === "ServiceStopping" && reasons.push(event.reason)))
      yield* claim
      assert.strictEqual(yield* state, "Running 1")
      yield* lose
      assert.strictEqual(yield* state, "Standby 1")
      assert.deepStrictEqual(told, ["Added", "Standby", "Starting", "Ready", "Stopping", "Interrupted", "Standby"])
      assert.deepStrictEqual(reasons, ["lease"])
    }))

  it.effect("is forgotten by the cluster when it is removed, by hand or as it completes", () =>
    Effect.gen(function*() {
      const byHand = yield* placed()
      yield* byHand.claim
      assert.notInclude(byHand.told, "forgotten")
      yield* Effect.andThen(byHand.handle.remove, turns)
      assert.strictEqual(byHand.told.filter((one) => one === "forgotten").length, 1)
      const byItself = yield* placed({ run: Effect.void, options: { removeWhenOver: true } })
      assert.notInclude(byItself.told, "forgotten")
      yield* Effect.andThen(byItself.claim, turns)
      assert.strictEqual(byItself.told.filter((one) => one === "forgotten").length, 1)
    }))

  it.effect("gives its epoch to the services of a governor inside of it too, which run as long as it does", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const epochs: Array<number> = []
      const reader = Governor.service("reader", ServiceRun.use(({ epoch }) => Effect.sync(() => epochs.push(epoch))))
      const governor = yield* Governor.make()
      const placing = { gate: Effect.succeed(7), wish: () => Effect.void, forget: () => {} }
      const handle = yield* governor.door.place(Governor.asService("ingest", reader), placing)
      yield* governor.start
      yield* Effect.andThen(governor.door.claim(handle), turns)
      assert.deepStrictEqual(epochs, [7])
    }))

  it.effect("is active while it stands by, so its governor does not end, and nothing was forgotten", () =>
    Effect.gen(function*() {
      const { governor } = yield* placed()
      const end = yield* Effect.forkChild(governor.awaitShutdown)
      yield* pass(60_000)
      assert.isUndefined(end.pollUnsafe())
      const { ok, services } = yield* governor.shutdown
      assert.deepStrictEqual([ok, services.map(({ name, outcome }) => `${name} ${outcome}`)], [true, [
        "billing Stopped"
      ]])
    }))

  it.effect("keeps nobody waiting who waits until all is ready, where it is not wanted", () =>
    Effect.gen(function*() {
      const { claim, governor } = yield* placed({ options: { readiness: "manual" } })
      yield* governor.awaitReady
      yield* claim
      const ready = yield* Effect.forkChild(governor.awaitReady)
      yield* turns
      assert.isUndefined(ready.pollUnsafe())
    }))

  it.effect("passes the gate before each run, whose time is its standby's and no timeout's", () =>
    Effect.gen(function*() {
      let epoch = 6
      const gate = Effect.andThen(Effect.sleep("3 seconds"), Effect.sync(() => ++epoch))
      const epochs: Array<number> = []
      const run = Effect.andThen(
        ServiceRun.useSync((run) => void epochs.push(run.epoch)),
        Effect.andThen(Effect.sleep("1 second"), Effect.fail("no"))
      )
      const restart = RestartPolicy.spaced("1 second")
      const { claim, governor, state } = yield* placed({ gate, run, options: { restart, startTimeout: "1 second" } })
      const started: Array<unknown> = []
      governor.listen((event) => void (event._tag === "ServiceStarting" && started.push(event.epoch)))
      yield* claim
      assert.strictEqual(yield* state, "Standby 0")
      yield* pass(3000)
      assert.strictEqual(yield* state, "Running 1")
      yield* pass(1000)
      assert.strictEqual(yield* state, "Backoff 1")
      yield* pass(1000)
      assert.strictEqual(yield* state, "Standby 1")
      yield* pass(3000)
      assert.deepStrictEqual([epochs, started], [[7, 8], [7, 8]])
    }))

  it.effect("leaves the gate when it is stopped, or the claim is lost, and enters it anew", () =>
    Effect.gen(function*() {
      let [entered, passed] = [0, 0]
      const gate = Effect.andThen(Effect.sync(() => ++entered), Effect.sleep("3 seconds")).pipe(
        Effect.andThen(Effect.sync(() => ++passed))
      )
      const { claim, handle, lose, state } = yield* placed({ gate })
      yield* claim
      yield* Effect.andThen(pass(2000), handle.stop)
      yield* pass(60_000)
      assert.deepStrictEqual([yield* state, entered], ["Stopped 0", 1])
      yield* Effect.andThen(handle.start, pass(2000))
      yield* lose
      yield* pass(60_000)
      assert.deepStrictEqual([yield* state, entered, passed], ["Standby 0", 2, 0])
    }))

  it.effect("leaves the gate when it is to restart with others, and enters it anew when the others are down", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const governor = yield* Governor.make({ strategy: "one-for-all" })
      const { fail, service } = failing("api", { restart: RestartPolicy.spaced("1 second") })
      const gate = Effect.as(Effect.sleep("3 seconds"), 1)
      const handle = yield* governor.door.place(Service.make("billing", Effect.never), {
        gate,
        wish: () => Effect.void,
        forget: () => {}
      })
      yield* governor.add(service)
      yield* Effect.andThen(governor.start, turns)
      yield* Scope.provide(governor.door.claim(handle), Scope.makeUnsafe())
      yield* pass(1000)
      yield* Effect.andThen(fail, turns)
      yield* pass(2000) // both were held for the first of these seconds
      assert.strictEqual((yield* handle.status)._tag, "Standby")
      yield* pass(2000)
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect("keeps the claim until its run has settled, also if the run was abandoned", () =>
    Effect.gen(function*() {
      const run = Effect.acquireUseRelease(Effect.void, () => Effect.never, () => Effect.sleep("9 seconds"))
      const { claim, lose, state } = yield* placed({ run, options: { stopTimeout: "2 seconds" } })
      yield* claim
      const lost = yield* Effect.forkChild(lose)
      yield* pass(2000)
      assert.strictEqual(yield* state, "Failed 1")
      yield* pass(6000)
      assert.isUndefined(lost.pollUnsafe(), "the run is still there")
      yield* pass(1000)
      assert.isDefined(lost.pollUnsafe())
      assert.strictEqual(yield* state, "Standby 1")
    }))

  it.effect("passes the gate once for each run, also if one follows the other at once", () =>
    Effect.gen(function*() {
      let epoch = 0
      const epochs: Array<number> = []
      const run = ServiceRun.useSync((run) => void epochs.push(run.epoch))
      const gate = Effect.sync(() => ++epoch)
      const { claim } = yield* placed({ gate, run, options: { restart: RestartPolicy.always(0, { maxRestarts: 3 }) } })
      yield* claim
      assert.deepStrictEqual(epochs, [1, 2, 3, 4])
    }))

  it.effect("stands by once a run has settled that was given up before the claim was lost", () =>
    Effect.gen(function*() {
      const run = Effect.acquireUseRelease(Effect.void, () => Effect.never, () => Effect.sleep("9 seconds"))
      const { claim, lose, state } = yield* placed({ run, options: { heartbeatTimeout: "2 seconds" } })
      yield* claim
      yield* Effect.andThen(pass(2000), pass(2000))
      assert.strictEqual(yield* state, "Failed 1")
      const lost = yield* Effect.forkChild(lose)
      yield* pass(7000)
      assert.isDefined(lost.pollUnsafe())
      assert.strictEqual(yield* state, "Standby 1")
    }))

  it.effect("begins anew where it is claimed again, though it was over by itself; what was stopped by hand stays so", () =>
    Effect.gen(function*() {
      const { claim, governor, handle, lose, state } = yield* placed({ run: Effect.fail("no") })
      const keep = yield* Effect.forkChild(
        Effect.andThen(governor.add(Service.make("api", Effect.never)), governor.start)
      )
      yield* Effect.andThen(claim, turns)
      assert.strictEqual(yield* state, "Failed 1")
      yield* lose
      assert.strictEqual(yield* state, "Standby 1")
      yield* handle.stop
      assert.strictEqual(yield* state, "Stopped 1")
      yield* Effect.andThen(Scope.provide(governor.door.claim(handle), Scope.makeUnsafe()), turns)
      assert.strictEqual(yield* state, "Stopped 1")
      assert.isDefined(keep.pollUnsafe())
    }))

  it.effect("may depend on a service of its governor, once it is claimed; no service can depend on it", () =>
    Effect.gen(function*() {
      const { claim, governor, state } = yield* placed({
        options: { dependsOn: ["database"] },
        gate: Effect.succeed(1)
      })
      assert.strictEqual(yield* state, "Pending 0", "the start was refused: there is no database")
      const database = yield* governor.add(Service.make("database", Effect.never, { readiness: "manual" }))
      yield* Effect.andThen(governor.start, turns)
      assert.strictEqual(yield* state, "Standby 0")
      yield* claim
      assert.strictEqual(yield* state, "Waiting 0")
      assert.strictEqual((yield* database.status)._tag, "Starting")
      yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["billing"] }))
      const refused = yield* Effect.flip(governor.start)
      assert.deepInclude(refused, { service: "api", field: "dependsOn", actual: "\"billing\"" })
    }))

  it.effect("is alone a run of epoch 0", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* ServiceRun.useSync(({ epoch }) => epoch), 0)
      let epoch: number | undefined
      const governor = yield* Governor.make()
      const run = ServiceRun.useSync((run) => void (epoch = run.epoch))
      yield* Effect.andThen(governor.add(Service.make("a", run)), governor.start)
      assert.strictEqual(epoch, 0)
    }))
})

describe("in one process", () => {
  it.effect("each part of a partitioned service restarts as its governor says, unless it says something else itself", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const runs: Array<string> = []
      const once = (kind: string) => (part: number) => Effect.sync(() => runs.push(`${kind} ${part}`))
      const Services = Layer.mergeAll(
        Governor.partitioned("own", 1, once("own"), { restart: RestartPolicy.never }),
        Governor.partitioned("governor's", 2, once("governor's"))
      )
      yield* Effect.forkChild(Governor.launch(Services, { restart: RestartPolicy.spaced("1 second") }))
      yield* turns
      yield* pass(1000)
      assert.deepStrictEqual(runs.toSorted(), ["governor's 0", "governor's 0", "governor's 1", "governor's 1", "own 0"])
    }))

  it.effect("a singleton is a service like any other, and so is each part of a partitioned one", () =>
    Effect.gen(function*() {
      const parts: Array<number> = []
      const Services = Layer.mergeAll(
        Governor.singleton("billing", Effect.never),
        Governor.partitioned("ingest", 3, (part) => Effect.andThen(Effect.sync(() => parts.push(part)), Effect.never), {
          dependsOn: ["billing"]
        })
      )
      const governor = Context.get(yield* Layer.build(Governor.supervise(Services)), Governor.Governor)
      yield* turns
      const statuses = yield* governor.tree.status
      assert.deepStrictEqual(statuses.map(({ _tag, name }) => `${name} ${_tag}`), [
        "billing Running",
        "ingest Running",
        "ingest/0 Running",
        "ingest/1 Running",
        "ingest/2 Running"
      ])
      assert.deepStrictEqual(parts, [0, 1, 2])
    }))

  it.effect("each part restarts by itself, and has the other options too", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const run = (part: number) => part === 1 ? Effect.fail("no") : Effect.never
      const Services = Governor.partitioned("ingest", 2, run, {
        restart: RestartPolicy.onFailure("1 second", { maxRestarts: 1 }),
        significant: "failure"
      })
      const end = yield* Effect.forkChild(Effect.flip(Governor.launch(Services)))
      yield* Effect.andThen(turns, pass(1000))
      assert.include(String(yield* Fiber.join(end)), "ingest")
    }))

  it.effect("a number of parts that is none is refused", () =>
    Effect.gen(function*() {
      for (const count of [0, -1, 1.5, NaN, "3" as unknown as number]) {
        const exit = yield* Effect.exit(Governor.launch(Governor.partitioned("ingest", count, () => Effect.void)))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.deepInclude(error, { _tag: "InvalidOption", service: "ingest", field: "count" })
      }
    }))
})
