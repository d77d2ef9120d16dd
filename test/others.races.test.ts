/** The races between commands, and with what a service does by itself, which others' supervisors were reported with. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { setImmediate } from "node:timers/promises"
import { type Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"
import { aborted } from "./aborted.ts"
import { puppet, turns, up, watched } from "./support.ts"

const crash = Exit.fail("lost")
const commands = ["start", "restart", "stop", "remove"] as const
type Command = typeof commands[number]
type Handle = Effect.Success<ReturnType<Governor.Governor["get"]>>

const give = (handle: Handle, command: Command): Effect.Effect<void, unknown> => handle[command]
/** In no order that one could guess: all but removals. */
const some = (i: number) => (["start", "stop", "restart"] as const)[(i * 7 + (i >> 3)) % 3]!

const states = (governor: Governor.Governor) =>
  Effect.map(
    Effect.andThen(turns, governor.status),
    (statuses) => statuses.map(({ _tag, name, run }) => `${name} ${_tag} ${run}`)
  )

/** How many runs there were, are, and were at a time at most. None begins or ends at once. */
const census = () => {
  const seen = { runs: 0, live: 0, most: 0 }
  const enter = Effect.sync(() => {
    seen.runs++
    seen.most = Math.max(seen.most, ++seen.live)
  })
  const leave = Effect.andThen(Effect.yieldNow, Effect.sync(() => void seen.live--))
  const through = Effect.andThen(enter, Effect.andThen(Effect.addFinalizer(() => leave), Effect.yieldNow))
  return { seen, through }
}

/** From many fibers at once: each command while others wait for theirs; the last but one is not yet done. */
const storm = Effect.fnUntraced(function*(handle: Handle, lastButOne: Command) {
  const waiting: Array<Fiber.Fiber<void, unknown>> = []
  for (let i = 0; i < 300; i++) {
    waiting.push(yield* Effect.forkChild(give(handle, some(i)), { startImmediately: true }))
    if (i % 5 === 0) yield* Effect.yieldNow
  }
  waiting.push(yield* Effect.forkChild(give(handle, lastButOne), { startImmediately: true }))
  return waiting
})

// Two instances, or none: omadia #944, dagger #11454, supervisord #1387, systemd #13667 and many others.
describe("commands from all sides: never two runs, and at last what the latest says", () => {
  const cases = commands.flatMap((last): ReadonlyArray<[Command, string]> => [
    [last, "runs until it is stopped"],
    [last, "crashes all the time"]
  ])

  it.effect.each(cases)("%s, for a service that %s", ([last, how]) =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const { seen, through } = census()
      const crashes = how === "crashes all the time"
      const body = Effect.andThen(through, crashes ? Effect.fail("lost") : Effect.never)
      const handle = yield* governor.add(Service.make("a", body))
      const isUp = last === "start" || last === "restart"
      const waiting = yield* storm(handle, isUp ? "stop" : "restart")
      yield* Effect.andThen(give(handle, last), turns)
      assert.isTrue(waiting.every((fiber) => fiber.pollUnsafe() !== undefined), "nobody waits any more")
      const { live, runs } = seen
      yield* turns
      assert.deepStrictEqual([seen.most, runs > 10], [1, true])
      if (crashes) assert.strictEqual(seen.runs > runs, isUp, "it goes on, or does not")
      else assert.deepStrictEqual([live, seen.runs - runs], [isUp ? 1 : 0, 0])
      assert.strictEqual((yield* governor.status).length, last === "remove" ? 0 : 1)
    }))

  it.each(commands)("%s, by the facade", async (last) => {
    const governor = new Facade({ log: () => {} })
    const seen = { runs: 0, live: 0, most: 0, hooks: 0 }
    governor.add("a", {
      async run(api) {
        seen.runs++
        seen.most = Math.max(seen.most, ++seen.live)
        await aborted(api)
        await setImmediate()
        seen.live--
      },
      stop: () => void seen.hooks++
    })
    const handle = governor.get("a")
    const waiting: Array<Promise<void>> = []
    for (let i = 0; i < 300; i++) {
      waiting.push(handle[some(i)]())
      if (i % 5 === 0) await setImmediate()
    }
    const isUp = last === "start" || last === "restart"
    await Promise.all([...waiting, handle[isUp ? "stop" : "restart"](), handle[last]()])
    assert.deepStrictEqual([seen.most, seen.live, seen.runs > 10], [1, isUp ? 1 : 0, true])
    await governor.shutdown()
    assert.deepStrictEqual([seen.live, seen.hooks], [0, seen.runs], "each run was asked to stop once")
  })
})

