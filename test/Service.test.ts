import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import { CurrentLogAnnotations, CurrentLoggers, CurrentLogSpans } from "effect/References"
import { Scope } from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { RestartPolicy, Service, ServiceRun, StopService } from "../src/index.ts"
import { turns, watched } from "./support.ts"

class Connection extends Context.Service<Connection, { readonly number: number }>()("test/Connection") {}

/** A connection that writes down when it opens and closes. */
const connection = (log: Array<string>) => {
  let opened = 0
  return Layer.effect(
    Connection,
    Effect.acquireRelease(
      Effect.sync(() => {
        log.push(`opens ${++opened}`)
        return { number: opened }
      }),
      ({ number }) => Effect.sync(() => log.push(`closes ${number}`))
    )
  )
}

describe("Service.fromLayer", () => {
  it.effect("builds the layer afresh in each run, and closes it at the end of the run", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { governor } = yield* watched({ restart: RestartPolicy.spaced(1000) })
      const run = Connection.use(({ number }) => Effect.sync(() => log.push(`uses ${number}`)))
      yield* governor.add(Service.fromLayer("client", connection(log), { run }))
      yield* governor.start
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(log, ["opens 1", "uses 1", "closes 1", "opens 2", "uses 2", "closes 2"])
    }))

  it.effect("shares nothing with the same layer outside", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const shared = connection(log)
      yield* Effect.gen(function*() {
        const { governor } = yield* watched()
        yield* governor.add(Service.fromLayer("client", shared))
        yield* governor.start
        assert.deepStrictEqual(log, ["opens 1", "opens 2"])
      }).pipe(Effect.scoped, Effect.provide(shared))
      assert.deepStrictEqual(log, ["opens 1", "opens 2", "closes 2", "closes 1"])
    }))

  it.effect("is ready when the layer is built, unless the options say otherwise", () =>
    Effect.gen(function*() {
      const built = yield* Deferred.make<void>()
      const slow = Layer.effectDiscard(Deferred.await(built))
      const { governor } = yield* watched()
      const client = yield* governor.add(Service.fromLayer("client", slow))
      const automatic = yield* governor.add(Service.fromLayer("automatic", slow, { readiness: "automatic" }))
      yield* governor.start
      assert.strictEqual((yield* client.status)._tag, "Starting")
      assert.strictEqual((yield* automatic.status)._tag, "Running")
      yield* Deferred.succeed(built, undefined)
      yield* Effect.yieldNow
      assert.strictEqual((yield* client.status)._tag, "Running")
    }))

  it.effect("is ready then, too, if readiness is there but undefined", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const slow = Layer.effectDiscard(Effect.sleep(1000))
      const client = yield* governor.add(Service.fromLayer("client", slow, { readiness: undefined }))
      yield* governor.start
      assert.strictEqual((yield* client.status)._tag, "Starting")
    }))

  it.effect("is ready when its layer, or its run, says so, if readiness is manual", () =>
    Effect.gen(function*() {
      const said = yield* Deferred.make<void>()
      const ready = Effect.andThen(Deferred.await(said), Effect.andThen(ServiceRun.ready, Effect.never))
      const options = { readiness: "manual" } as const
      const { governor } = yield* watched()
      const Says = Layer.effectDiscard(Effect.forkScoped(ready))
      const byLayer = yield* governor.add(Service.fromLayer("by its layer", Says, options))
      const byRun = yield* governor.add(Service.fromLayer("by its run", Layer.empty, { ...options, run: ready }))
      const waits = yield* governor.add(Service.make("waits", Effect.never, { dependsOn: [byLayer.name, byRun.name] }))
      yield* governor.start
      const tags = Effect.map(Effect.all([byLayer.status, byRun.status, waits.status]), (all) => all.map((s) => s._tag))
      assert.deepStrictEqual(yield* tags, ["Starting", "Starting", "Waiting"])
      yield* Deferred.succeed(said, undefined)
      yield* governor.awaitReady
      assert.deepStrictEqual(yield* tags, ["Running", "Running", "Running"])
    }))

  it.effect("is ready when its run has completed, if readiness is completed", () =>
    Effect.gen(function*() {
      const isDone = yield* Deferred.make<void>()
      const { governor } = yield* watched()
      const migration = yield* governor.add(
        Service.fromLayer("migration", Layer.effectDiscard(ServiceRun.ready), {
          readiness: "completed",
          run: Deferred.await(isDone)
        })
      )
      yield* governor.start
      assert.strictEqual((yield* migration.status)._tag, "Starting")
      yield* Deferred.succeed(isDone, undefined)
      assert.isTrue(yield* migration.awaitReady)
      assert.strictEqual((yield* migration.status)._tag, "Stopped")
    }))

  it.effect("crashes when the layer cannot be built, and has closed what was built of it", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const broken = Layer.effectDiscard(Effect.fail("no")).pipe(Layer.provide(connection(log)))
      const { governor } = yield* watched()
      const client = yield* governor.add(Service.fromLayer("client", broken))
      yield* governor.start
      const status = yield* client.status
      assert.deepStrictEqual(status._tag === "Failed" && status.cause, Cause.fail("no"))
      assert.deepStrictEqual(log, ["opens 1", "closes 1"])
    }))

  it.effect("ends as its run does", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      yield* governor.add(Service.fromLayer("good", Layer.empty, { run: Effect.void }))
      yield* governor.add(Service.fromLayer("bad", Layer.empty, { run: Effect.fail("no") }))
      yield* governor.start
      assert.deepStrictEqual(lines.filter((line) => /Completed|Crashed/.test(line)), [
        "Completed good#1",
        "Crashed bad#1"
      ])
    }))
})

