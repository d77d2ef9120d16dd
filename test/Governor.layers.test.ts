import { assert, describe, it, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Governor, GovernorError, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { pass, turns, watched } from "./support.ts"

class Database extends Context.Service<Database, { readonly name: string }>()("test/Database") {}

/** A layer that writes down when it opens and closes. */
const database = (log: Array<string>, name = "database") =>
  Layer.effect(
    Database,
    Effect.acquireRelease(
      Effect.sync(() => {
        log.push(`${name} opens`)
        return { name }
      }),
      () => Effect.sync(() => log.push(`${name} closes`))
    )
  )

/** A service that uses the database until it is stopped, which takes a moment. */
const user = (log: Array<string>, name: string, options?: Service.Options) =>
  Governor.service(
    name,
    Effect.gen(function*() {
      yield* Database
      log.push(`${name} runs`)
      return yield* Effect.never
    }).pipe(Effect.onInterrupt(() => Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push(`${name} ends`))))),
    options
  )

const whole = ["database opens", "a runs", "b runs", "a ends", "b ends", "database closes"]

const statuses = Effect.gen(function*() {
  const governor = yield* Governor.Governor
  return (yield* governor.status).map((status) => `${status.name} ${status._tag}`)
})

describe("Governor.layer and Governor.service", () => {
  it.effect("add a service as its layer is built, which runs when the governor is started", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const services = user(log, "a").pipe(Layer.provide(database(log)), Layer.provideMerge(Governor.layer()))
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(log, ["database opens"])
        assert.deepStrictEqual(yield* statuses, ["a Pending"])
        yield* (yield* Governor.Governor).start
        assert.deepStrictEqual(log, ["database opens", "a runs"])
      }).pipe(Effect.provide(services))
      assert.deepStrictEqual(log, ["database opens", "a runs", "a ends", "database closes"])
    }))

  it.effect("take a service as a value too", () =>
    Effect.gen(function*() {
      const services = Governor.service(Service.make("value", Effect.never))
      const found = yield* statuses.pipe(Effect.provide(Layer.provideMerge(services, Governor.layer())))
      assert.deepStrictEqual(found, ["value Pending"])
    }))

  it.effect("stop and remove a service when its own layer's scope closes, and no other", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const governor = yield* Governor.make()
      const scopes = [yield* Scope.make(), yield* Scope.make()] as const
      for (const [i, scope] of scopes.entries()) {
        yield* Layer.buildWithScope(user(log, `service ${i}`).pipe(Layer.provide(database(log))), scope).pipe(
          Effect.provideService(Governor.Governor, governor)
        )
      }
      yield* governor.start
      log.length = 0
      yield* Scope.close(scopes[0], Exit.void)
      assert.deepStrictEqual(log, ["service 0 ends", "database closes"])
      assert.deepStrictEqual((yield* governor.status).map(({ name }) => name), ["service 1"])
      yield* Scope.close(scopes[1], Exit.void)
    }))

  it.effect("leave alone what has the name of a service that was removed by hand", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Governor.service("a", Effect.never), scope).pipe(
        Effect.provideService(Governor.Governor, governor)
      )
      yield* Effect.flatMap(governor.get("a"), ({ remove }) => remove)
      const another = yield* governor.add(Service.make("a", Effect.never))
      const user = yield* governor.add(Service.make("b", Effect.never, { dependsOn: ["a"] }))
      yield* governor.start
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* another.status)._tag, "Running")
      assert.strictEqual((yield* user.status)._tag, "Running")
    }))

  it.effect("are not taken back by commands: what depends on it waits for another one of its name", () =>
    Effect.gen(function*() {
      const { clear, governor, lines } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Governor.service("db", slow), scope).pipe(
        Effect.provideService(Governor.Governor, governor)
      )
      const db = yield* governor.get("db")
      const api = yield* governor.add(Service.make("api", slow, { dependsOn: ["db"] }))
      yield* governor.start
      yield* TestClock.adjust(0)
      const close = yield* Effect.forkDetach(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* Effect.forkChild(api.start, { startImmediately: true })
      assert.strictEqual((yield* Effect.flip(db.start))._tag, "UnknownService")
      yield* TestClock.adjust("1 second")
      yield* Effect.forkChild(api.restart, { startImmediately: true })
      yield* Effect.forkChild(db.stop, { startImmediately: true })
      assert.strictEqual((yield* Effect.flip(db.restart))._tag, "UnknownService")
      yield* TestClock.adjust("1 second")
      assert.isDefined(close.pollUnsafe(), "it waits for ever")
      assert.deepStrictEqual((yield* governor.status).map(({ name, run }) => `${name} ${run}`), ["api 1"])
      clear()
      yield* governor.add(Service.make("db", Effect.never))
      yield* governor.start
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Starting")), ["Starting db#1", "Starting api#2"])
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust("1 second")
    }))

  it.effect("remove both of two that close together, though one depends on the other and is slow", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second"))
      const Services = [Governor.service("db", Effect.never), Governor.service("api", slow, { dependsOn: ["db"] })]
      const scopes = [yield* Scope.make(), yield* Scope.make()]
      for (const [i, scope] of scopes.entries()) {
        yield* Effect.provideService(Layer.buildWithScope(Services[i]!, scope), Governor.Governor, governor)
      }
      yield* governor.start
      yield* TestClock.adjust(0)
      const close = (scope: Scope.Closeable) =>
        Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      const closing = [yield* close(scopes[1]!), yield* close(scopes[0]!)] // the dependent first
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(closing)
      assert.deepStrictEqual(yield* governor.status, [])
      assert.deepStrictEqual(lines.slice(-2), ["Stopped db#1", "Removed db#1"])
    }))

  it.effect("die of what `add` fails with: that is a mistake of the program", () =>
    Effect.gen(function*() {
      const services = Layer.mergeAll(
        Governor.service("same", Effect.never),
        Governor.service("same", Effect.never)
      ).pipe(Layer.provide(Layer.orDie(Governor.layer())))
      const died = <A>(layer: Layer.Layer<A>) =>
        Effect.map(Effect.flip(Effect.sandbox(Effect.scoped(Layer.build(layer)))), (cause) =>
          cause.reasons.map((reason) => reason._tag === "Die" && reason.defect)[0])
      const error = yield* died(services)
      assert.deepStrictEqual(error, new GovernorError.DuplicateService({ service: "same" }))
      const options = yield* Effect.flip(Effect.scoped(Layer.build(Governor.layer({ stopTimeout: NaN }))))
      assert.instanceOf(options, GovernorError.InvalidOption)
      const again = yield* died(Governor.supervise(Layer.empty, { name: "" }))
      assert.instanceOf(again, GovernorError.InvalidOption)
    }))

  it.effect("add nothing to a governor that is shutting down, and succeed", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.shutdown
      yield* Effect.scoped(Layer.build(Governor.service("late", Effect.never))).pipe(
        Effect.provideService(Governor.Governor, governor)
      )
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("hear of the starts of the services beside them, and take the events one by one", () =>
    Effect.gen(function*() {
      const heard: Array<string> = []
      const forked = (effect: (governor: Governor.Governor) => Effect.Effect<unknown>) =>
        Layer.effectDiscard(Governor.Governor.use((governor) => Effect.forkScoped(effect(governor))))
      const all = (governor: Governor.Governor) =>
        Stream.runForEach(governor.events, ({ _tag }) => Effect.sync(() => heard.push(_tag)))
      const first = ({ events }: Governor.Governor) =>
        Effect.tap(
          Stream.runHead(events),
          (event) => Effect.sync(() => heard.push(`one: ${event._tag === "Some" && event.value._tag}`))
        )
      const services = Layer.mergeAll(
        forked(all),
        Governor.service("a", Effect.sleep(1)),
        forked((governor) => Effect.repeat(first(governor), Schedule.recurs(2)))
      )
      const fiber = yield* Effect.forkChild(Governor.launch(services))
      yield* TestClock.adjust(1)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(heard.slice(0, 6), [
        "ServiceStarting",
        "one: ServiceStarting",
        "ServiceReady",
        "one: ServiceReady",
        "ServiceCompleted",
        "one: ServiceCompleted"
      ])
    }))

  it.effect("leave out a service that is removed after the shutdown began: the report has it nevertheless", () =>
    Effect.gen(function*() {
      const release = yield* Deferred.make<void>()
      const governor = yield* Governor.make()
      const handle = yield* governor.add(
        Service.make("slow", Effect.never.pipe(Effect.onInterrupt(() => Deferred.await(release))))
      )
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* handle.remove // nobody waits for one service, for all are ending
      yield* Deferred.succeed(release, undefined)
      const report = yield* Fiber.join(shutdown)
      assert.deepStrictEqual(report.services.map(({ name }) => name), ["slow"])
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag), ["Stopped"])
    }))
})