describe("a stop", () => {
  // effectionx #236: what was on its way when the stop came belonged to nobody.
  it.effect("during the start undoes what was started so far, and no more is", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const log: Array<string> = []
      const acquire = (name: string, millis: number) =>
        Layer.effectDiscard(Effect.acquireRelease(
          Effect.andThen(Effect.sleep(millis), Effect.sync(() => log.push(`acquired ${name}`))),
          () => Effect.sync(() => log.push(`released ${name}`))
        ))
      const layer = Layer.provideMerge(acquire("queue", 1000), acquire("socket", 0))
      const run = Effect.andThen(Effect.sync(() => log.push("run")), Effect.never)
      const handle = yield* governor.add(Service.fromLayer("a", layer, { run }))
      yield* Effect.andThen(governor.start, TestClock.adjust(500))
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust(500) // an acquisition is not broken off
      yield* Fiber.join(stop)
      assert.deepStrictEqual(log, ["acquired socket", "acquired queue", "released queue", "released socket"])
      assert.deepStrictEqual(yield* states(governor), ["a Stopped 1"])
    }))

  // pm2 #750: what took its time to end was taken for a crash, and restarted.
  it.effect("that takes its time, and ends in an error, is no crash to restart after", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const leave = Effect.andThen(Effect.sleep("1 second"), Effect.die("on the way out"))
      const handle = yield* governor.add(Service.make("a", Effect.onInterrupt(Effect.never, () => leave)))
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      const stop = yield* Effect.forkChild(handle.stop)
      yield* TestClock.adjust("1 second")
      yield* Effect.andThen(Fiber.join(stop), TestClock.adjust("1 hour"))
      assert.deepStrictEqual(yield* states(governor), ["a Stopped 1"])
    }))

  // Talos #6746: what was started as soon as it was heard to have stopped was still on the list of what runs.
  it.effect("is over when it is told: a start upon the very event begins a run", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const a = puppet("a")
      const handle = yield* governor.add(a.service)
      governor.listen(({ _tag }) => {
        if (_tag === "ServiceStopped" && a.log.length === 2) Effect.runFork(handle.start)
      })
      yield* Effect.andThen(governor.start, handle.stop)
      assert.deepStrictEqual(yield* states(governor), ["a Running 2"])
      assert.deepStrictEqual(a.log, ["begin", "interrupted", "begin"])
    }))
})

describe("a shutdown", () => {
  // s6-overlay #566: a shutdown during the start waited for a start that waited for the shutdown.
  it.effect("while services start waits for none that waits, and starts none", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      let ready: Effect.Effect<void> = Effect.void
      const db = Effect.andThen(ServiceRun.use((run) => Effect.sync(() => void (ready = run.ready))), Effect.never)
      const api = puppet("api", { dependsOn: ["db"] })
      yield* governor.add(api.service)
      yield* governor.add(Service.make("db", db, { readiness: "manual" }))
      yield* Effect.andThen(governor.start, turns)
      const waiting = yield* Effect.forkChild(governor.awaitReady)
      const { duration, services } = yield* governor.shutdown
      yield* Fiber.join(waiting)
      yield* Effect.andThen(ready, turns)
      assert.deepStrictEqual([duration, services.map(({ name }) => name), api.log], [0, ["api", "db"], []])
    }))

  // pm2 #1966, background-agents #1445; of services that depend on nothing: Governor.test.ts.
  it.effect("ends a delay at once, though those that depend on the service take their time", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced("500 millis") })
      const db = puppet("db")
      yield* governor.add(db.service)
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(db.end(crash), TestClock.adjust(0))
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* Effect.andThen(TestClock.adjust("1 second"), turns)
      assert.strictEqual((yield* Fiber.join(shutdown)).duration, 1000)
      assert.deepStrictEqual(db.log, ["begin"])
      assert.deepStrictEqual(lines.slice(-6), [
        "Stopping db#1",
        "Stopped db#1",
        "Stopping api#1",
        "Interrupted api#1",
        "Stopped api#1",
        "ShutdownCompleted"
      ])
    }))

  // suture #34: it waited for its whole timeout, and reported the service that was no more.
  it.effect("right after a removal reports no timeout", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "10 seconds" })
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const handle = yield* governor.add(Service.make("removed", slow))
      yield* governor.add(puppet("other").service)
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      const removal = yield* Effect.forkChild(handle.remove)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(removal)
      const { duration, ok, services } = yield* governor.shutdown
      assert.deepStrictEqual([duration, ok, services.map(({ name }) => name)], [0, true, ["other"]])
    }))
})

