import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Governor, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import { sightOf } from "../../src/internal/sight.ts"
import { Governor as Facade } from "../../src/promise/index.ts"
import { pass, turns, up } from "../support.ts"

/** A service whose runs do not end when they are asked to. */
const deaf = Effect.uninterruptible(Effect.never)

const tagOf = ({ status }: Governor.ServiceHandle<unknown>) => Effect.map(status, ({ _tag }) => _tag)

describe("the sight of a governor", () => {
  it.effect("is of a governor of either door, and refuses everything else", () =>
    Effect.gen(function*() {
      const core = yield* Governor.make({ name: "core" })
      assert.strictEqual(sightOf(core).name, "core")
      assert.strictEqual(sightOf(core).shared(() => ({})), sightOf(core).shared(() => ({})))
      assert.strictEqual(sightOf(new Facade({ name: "facade" })).name, "facade")
      for (const other of [undefined, null, {}, "governor", 1]) {
        assert.throws(() => sightOf(other), /governor/)
      }
    }))

  it.effect("says which required services are not ready, also inside, and none inside of optional ones", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 second") })
      const health = () => sightOf(governor).health(10)
      assert.deepStrictEqual(health(), { wasStarted: false, unready: [] })
      const bad = Governor.service("bad", Effect.fail("no connection"))
      yield* governor.add(Service.make("optional", Effect.fail("no connection"), { health: "optional" }))
      yield* governor.add(Governor.asService("ingest", bad, { restart: RestartPolicy.spaced("1 minute") }))
      yield* governor.add({ ...Governor.asService("aside", bad), options: { health: "optional" } })
      yield* governor.add(Service.make("api", Effect.never))
      assert.deepStrictEqual(health(), { wasStarted: false, unready: [] })
      yield* governor.start
      yield* turns
      assert.deepStrictEqual(health(), { wasStarted: true, unready: ["ingest", "ingest/bad"] })
      assert.strictEqual(sightOf(governor).health(1).unready.length, 1)
    }))

  it.effect("misses no service that a cluster runs in another process, and one that it has given to this process", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const governor = yield* Governor.make()
      const unready = () => sightOf(governor).health(10).unready
      const slow = Service.make("billing", Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second")))
      const gate = Effect.as(Effect.sleep("1 second"), 1)
      const handle = yield* governor.door.place(slow, { gate, wish: () => Effect.void, forget: () => {} })
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(unready(), [])
      const scope = Scope.makeUnsafe()
      yield* Scope.provide(governor.door.claim(handle), scope)
      assert.deepStrictEqual([yield* Effect.andThen(turns, tagOf(handle)), unready()], ["Standby", ["billing"]])
      assert.deepStrictEqual([yield* Effect.andThen(pass(1000), tagOf(handle)), unready()], ["Running", []])
      yield* Effect.forkChild(Scope.close(scope, Exit.void))
      assert.deepStrictEqual([yield* Effect.andThen(turns, tagOf(handle)), unready()], ["Stopping", []])
      assert.deepStrictEqual([yield* Effect.andThen(pass(1000), tagOf(handle)), unready()], ["Standby", []])
    }))

  it.effect("names services that an abandoned run keeps down, if something significant needs them", () =>
    Effect.gen(function*() {
      const options = { stopTimeout: "1 second" } as const
      const governor = yield* Governor.make()
      const add = (name: string, options: Service.Options, run: Effect.Effect<unknown> = Effect.never) =>
        governor.add(Service.make(name, run, options))
      yield* add("db", options, deaf)
      yield* add("cache", options, deaf)
      yield* add("api", { ...options, dependsOn: ["db"] })
      yield* add("web", { ...options, dependsOn: ["api"], significant: true })
      yield* governor.start
      yield* turns
      for (const name of ["cache", "db"]) {
        yield* Effect.forkChild(Effect.flatMap(governor.get(name), ({ stop }) => stop))
      }
      assert.deepStrictEqual(sightOf(governor).stuck(), [])
      yield* pass(1000)
      assert.deepStrictEqual(sightOf(governor).stuck(), ["db"])
    }))

  it.effect("hears each line of the log once: of the governor, of its services, and of those inside", () =>
    Effect.gen(function*() {
      const says = Effect.andThen(ServiceRun.use(({ name }) => Effect.logInfo(`I am ${name}`)), Effect.never)
      const governor = yield* Governor.make()
      const heard: Array<string> = []
      sightOf(governor).hearLines(({ message, of }) => heard.push(`${of?.service}: ${message}`))
      yield* governor.add(Governor.asService("outer", Governor.service("inner", says)))
      yield* governor.add(Service.make("alone", says))
      yield* governor.start
      yield* turns
      assert.deepStrictEqual(heard.filter((line) => line.includes("I am")).toSorted(), [
        "alone: I am alone",
        "outer/inner: I am inner"
      ])
      assert.strictEqual(heard.filter((line) => line.includes("outer/inner: ready")).length, 1)
      yield* governor.shutdown
      assert.strictEqual(heard.filter((line) => line.includes("shutting down: requested")).length, 1)
    }))

  it("hears the lines of a governor of the facade too, and of those inside it, once", async () => {
    const governor = new Facade({ log: () => {} })
    const heard: Array<string> = []
    sightOf(governor).hearLines(({ message, of }) => heard.push(`${of?.service}: ${message}`))
    governor.add("outer", Facade.asService((inside) => inside.add("inner", ({ log }) => log("hello %s", "you"))))
    governor.start()
    await governor.waitForShutdown()
    assert.strictEqual(heard.filter((line) => line === "outer/inner: hello you").length, 1)
    assert.strictEqual(heard.filter((line) => line.startsWith("outer/inner: completed")).length, 1)
  })

  it("lets those hear who look at a governor inside, of that alone and by its own names, beside those who look at all", async () => {
    const outer = new Facade({ log: () => {} })
    const heard: Array<string> = []
    const hear =
      (who: string) =>
      ({ message, of }: { readonly message: string; readonly of: { readonly service: string } | undefined }) =>
        heard.push(`${who} ${of?.service}: ${message}`)
    sightOf(outer).hearLines(hear("all"))
    outer.add("alone", ({ log }) => log("hello"))
    outer.add(
      "outer",
      Facade.asService((governor) => {
        sightOf(governor).hearLines(hear("inside"))
        governor.add("inner", ({ log }) => log("hello"))
      })
    )
    outer.start()
    await outer.waitForShutdown()
    assert.deepStrictEqual(heard.filter((line) => line.includes("hello")), [
      "all alone: hello",
      "all outer/inner: hello",
      "inside inner: hello"
    ])
  })

  it.effect("finds a service by its path, with its spec and its handle", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({ stopTimeout: "5 seconds" }, { api: { dependsOn: ["db"] }, db: {} })
      const found = sightOf(governor).find("api")!
      assert.deepInclude(found.spec, {
        name: "api",
        dependsOn: ["db"],
        health: "required",
        stopTimeout: 5000,
        restart: { when: "always", delay: 1000, resetAfter: 60_000 }
      })
      assert.deepStrictEqual(yield* Effect.exit(found.handle.stop), Exit.void)
      assert.strictEqual(sightOf(governor).find("api")?.status._tag, "Stopped")
      assert.strictEqual(sightOf(governor).find("nobody"), undefined)
    }))
})