/** The ways to build the same set: services, and the database inside or outside of what is supervised. */
const shapes = {
  "the database inside": (log: Array<string>) =>
    Governor.supervise(Layer.mergeAll(user(log, "a"), user(log, "b")).pipe(Layer.provide(database(log)))),
  "the database outside": (log: Array<string>) =>
    Governor.supervise(Layer.mergeAll(user(log, "a"), user(log, "b"))).pipe(Layer.provide(database(log))),
  "each with the database": (log: Array<string>) => {
    const shared = database(log)
    return Governor.supervise(
      Layer.mergeAll(user(log, "a").pipe(Layer.provide(shared)), user(log, "b").pipe(Layer.provide(shared)))
    )
  },
  "the database merged": (log: Array<string>) => {
    const shared = database(log)
    return Layer.mergeAll(
      shared,
      Governor.supervise(Layer.mergeAll(user(log, "a"), user(log, "b"))).pipe(Layer.provide(shared))
    )
  },
  "the database passed on": (log: Array<string>) =>
    Governor.supervise(Layer.mergeAll(user(log, "a"), user(log, "b")).pipe(Layer.provideMerge(database(log))))
}

describe.each(Object.entries(shapes))(
  "Governor.supervise, %s: shutdown comes before what services use is closed",
  (_, shape) => {
    it.effect("under Effect.provide", () =>
      Effect.gen(function*() {
        const log: Array<string> = []
        yield* Effect.provide(Effect.sync(() => assert.deepStrictEqual(log, whole.slice(0, 3))), shape(log))
        assert.deepStrictEqual(log, whole)
      }))

    it.effect("under Layer.launch", () =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const fiber = yield* Effect.forkChild(Layer.launch(shape(log)), { startImmediately: true })
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(log, whole.slice(0, 3))
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(log, whole)
      }))

    it("under ManagedRuntime", async () => {
      const log: Array<string> = []
      const runtime = ManagedRuntime.make(shape(log))
      await runtime.runPromise(Effect.void)
      assert.deepStrictEqual(log, whole.slice(0, 3))
      await runtime.dispose()
      assert.deepStrictEqual(log, whole)
    })

    it.effect("under Governor.launch", () =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const stop = Layer.effectDiscard(Effect.gen(function*() {
          const governor = yield* Governor.Governor
          yield* Effect.forkScoped(Effect.delay(governor.shutdownWith("enough"), "1 second"))
        }))
        const program = Governor.launch(Layer.mergeAll(user(log, "a"), user(log, "b"), stop))
        const fiber = yield* Effect.forkChild(Effect.provide(program, database(log)), { startImmediately: true })
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(log, whole.slice(0, 3))
        yield* TestClock.adjust("1 second")
        const report = yield* Fiber.join(fiber)
        assert.deepStrictEqual(report.reason, { _tag: "Requested", message: "enough" })
        assert.deepStrictEqual(log, whole)
      }))
  }
)