// pm2 #2202, #1966 and #1939, supervisor3 #14, kazoo #5967.
describe("a service that is removed while it restarts does not come back", () => {
  it.effect("in its delay", () =>
    Effect.gen(function*() {
      const { end, governor, handle, lines } = yield* up({}, { a: {} })
      yield* end("a", crash)
      yield* Effect.flatMap(handle("a"), (a) => a.remove)
      yield* Effect.andThen(TestClock.adjust("1 hour"), turns)
      assert.deepStrictEqual(yield* states(governor), [])
      assert.strictEqual(lines.at(-1), "Removed a#1")
    }))

  it.effect("without a delay, before its turn", () =>
    Effect.gen(function*() {
      const { end, governor, handle, lines } = yield* up({ restart: RestartPolicy.spaced(0) }, { a: {} })
      const { remove } = yield* handle("a")
      const both = Effect.sync(() => {
        Effect.runFork(end("a", crash)) // inside of a beginning every other one waits for its turn
        Effect.runFork(remove)
      })
      const other = yield* governor.add(Service.make("other", both, { restart: RestartPolicy.never }))
      yield* Effect.andThen(other.start, turns)
      assert.deepStrictEqual(yield* states(governor), ["other Stopped 1"])
      assert.deepStrictEqual(lines.filter((line) => line.endsWith("a#2")), [])
    }))

  it.effect("held by its group", () =>
    Effect.gen(function*() {
      const { end, governor, handle, lines } = yield* up({ strategy: "one-for-all" }, { head: {}, a: {} })
      yield* end("head", crash)
      yield* Effect.flatMap(handle("a"), (a) => a.remove)
      yield* Effect.andThen(TestClock.adjust("1 hour"), turns)
      assert.deepStrictEqual(yield* states(governor), ["head Running 2"])
      assert.deepStrictEqual(lines.filter((line) => line.endsWith("a#2")), [])
    }))
})

// actor-ts #923: all-for-one woke a sibling that was on its way out; Akka #19726: commands on the way down were ignored.
describe("a command to a sibling that goes down, while its group restarts, is what counts", () => {
  /** Its first run takes a second to stop. */
  const slow = Service.make(
    "sibling",
    ServiceRun.use(({ run }) =>
      Effect.onInterrupt(Effect.never, () => run === 1 ? Effect.sleep("1 second") : Effect.void)
    )
  )

  it.effect.each<[Command, "before" | "after", then: ReadonlyArray<string>]>([
    ["stop", "before", ["sibling Stopped 1"]],
    ["remove", "before", []],
    ["restart", "before", ["sibling Running 2"]],
    ["stop", "after", ["sibling Stopped 1"]],
    ["remove", "after", []],
    ["restart", "after", ["sibling Running 2"]],
    ["start", "after", ["sibling Running 2"]]
  ])("%s, given %s the crash", ([command, when, then]) =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const head = puppet("head")
      yield* governor.add(head.service)
      const sibling = yield* governor.add(slow)
      yield* Effect.andThen(governor.start, TestClock.adjust(0))
      if (when === "after") yield* head.end(crash)
      const waiting = yield* Effect.forkChild(give(sibling, command), { startImmediately: true })
      if (when === "before") yield* head.end(crash)
      yield* Effect.andThen(TestClock.adjust("1 second"), turns)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(yield* states(governor), ["head Running 2", ...then])
      assert.include(yield* sibling.status, { restarts: 0 }, "it was by hand")
    }))
})