describe("ServiceRun.fork", () => {
  it.effect("makes the run crash when the effect fails, once all is closed, and the next begins", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { events, governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      let runs = 0
      const poll = Connection.use(() => ++runs === 1 ? Effect.delay(Effect.fail("broken"), 1000) : Effect.never).pipe(
        Effect.onExit(() => Effect.sync(() => log.push("polled")))
      )
      const poller = Layer.effectDiscard(ServiceRun.fork(poll)).pipe(Layer.provide(connection(log)))
      yield* governor.add(Service.fromLayer("poller", poller))
      yield* governor.start
      yield* Effect.andThen(TestClock.adjust(1000), turns)
      assert.deepStrictEqual(log, ["opens 1", "polled", "closes 1", "opens 2"])
      assert.deepStrictEqual(lines.slice(3), [
        "Crashed poller#1",
        "RestartScheduled poller#1",
        "Starting poller#2",
        "Ready poller#2"
      ])
      const crash = events.find((event) => event._tag === "ServiceCrashed")
      assert.deepStrictEqual(crash?.cause, Cause.fail("broken"))
      yield* governor.shutdown
      assert.deepStrictEqual(log.slice(4), ["polled", "closes 2"])
    }))

  it.effect("counts a defect, and an effect which interrupts itself, but none that was interrupted by hand or is done", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const forking = (
        name: string,
        effect: Effect.Effect<void>,
        then: (fiber: Fiber.Fiber<void>) => Effect.Effect<void>
      ) => Service.make(name, Effect.andThen(Effect.flatMap(ServiceRun.fork(effect), then), Effect.never))
      yield* governor.add(forking("died", Effect.die("no"), () => Effect.void))
      yield* governor.add(forking("itself", Effect.interrupt, () => Effect.void))
      yield* governor.add(forking("by hand", Effect.never, Fiber.interrupt))
      yield* governor.add(forking("done", Effect.void, () => Effect.void))
      yield* governor.start
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Crashed")), ["Crashed died#1", "Crashed itself#1"])
      const states = (yield* governor.status).map(({ _tag, name }) => `${name} ${_tag}`)
      assert.deepStrictEqual(states, ["died Failed", "itself Failed", "by hand Running", "done Running"])
    }))

  it.effect("loses no error: those of the run itself, of what it forked, and of its scope", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      yield* governor.add(Service.make(
        "many",
        Effect.gen(function*() {
          yield* Effect.addFinalizer(() => Effect.die("scope"))
          yield* ServiceRun.fork(Effect.never.pipe(Effect.onInterrupt(() => Effect.die("second"))))
          yield* ServiceRun.fork(Effect.fail("first"))
          return yield* Effect.never.pipe(Effect.onInterrupt(() => Effect.die("run")))
        })
      ))
      yield* governor.start
      yield* TestClock.adjust(0)
      const crash = events.find((event) => event._tag === "ServiceCrashed")
      const reasons = crash?.cause.reasons.filter((reason) => reason._tag !== "Interrupt")
      assert.deepStrictEqual(reasons?.map((reason) => reason._tag === "Fail" ? reason.error : reason.defect), [
        "run",
        "first",
        "second",
        "scope"
      ])
    }))

  it.effect("counts none that only hears that the scope of its run is closing", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const pubsub = yield* PubSub.unbounded<number>()
      const reads = Effect.flatMap(
        PubSub.subscribe(pubsub),
        (subscription) => Effect.forever(PubSub.take(subscription))
      )
      yield* governor.add(Service.make("reader", Effect.andThen(ServiceRun.fork(reads), Effect.sleep(50))))
      yield* governor.start
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(lines.slice(3), ["Completed reader#1", "Stopped reader#1"])
    }))

  it.effect("nor one that hears that of a scope inside of the run", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const inside = Effect.scoped(Effect.gen(function*() {
        const queue = yield* Queue.unbounded<number>()
        yield* ServiceRun.fork(Effect.forever(Queue.take(queue)))
        yield* Effect.addFinalizer(() => Effect.andThen(Queue.shutdown(queue), Effect.yieldNow))
        yield* Effect.sleep(50)
      }))
      yield* governor.add(Service.make("reader", inside))
      yield* governor.start
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(lines.slice(3), ["Completed reader#1", "Stopped reader#1"])
    }))

  it.effect("tells what an effect fails with after its run was abandoned, and nothing twice", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ stopTimeout: 10 })
      const later = yield* Deferred.make<void, string>()
      const hung = Effect.gen(function*() {
        yield* ServiceRun.fork(Effect.fail("first"))
        yield* ServiceRun.fork(Effect.uninterruptible(Deferred.await(later)))
        return yield* Effect.uninterruptible(Effect.never)
      })
      yield* governor.add(Service.make("hung", hung))
      yield* governor.start
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(10)
      yield* Deferred.fail(later, "second")
      yield* Effect.yieldNow
      const late = events.flatMap((event) => event._tag === "LateFailure" ? [event.cause] : [])
      assert.deepStrictEqual(late, [Cause.fail("second")])
    }))

  it.effect("logs what an effect fails with after its service was removed: there may be another of that name", () =>
    Effect.gen(function*() {
      const messages: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void messages.push([message].flat()[0]))
      const { events, governor } = yield* Effect.provideService(watched(), CurrentLoggers, new Set([logger]))
      const scope = yield* Effect.scope // of the test, in which the effect outlives its run
      const later = yield* Deferred.make<void, string>()
      const forks = Effect.provideService(ServiceRun.fork(Deferred.await(later)), Scope, scope)
      const handle = yield* governor.add(Service.make("a", Effect.andThen(forks, Effect.never)))
      yield* Effect.andThen(governor.start, handle.remove)
      yield* Deferred.fail(later, "boom")
      yield* Effect.yieldNow
      assert.strictEqual(events.at(-1)?._tag, "ServiceRemoved")
      assert.include(messages, "failed late, after the service was removed")
    }))

  it.effect("keeps what an effect fails with while the run is stopped, and that is no crash", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const endingItself = ServiceRun.fork(Effect.never.pipe(Effect.onInterrupt(() => Effect.die("late"))))
      yield* governor.add(Service.make("stopped", Effect.andThen(endingItself, Effect.never)))
      yield* governor.start
      yield* TestClock.adjust(0)
      const report = yield* governor.shutdown
      assert.isFalse(report.ok)
      assert.deepStrictEqual(report.services[0]?.cause?.reasons.filter(({ _tag }) => _tag === "Die").length, 1)
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Crashed")), [])
    }))

  it.effect("keeps what an effect failed with when the run itself is abandoned", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ stopTimeout: 10 })
      const hung = Effect.andThen(ServiceRun.fork(Effect.fail("broken")), Effect.uninterruptible(Effect.never))
      yield* governor.add(Service.make("hung", hung))
      yield* governor.start
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(10)
      const abandoned = events.find((event) => event._tag === "ServiceAbandoned")
      const errors = abandoned?.cause.reasons.map((reason) => reason._tag === "Fail" && reason.error)
      assert.deepStrictEqual(errors?.[1], "broken")
    }))

  it.effect("ends a run that has not passed its first synchronous stretch", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      const endingItself = Effect.tap(ServiceRun.fork(Effect.fail("no")), () => Effect.yieldNow)
      yield* governor.add(Service.make("early", Effect.andThen(endingItself, Effect.never)))
      yield* governor.start
      yield* TestClock.adjust(0)
      assert.include(lines, "Crashed early#1")
    }))

  it.effect("tells of an effect that outlives its run in a scope of somebody else", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const outside = yield* Effect.scope
      let runs = 0
      const forks = ServiceRun.fork(Effect.delay(Effect.fail("later"), 1000)).pipe(
        Effect.provideService(Scope, outside)
      )
      yield* governor.add(
        Service.make("twice", Effect.suspend(() => ++runs === 1 ? Effect.asVoid(forks) : Effect.never))
      )
      yield* governor.start
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual((yield* governor.status)[0]?._tag, "Running", "the next run has nothing to do with it")
      const late = events.find((event) => event._tag === "LateFailure")
      assert.deepStrictEqual([late?.run, late?._tag === "LateFailure" && late.cause], [1, Cause.fail("later")])
    }))

  it.effect("ends its run from there with its cause", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const outside = yield* Effect.scope
      const forks = ServiceRun.fork(Effect.fail("no")).pipe(Effect.provideService(Scope, outside))
      yield* governor.add(Service.make("one", Effect.andThen(forks, Effect.never)))
      yield* governor.start
      yield* TestClock.adjust(0)
      const crash = events.find((event) => event._tag === "ServiceCrashed")
      assert.deepStrictEqual(crash?.cause, Cause.fail("no"))
    }))

  it.effect("is forkScoped where there is no governor", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.scoped(ServiceRun.fork(Effect.never))
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))
})