const logOfLayer: Array<string> = []
describe("Governor.supervise", () => {
  layer(shapes["the database inside"](logOfLayer))("under it.layer", (it) => {
    it.effect("services run while the tests do", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(logOfLayer, whole.slice(0, 3))
        assert.deepStrictEqual(yield* statuses, ["a Running", "b Running"])
      }))
  })

  it("under it.layer, too, the database closed last", () => {
    assert.deepStrictEqual(logOfLayer, whole)
  })

  it.effect("starts nothing before all are built", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const built = yield* Deferred.make<void>()
      const slow = Governor.service("slow", Effect.sync(() => log.push("slow runs"))).pipe(
        Layer.provide(Layer.effectDiscard(Deferred.await(built)))
      )
      const services = Layer.mergeAll(user(log, "quick").pipe(Layer.provide(database(log))), slow)
      const fiber = yield* Effect.forkChild(Layer.launch(Governor.supervise(services)), { startImmediately: true })
      assert.deepStrictEqual(log, ["database opens"])
      yield* Deferred.succeed(built, undefined)
      yield* Effect.yieldNow
      assert.deepStrictEqual(log, ["database opens", "quick runs", "slow runs"])
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("rolls a half-built set back in order, and nothing has run", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const events: Array<string> = []
      const watch = Layer.effectDiscard(Effect.gen(function*() {
        const governor = yield* Governor.Governor
        governor.listen((event) => events.push(event._tag))
      }))
      const first = user(log, "a").pipe(Layer.provide(watch), Layer.provide(database(log, "first")))
      const broken = user(log, "b").pipe(
        Layer.provide(Layer.effectDiscard(Effect.fail("no"))),
        Layer.provide(database(log, "second"))
      )
      const services = broken.pipe(Layer.provideMerge(first)) // one after the other
      const exit = yield* Effect.exit(Effect.scoped(Layer.build(Governor.supervise(services))))
      assert.deepStrictEqual(exit, Exit.fail("no"))
      assert.deepStrictEqual(log, ["first opens", "second opens", "second closes", "first closes"])
      assert.deepStrictEqual(events, ["ServiceAdded", "ServiceRemoved", "ShutdownStarted", "ShutdownCompleted"])
    }))

  it.effect("gives the services' layers what they provide, and the governor", () =>
    Effect.gen(function*() {
      const services = Layer.mergeAll(Governor.service("a", Effect.never), database([]))
      const found = yield* Effect.all([statuses, Database]).pipe(Effect.provide(Governor.supervise(services)))
      assert.deepStrictEqual(found, [["a Running"], { name: "database" }])
    }))

  it.effect("bounds the closing of its scope by shutdownTimeout", () =>
    Effect.gen(function*() {
      const hung = Governor.service("hung", Effect.uninterruptible(Effect.never))
      const fiber = yield* Effect.forkChild(
        Layer.launch(Governor.supervise(hung, { shutdownTimeout: "3 seconds" })),
        { startImmediately: true }
      )
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(fiber.pollUnsafe())
    }))
})

