import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ErrorReporter from "effect/ErrorReporter"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CurrentLogAnnotations, CurrentLoggers, MinimumLogLevel } from "effect/References"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import { Voice } from "../../src/internal/telling/Voice.ts"
import { pass, turns } from "../support.ts"

/** A logger that keeps what it hears, each line with its annotations. */
const heard = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ fiber, message }) => {
    const annotations = Object.entries(fiber.getRef(CurrentLogAnnotations)).map(([key, value]) =>
      `${key}=${String(value)}`
    )
    lines.push([[message].flat()[0], ...annotations].join(" "))
  })
  return { lines, logger }
}

const crash = (name: string) => Governor.service(name, Effect.die("boom"))
const supervised = <A, E, R>(services: Layer.Layer<A, E, R>, options: Governor.Options = {}) =>
  Effect.exit(Effect.scoped(Layer.build(Governor.supervise(services, options))))

describe("the governor's lines about a service", () => {
  it.effect("go to the loggers of the layers of that service, its own lines to its own loggers", () =>
    Effect.gen(function*() {
      const [own, other, outer] = [heard(), heard(), heard()]
      const services = Layer.mergeAll(
        crash("a").pipe(Layer.provide(Logger.layer([own.logger]))),
        crash("b").pipe(Layer.provide(Logger.layer([other.logger]))),
        crash("c")
      )
      yield* supervised(services).pipe(Effect.provide(Logger.layer([outer.logger])))
      assert.deepStrictEqual(own.lines, [
        "crashed service=a run=1",
        "failed, and will not be restarted service=a run=1"
      ])
      assert.deepStrictEqual(other.lines, [
        "crashed service=b run=1",
        "failed, and will not be restarted service=b run=1"
      ])
      assert.deepStrictEqual(outer.lines.slice(0, 2), [
        "crashed service=c run=1",
        "failed, and will not be restarted service=c run=1"
      ])
      assert.isTrue(outer.lines.slice(2).every((line) => line.startsWith("shut")), outer.lines.join())
    }))

  it.effect("go to the loggers of the governor if nobody set any where the service was added", () =>
    Effect.gen(function*() {
      const { lines, logger } = heard()
      const governor = yield* Effect.provideService(Governor.make(), CurrentLoggers, new Set([logger]))
      yield* Effect.flatMap(governor.add(Service.make("a", Effect.die("boom"))), ({ start }) => start)
      assert.strictEqual(lines[0], "crashed service=a run=1")
    }))

  it.effect("have the annotations of the place where the service was added, and the name of the governor", () =>
    Effect.gen(function*() {
      const { lines, logger } = heard()
      const governor = yield* Governor.make({ name: "backend" }).pipe(Effect.annotateLogs({ app: "shop", team: "x" }))
      const add = governor.add(Service.make("a", Effect.die("boom")))
      const { start } = yield* add.pipe(Effect.annotateLogs("team", "mill"), Effect.provide(Logger.layer([logger])))
      yield* start
      assert.strictEqual(lines[0], "crashed app=shop team=mill governor=backend service=a run=1")
    }))

  it.effect("have the level of the place where the service was added", () =>
    Effect.gen(function*() {
      const { lines, logger } = heard()
      const services = Layer.mergeAll(
        Governor.service("quiet", Effect.void).pipe(Layer.provide(Layer.succeed(MinimumLogLevel, "Error"))),
        Governor.service("loud", Effect.void).pipe(Layer.provide(Layer.succeed(MinimumLogLevel, "Debug")))
      )
      yield* supervised(services).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(lines.filter((line) => line.includes("service=")), [
        "starting, run 1 service=loud run=1",
        "ready in 0 ms service=loud run=1",
        "completed, and will not be restarted service=loud run=1"
      ])
    }))

  it("cost no voice of their own where a service is added in the context of the governor, or in one that sets the same", () => {
    const { logger } = heard()
    const governors = Context.make(CurrentLoggers, new Set([logger])).pipe(
      Context.add(CurrentLogAnnotations, { governor: "backend", app: "shop" })
    )
    const voice = new Voice(governors)
    assert.strictEqual(voice.in(Context.empty()), voice)
    assert.strictEqual(voice.in(governors), voice)
    assert.strictEqual(voice.in(Context.make(CurrentLogAnnotations, { app: "shop" })), voice)
    assert.notStrictEqual(voice.in(Context.make(CurrentLogAnnotations, { app: "mill" })), voice)
    assert.notStrictEqual(voice.in(Context.make(CurrentLoggers, new Set([logger]))), voice)
    assert.notStrictEqual(voice.in(Context.make(MinimumLogLevel, "Error")), voice)
    assert.notStrictEqual(voice.in(Context.make(ErrorReporter.CurrentErrorReporters, new Set())), voice)
  })
})

/** A reporter that keeps what it hears. */
const reporter = () => {
  const reports: Array<unknown> = []
  return {
    reports,
    reporter: ErrorReporter.make(({ attributes, error, fiber, severity }) => {
      const { run, service } = fiber.getRef(CurrentLogAnnotations)
      reports.push({ message: error.message, severity, attributes, service, run })
    })
  }
}