describe("ServiceRun.stop", () => {
  it.effect.each(
    [
      ["said", ServiceRun.stop],
      ["thrown", Effect.die(new StopService({ restart: false }))]
    ] as const
  )("ends a service for good also if it then fails to clean up (%s)", ([, stop]) =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const run = Effect.andThen(Effect.addFinalizer(() => Effect.die("dirty")), stop)
      const handle = yield* governor.add(Service.make("a", run))
      yield* governor.start
      yield* TestClock.adjust(0)
      const status = yield* handle.status
      assert.deepStrictEqual(lines.slice(-2), ["Crashed a#1", "Failed a#1"])
      assert.isTrue(status._tag === "Failed")
    }))
})

describe("a run that ends its service for good while an effect that it has forked fails", () => {
  const cleanUp = Effect.sleep(10)
  it.effect.each(
    [
      ["says so", ServiceRun.stop],
      ["throws so", Effect.die(new StopService({ restart: false }))],
      ["fails for good", Effect.fail(new StopService({ restart: false, error: "wrong password" }))]
    ] as const
  )("does end it: %s", ([how, stop]) =>
    Effect.gen(function*() {
      const { events, governor, lines } = yield* watched({ restart: RestartPolicy.spaced(0) })
      const run = Effect.andThen(
        ServiceRun.fork(Effect.fail("no")),
        Effect.uninterruptible(Effect.andThen(cleanUp, stop))
      )
      yield* TestClock.adjust(0)
      yield* governor.add(Service.make("a", run))
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(TestClock.adjust(10), turns)
      assert.deepStrictEqual(lines.slice(-2), ["Crashed a#1", "Failed a#1"])
      const failed = events.find((event) => event._tag === "ServiceFailed")
      const errors = failed?.cause.reasons.map((reason) => reason._tag === "Fail" && reason.error)
      assert.includeMembers(errors ?? [], how === "fails for good" ? ["no", "wrong password"] : ["no"])
    }))
})