describe("Governor.launch", () => {
  it.effect("ends when every service is over, with the report", () =>
    Effect.gen(function*() {
      const report = yield* Governor.launch(Layer.mergeAll(
        Governor.service("good", Effect.void),
        Governor.service("bad", Effect.fail("broken"))
      ))
      assert.isFalse(report.ok)
      assert.deepStrictEqual(report.reason, { _tag: "AllOver" })
      assert.deepStrictEqual(report.services, [
        { name: "good", outcome: "Stopped", duration: 0 },
        { name: "bad", outcome: "Failed", duration: 0, cause: Cause.fail("broken") }
      ])
    }))

  it.effect("fails if a significant service failed, after all were stopped", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const error = yield* Governor.launch(
        Layer.mergeAll(
          user(log, "a").pipe(Layer.provide(database(log))),
          Governor.service("main", Effect.delay(Effect.fail("broken"), 1000), { significant: true })
        ),
        { name: "shop" }
      ).pipe(Effect.flip, Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust(1000)
      const failed = yield* Fiber.join(error)
      assert.instanceOf(failed, GovernorError.GovernorFailed)
      if (!(failed instanceof GovernorError.GovernorFailed)) return
      assert.strictEqual(failed.service, "main")
      assert.strictEqual(failed.governor, "shop")
      assert.deepStrictEqual(failed.report.reason, {
        _tag: "Significant",
        service: "main",
        cause: Cause.fail("broken")
      })
      assert.strictEqual(failed.message, "governor \"shop\" failed: its service \"main\" failed")
      assert.deepStrictEqual(log, ["database opens", "a runs", "a ends", "database closes"])
    }))

  it.effect("fails if a significant service failed while it was shut down for another reason", () =>
    Effect.gen(function*() {
      const services = Layer.mergeAll(
        Governor.service("first", Effect.sleep(5), { significant: true }),
        Governor.service("hung", Effect.uninterruptible(Effect.never), { significant: true, stopTimeout: 10 })
      )
      const fiber = yield* Effect.forkChild(Governor.launch(services), { startImmediately: true })
      yield* TestClock.adjust(15)
      const failed = yield* Effect.flip(Fiber.join(fiber))
      assert.isTrue(failed instanceof GovernorError.GovernorFailed && failed.service === "hung")
    }))

  it.effect("ends when a significant service is over and well", () =>
    Effect.gen(function*() {
      const report = yield* Governor.launch(Layer.mergeAll(
        Governor.service("main", Effect.void, { significant: true }),
        Governor.service("other", Effect.never)
      ))
      assert.isTrue(report.ok)
      assert.deepStrictEqual(report.reason, { _tag: "Significant", service: "main" })
    }))

  it.effect("fails when a layer cannot be built", () =>
    Effect.gen(function*() {
      const services = Governor.service("a", Effect.never).pipe(Layer.provide(Layer.effectDiscard(Effect.fail("no"))))
      assert.strictEqual(yield* Effect.flip(Governor.launch(services)), "no")
    }))

  it.effect("hears of a forked fiber that fails, which Layer.launch does not", () =>
    Effect.gen(function*() {
      const broken = Layer.effectDiscard(Effect.forkScoped(Effect.delay(Effect.fail("lost"), 1000)))
      const launched = yield* Effect.forkChild(Layer.launch(broken))
      const ours = Layer.effectDiscard(ServiceRun.fork(Effect.delay(Effect.fail("heard"), 1000)))
      const governed = yield* Effect.forkChild(Governor.launch(Governor.service(Service.fromLayer("forks", ours))))
      yield* TestClock.adjust(0)
      yield* TestClock.adjust(1000)
      assert.isUndefined(launched.pollUnsafe())
      const { services } = yield* Fiber.join(governed)
      assert.deepStrictEqual(services, [{ name: "forks", outcome: "Failed", duration: 0, cause: Cause.fail("heard") }])
      yield* Fiber.interrupt(launched)
    }))

  it.effect("passes its restart policy on", () =>
    Effect.gen(function*() {
      let runs = 0
      const flaky = Governor.service("flaky", Effect.suspend(() => ++runs < 3 ? Effect.die("no") : ServiceRun.stop))
      const fiber = yield* Effect.forkChild(Governor.launch(flaky, { restart: RestartPolicy.spaced(1000) }))
      yield* TestClock.adjust(2000)
      assert.isTrue((yield* Fiber.join(fiber)).ok)
      assert.strictEqual(runs, 3)
    }))
})