class Refused extends Error {
  override readonly [ErrorReporter.severity] = "Fatal" as const
  override readonly [ErrorReporter.attributes] = { port: 5432 }
}

describe("Effect's ErrorReporter", () => {
  it.effect("hears of each crash of a service once, also if nothing is logged", () =>
    Effect.gen(function*() {
      const { reporter: mine, reports } = reporter()
      const errors = [new Refused("refused"), new Error("lost")]
      const run = Effect.suspend(() => errors.length > 0 ? Effect.die(errors.shift()) : Effect.never)
      const services = Governor.service("a", run).pipe(Layer.provide(ErrorReporter.layer([mine])))
      yield* Effect.gen(function*() {
        yield* (yield* Governor.Governor).awaitReady
      }).pipe(Effect.provide(Governor.supervise(services, { restart: RestartPolicy.spaced(0) })))
      assert.deepStrictEqual(reports, [
        { message: "refused", severity: "Fatal", attributes: { port: 5432 }, service: "a", run: 1 },
        { message: "lost", severity: "Info", attributes: {}, service: "a", run: 2 }
      ])
    }).pipe(Effect.provideService(MinimumLogLevel, "None")))

  it.effect("hears of each crash, also if all runs fail alike", () =>
    Effect.gen(function*() {
      const { reporter: mine, reports } = reporter()
      const services = Governor.service("a", Effect.fail("no connection")).pipe(
        Layer.provide(ErrorReporter.layer([mine]))
      )
      const restart = RestartPolicy.spaced(0, { maxRestarts: 1 })
      const report = Effect.flatMap(Governor.Governor, ({ awaitShutdown }) => awaitShutdown)
      yield* Effect.provide(report, Governor.supervise(services, { restart }))
      assert.containSubset(reports, [{ service: "a", run: 1 }, { service: "a", run: 2 }])
      assert.strictEqual(reports.length, 2)
    }))

  it.effect("hears of what fails in a stop, of an abandoned run, and of what fails late, each once", () =>
    Effect.gen(function*() {
      const { reporter: mine, reports } = reporter()
      const late = yield* Deferred.make<never, Error>()
      const services = Layer.merge(
        Governor.service("bad", Effect.onInterrupt(Effect.never, () => Effect.die(new Error("while it stopped")))),
        Governor.service("hung", Effect.uninterruptible(Deferred.await(late)), { stopTimeout: 100 })
      ).pipe(Layer.provide(ErrorReporter.layer([mine])))
      yield* Effect.gen(function*() {
        const governor = yield* Governor.Governor
        const stops = yield* Effect.forkChild(Effect.all([
          Effect.flatMap(governor.get("bad"), (bad) => bad.stop),
          Effect.flatMap(governor.get("hung"), (hung) => hung.stop)
        ]))
        yield* Effect.andThen(pass(100), Fiber.join(stops))
        yield* Effect.andThen(Deferred.fail(late, new Error("too late")), turns)
      }).pipe(Effect.provide(Governor.supervise(services)))
      assert.containSubset(reports, [
        { message: "while it stopped", service: "bad", run: 1 },
        { message: "run 1 of service \"hung\" did not end within 100 ms, and was abandoned", service: "hung", run: 1 },
        { message: "too late", service: "hung", run: 1 }
      ])
      assert.strictEqual(reports.length, 3)
    }))

  it.effect("knows a service in a governor inside by its path", () =>
    Effect.gen(function*() {
      const { reporter: mine, reports } = reporter()
      const services = Governor.supervise(Governor.service(Governor.asService("ingest", crash("reader"))))
      yield* Effect.gen(function*() {
        yield* (yield* Governor.Governor).awaitShutdown
      }).pipe(Effect.provide(Layer.provide(services, ErrorReporter.layer([mine]))))
      assert.containSubset(reports, [{ message: "boom", service: "ingest/reader", run: 1 }])
    }))

  it.effect("hears nothing of a run that ends as asked", () =>
    Effect.gen(function*() {
      const { reporter: mine, reports } = reporter()
      yield* supervised(Governor.service("a", Effect.never)).pipe(Effect.provide(ErrorReporter.layer([mine])))
      assert.deepStrictEqual(reports, [])
    }))

  it.effect("that throws harms nobody, and is logged", () =>
    Effect.gen(function*() {
      const { lines, logger } = heard()
      const broken = ErrorReporter.make(() => {
        throw new Error("no connection to the tracker")
      })
      yield* supervised(crash("a")).pipe(
        Effect.provide([ErrorReporter.layer([broken]), Logger.layer([logger])])
      )
      assert.include(lines, "an error reporter failed")
      assert.include(lines, "crashed service=a run=1")
    }))
})

it("says with a cause that nobody logs why a reporter failed", () => {
  const broken = ErrorReporter.make(() => {
    throw new Error("no connection to the tracker")
  })
  const voice = new Voice(Context.make(ErrorReporter.CurrentErrorReporters, new Set([broken])))
  assert.throws(() => voice.report(Cause.die("boom"), { service: "a", run: 1 }), "no connection to the tracker")
})