describe("what onStop fails with", () => {
  it.effect("is told once, also of a service of promises", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* watched()
      const run = ({ sleep }: Service.ServiceAPI) => sleep("Infinity")
      const handle = yield* governor.add(Service.fromPromise("a", run, { onStop: Effect.fail("no") }))
      yield* Effect.andThen(governor.start, turns)
      yield* handle.stop
      const stopped = events.find((event) => event._tag === "ServiceStopped")
      assert.deepStrictEqual(stopped?.cause?.reasons.map((reason) => reason._tag === "Die" && reason.defect), ["no"])
    }))
})

describe("the log of a run (rule 28)", () => {
  it.effect("is beside the governor's own lines, which say whose they are if it has a name", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ fiber, message }) => {
      lines.push([message, { ...fiber.getRef(CurrentLogAnnotations) }])
    })
    return Effect.gen(function*() {
      for (const name of ["shop", undefined]) {
        const { governor } = yield* watched({ name })
        yield* governor.add(Service.make("a", Effect.fail("no")))
        yield* governor.start
      }
      const governors = lines.map((line) => (line as [unknown, { governor?: string }])[1].governor)
      assert.deepStrictEqual(governors, ["shop", "shop", undefined, undefined])
    }).pipe(Effect.scoped, Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
  })

  it.effect("says nothing of a scope that closes when nothing is left to stop", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ message }) => {
      lines.push(message)
    })
    return Effect.gen(function*() {
      yield* Effect.scoped(Effect.gen(function*() {
        const { governor } = yield* watched()
        yield* governor.add(Service.make("over", Effect.void))
        yield* governor.start
      }))
      assert.deepStrictEqual(lines.splice(0), [["completed, and will not be restarted"]])
      yield* Effect.scoped(Effect.gen(function*() {
        const { governor } = yield* watched()
        yield* governor.add(Service.make("up", Effect.never))
        yield* governor.start
      }))
      assert.deepStrictEqual(lines, [
        ["ready in 0 ms"],
        ["shutting down: the governor's scope is closing"],
        ["shut down in 0 ms"]
      ])
    }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
  })

  it.effect("has no span of where the service was added: it would count the days", () => {
    const spans: Array<string> = []
    const logger = Logger.make(({ fiber }) => {
      spans.push(...fiber.getRef(CurrentLogSpans).map(([label]) => label))
    })
    return Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("a", Effect.logInfo("hello")))
      yield* governor.start
      assert.deepStrictEqual(spans, [])
    }).pipe(
      Effect.scoped,
      Effect.withLogSpan("boot"),
      Effect.provideService(Logger.CurrentLoggers, new Set([logger]))
    )
  })

  it.effect("has the service's name and the run in each line, beside what the program says", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ fiber, message }) => {
      lines.push([message, fiber.getRef(CurrentLogAnnotations)])
    })
    return Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("effect", Effect.logInfo("hello")))
      yield* governor.add(Service.fromPromise("promise", ({ log }) => log("hello, %s", "you")))
      yield* governor.start
      assert.deepStrictEqual(lines, [
        [["hello"], { program: "test", service: "effect", run: 1 }],
        [["completed, and will not be restarted"], { program: "test", service: "effect", run: 1 }],
        [["hello, you"], { program: "test", service: "promise", run: 1 }],
        [["completed, and will not be restarted"], { program: "test", service: "promise", run: 1 }]
      ])
    }).pipe(
      Effect.scoped,
      Effect.annotateLogs({ program: "test" }),
      Effect.provideService(Logger.CurrentLoggers, new Set([logger]))
    )
  })
})