describe("a significant service", () => {
  const significant = (name: string, run: Effect.Effect<unknown, unknown>, options?: Service.Options) =>
    Service.make(name, run, { significant: true, ...options })

  it.effect("shuts the governor down once, also if two are over at once", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(significant("a", Effect.void))
      yield* governor.add(significant("b", Effect.fail("no")))
      yield* governor.start
      const report = yield* governor.awaitShutdown
      assert.deepStrictEqual(report.reason, { _tag: "Significant", service: "a" })
      assert.strictEqual(
        lines.filter((line) => line.startsWith("Shutdown")).join(),
        "ShutdownStarted,ShutdownCompleted"
      )
    }))

  it.effect("does not when it is stopped by hand, or restarts", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const stopped = yield* governor.add(significant("stopped", Effect.never))
      yield* governor.add(significant("restarts", Effect.fail("no"), { restart: RestartPolicy.spaced(1000) }))
      yield* governor.start
      yield* stopped.stop
      yield* TestClock.adjust(1000)
      assert.notInclude(lines, "ShutdownStarted")
    }))

  it.effect("does when its run was abandoned: it is failed for good", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const hung = significant("hung", Effect.uninterruptible(Effect.never), { stopTimeout: 10 })
      const handle = yield* governor.add(hung)
      yield* governor.start
      yield* Effect.forkChild(handle.stop, { startImmediately: true })
      yield* TestClock.adjust(10)
      const { reason } = yield* governor.awaitShutdown
      assert.isTrue(reason._tag === "Significant" && reason.cause !== undefined)
    }))

  it.effect("asks for nothing more when it is abandoned by a shutdown", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(significant("hung", Effect.uninterruptible(Effect.never), { stopTimeout: 10 }))
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(10)
      assert.deepStrictEqual((yield* Fiber.join(shutdown)).reason, { _tag: "Requested" })
      assert.strictEqual(lines.filter((line) => line === "ShutdownStarted").length, 1)
    }))

  it.effect("is told apart by a boolean or \"failure\" only", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const options = { significant: "yes" } as unknown as Service.Options
      const error = yield* Effect.flip(governor.add(Service.make("a", Effect.never, options)))
      assert.strictEqual(
        error.message,
        "significant of service \"a\": expected true, false or \"failure\", got \"yes\""
      )
    }))
})

describe("several governors", () => {
  const runs = (log: Array<string>, name: string) =>
    Governor.service(name, Effect.andThen(Effect.sync(() => log.push(name)), Effect.never))

  it.effect("side by side start and stop their own services, though they are built together", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const both = Layer.mergeAll(
        Governor.supervise(runs(log, "a"), { name: "A" }),
        Governor.supervise(runs(log, "b"), { name: "B" })
      )
      yield* Effect.provide(Effect.void, both)
      assert.deepStrictEqual(log, ["a", "b"])
    }))

  it.effect("one inside a service of the other starts its own, too", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const inner = Governor.launch(Governor.service("inner", Effect.sync(() => log.push("inner"))))
      const report = yield* Governor.launch(Governor.service("outer", Effect.asVoid(inner)))
      assert.deepStrictEqual(log, ["inner"])
      assert.isTrue(report.ok)
    }))
})

/** Lines of the log at level Warn. */
const warnings = () => {
  const lines: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    if (logLevel === "Warn") lines.push(...(message as Array<unknown>))
  })
  return { lines, logged: Effect.provideService(Logger.CurrentLoggers, new Set([logger])) }
}

describe("what never runs", () => {
  it.effect("is not the other services of a set with a governor of its own in it", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const say = (name: string) => Governor.service(name, Effect.sync(() => log.push(name)))
      const report = yield* Governor.launch(Layer.merge(say("outer"), Governor.supervise(say("inner"))))
      assert.deepStrictEqual(log.toSorted(), ["inner", "outer"])
      assert.deepStrictEqual(report.services.map(({ name }) => name), ["outer"])
    }))

  it.effect("is named: services that were added and never started, by a layer or by hand", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      yield* Effect.provide(Effect.void, Layer.provideMerge(Governor.service("a", Effect.never), Governor.layer()))
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("b", Effect.never))
      yield* governor.shutdown
      assert.deepStrictEqual(lines, ["never started: \"a\"", "never started: \"b\""])
    }).pipe(Effect.scoped, logged)
  })

  it.effect("is named once, though its layer closes after a shutdown", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      yield* Effect.provide(
        Effect.flatMap(Governor.Governor, ({ shutdown }) => shutdown),
        Layer.provideMerge(Governor.service("a", Effect.never), Governor.layer())
      )
      assert.deepStrictEqual(lines, ["never started: \"a\""])
    }).pipe(Effect.scoped, logged)
  })

  it.effect("is a launch without services, or with services that are those of another governor", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      yield* Governor.launch(Layer.empty)
      yield* Governor.launch(Governor.service("a", Effect.never).pipe(Layer.provide(Governor.layer())))
      const shared = Governor.service("b", Effect.never)
      yield* Effect.provide(Effect.void, Layer.mergeAll(Governor.supervise(shared), Governor.supervise(shared)))
      const nothing = "no service was added to this governor"
      assert.deepStrictEqual(lines, [nothing, nothing, "never started: \"a\"", nothing])
    }).pipe(logged)
  })

  it.effect("is of no interest when their start was refused, which has told why", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      const one = Governor.service("one", Effect.never, { dependsOn: ["other"] })
      const other = Governor.service("other", Effect.never, { dependsOn: ["one"] })
      yield* Effect.exit(Governor.launch(Layer.merge(one, other)))
      yield* Effect.exit(Governor.launch(one))
      yield* Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        yield* governor.add(Service.make("by hand", Effect.never, { dependsOn: ["other"] }))
        yield* Effect.flip(governor.start)
      }))
      assert.deepStrictEqual(lines, [])
      yield* Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        const refused = yield* governor.add(Service.make("refused", Effect.never, { dependsOn: ["other"] }))
        yield* Effect.flip(governor.start)
        yield* refused.remove
        yield* governor.start
        yield* governor.add(Service.make("forgotten", Effect.never))
      }))
      assert.deepStrictEqual(lines, ["never started: \"forgotten\""])
    }).pipe(logged)
  })

  it.effect("is of no interest when the set could not be built", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      const broken = Layer.provideMerge(Layer.effectDiscard(Effect.fail("no")), Governor.service("a", Effect.never))
      yield* Effect.flip(Governor.launch(broken))
      assert.deepStrictEqual(lines, [])
    }).pipe(logged)
  })
})

describe("a slow reader of events in a layer", () => {
  it.effect("reads to the end if the layer waits for it, and is interrupted if not", () =>
    Effect.gen(function*() {
      const read = { patient: [] as Array<string>, other: [] as Array<string> }
      const reader = (events: Array<string>) =>
        Effect.flatMap(Governor.Governor, (governor) =>
          Effect.forkScoped(
            Stream.runForEach(governor.events, ({ _tag }) =>
              Effect.delay(Effect.sync(() => events.push(_tag)), "1 second"))
          ))
      const readers = Layer.mergeAll(
        Layer.effectDiscard(reader(read.other)),
        Layer.effectDiscard(
          Effect.flatMap(reader(read.patient), (fiber) =>
            Effect.addFinalizer(() => Fiber.await(fiber)))
        ),
        Governor.service("a", Effect.void)
      )
      const launched = yield* Effect.forkChild(Governor.launch(readers))
      for (let i = 0; i < 10; i++) yield* pass(1000)
      assert.isDefined(launched.pollUnsafe())
      assert.deepStrictEqual(read, {
        patient: [
          "ServiceStarting",
          "ServiceReady",
          "ServiceCompleted",
          "ServiceStopped",
          "ShutdownStarted",
          "ShutdownCompleted"
        ],
        other: []
      })
    }))
})

describe("a layer of services that stays open when a significant service has ended the governor", () => {
  const fails = Governor.service("main", Effect.fail("boom"), { significant: true })

  it.effect("is warned of, if nobody waits for the governor", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      yield* Effect.forkChild(Layer.launch(Governor.supervise(fails)))
      yield* turns // the fiber begins
      yield* pass(999)
      assert.deepStrictEqual(lines.splice(0), ["shut down in 0 ms, but at least one service failed or was abandoned"])
      yield* pass(1)
      assert.deepStrictEqual(lines, [
        "no service runs any more, because the significant service \"main\" failed, but the layer of " +
        "Governor.supervise is still open. Governor.launch makes a program that ends then"
      ])
    }).pipe(logged)
  })

  it.effect("is not, if somebody does, or the layer is closed, or no service was significant", () => {
    const { lines, logged } = warnings()
    return Effect.gen(function*() {
      const awaited = Effect.flatMap(Governor.Governor, ({ awaitShutdown }) => awaitShutdown)
      const later = Governor.service("main", Effect.andThen(Effect.sleep(10), Effect.void), { significant: true })
      yield* Effect.forkChild(Effect.provide(Effect.andThen(awaited, Effect.never), Governor.supervise(later)))
      yield* Effect.forkChild(Effect.provide(awaited, Governor.supervise(fails)))
      yield* Effect.forkChild(Effect.exit(Governor.launch(fails)))
      yield* Effect.forkChild(Layer.launch(Governor.supervise(Governor.service("a", Effect.void))))
      yield* turns // the fibers begin
      yield* pass(10)
      yield* pass(2000)
      assert.deepStrictEqual(
        new Set(lines),
        new Set(["shut down in 0 ms, but at least one service failed or was abandoned"])
      )
    }).pipe(logged)
  })
})

describe("Governor.layer with services", () => {
  it.effect("is bounded by shutdownTimeout when it closes, like any other", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const hung = Governor.service("hung", Effect.uninterruptible(Effect.never)).pipe(Layer.provide(database(log)))
      const program = Governor.Governor.use(({ start }) => start).pipe(
        Effect.provide(Layer.provideMerge(hung, Governor.layer({ shutdownTimeout: "3 seconds" })))
      )
      const fiber = yield* Effect.forkChild(program, { startImmediately: true })
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(fiber.pollUnsafe())
      assert.deepStrictEqual(log, ["database opens", "database closes"])
    }))
})
