import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CurrentLogAnnotations, CurrentLoggers } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { Governor, GovernorError, RestartPolicy, Service, ServiceRun, type ShutdownReport } from "../src/index.ts"
import { pass, puppet, turns, watched } from "./support.ts"

const outcomes = ({ services }: ShutdownReport.ShutdownReport) =>
  services.map(({ name, outcome }) => `${name} ${outcome}`)

const deaf = Effect.uninterruptible(Effect.never)

/** A governor with these in it, started. */
const around = Effect.fnUntraced(function*(
  services: ReadonlyArray<Service.Service<unknown>>,
  options?: Governor.Options
) {
  const { governor, lines } = yield* watched(options)
  for (const service of services) yield* governor.add(service)
  yield* Effect.andThen(governor.start, turns)
  return { governor, lines, handle: governor.get }
})

describe("a governor inside a governor (rule 23)", () => {
  it.effect("says nothing of its failure in the report of a shutdown that came in its delay", () =>
    Effect.gen(function*() {
      const inside = Governor.asService(
        "inside",
        Governor.service("connection", Effect.fail("no connection"), { significant: true }),
        { service: { restart: RestartPolicy.spaced("1 hour") } }
      )
      const plain = Service.make("plain", Effect.fail("no connection"), { restart: RestartPolicy.spaced("1 hour") })
      const { governor } = yield* around([inside, plain])
      const report = yield* governor.shutdown
      assert.isTrue(report.ok)
      assert.deepStrictEqual(outcomes(report), ["inside Stopped", "plain Stopped"])
    }))

  it.effect("has not completed if one of its services failed: what depends on its completion does not begin", () =>
    Effect.gen(function*() {
      const completed = { service: { readiness: "completed" } } as const
      const step = (name: string, run: Effect.Effect<void, string>) => Governor.service(name, run)
      const layers = (last: Effect.Effect<void, string>) => Layer.mergeAll(step("001", Effect.void), step("002", last))
      const { governor, handle } = yield* around([
        Governor.asService("bad", layers(Effect.fail("syntax error")), completed),
        Service.make("on bad", Effect.never, { dependsOn: ["bad"] }),
        Governor.asService("good", layers(Effect.void), completed),
        Service.make("on good", Effect.never, { dependsOn: ["good"] }),
        Governor.asService("ordinary", layers(Effect.fail("a failure that is not significant")))
      ])
      const { status } = yield* handle("bad")
      const failed = yield* status
      if (failed._tag !== "Failed") return assert.fail(failed._tag)
      const error = Cause.squash(failed.cause)
      if (!(error instanceof GovernorError.GovernorFailed)) return assert.fail("not the error")
      assert.deepStrictEqual([error.service, error.cause], ["002", "syntax error"])
      const statuses = yield* governor.status
      assert.deepStrictEqual(statuses.map(({ _tag, name }) => `${name} ${_tag}`), [
        "bad Failed",
        "on bad Failed",
        "good Stopped",
        "on good Running",
        "ordinary Stopped"
      ])
    }))

  it.effect("fails with the error of the service that failed it", () =>
    Effect.gen(function*() {
      const deep = Governor.asService(
        "deep",
        Governor.service("reader", Effect.fail("the feed is broken"), { significant: true }),
        { service: { significant: true } }
      )
      const { handle } = yield* around([Governor.asService("outer", Governor.service(deep))])
      const { status } = yield* handle("outer")
      const failed = yield* status
      assert.include(failed._tag === "Failed" && Cause.pretty(failed.cause), "the feed is broken")
    }))

  it.effect("says with its run why it shuts down, and nothing if nothing is left to stop", () => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push(...(message as Array<string>).filter((line) => line.startsWith("shut")))
    })
    const reasons: Array<ShutdownReport.ShutdownReason> = []
    const telling = Layer.effectDiscard(
      Effect.flatMap(
        Governor.Governor,
        ({ listen }) =>
          Effect.sync(() => listen((event) => event._tag === "ShutdownStarted" && reasons.push(event.reason)))
      )
    )
    const ingest = Governor.asService("ingest", Layer.merge(Governor.service("reader", Effect.never), telling))
    const own = Service.make(
      "own",
      Effect.scoped(
        Effect.gen(function*() {
          const governor = yield* Governor.make()
          yield* governor.add(Service.make("scoped", Effect.never))
          yield* governor.start
        })
      )
    )
    const over = Governor.asService("over", Governor.service("short", Effect.void))
    return Effect.gen(function*() {
      const { governor, handle } = yield* around([ingest])
      yield* Effect.andThen(handle("ingest"), ({ stop }) => stop)
      const message = "the run of service \"ingest\" around the governor was asked to end"
      assert.deepStrictEqual(reasons, [{ _tag: "Requested", message }])
      assert.deepStrictEqual(lines.splice(0), [`shutting down: ${message}`, "shut down in 0 ms"])
      yield* Effect.andThen(governor.add(own), ({ start }) => start)
      assert.deepStrictEqual(lines.splice(0), ["shutting down: the governor's scope is closing", "shut down in 0 ms"])
      yield* Effect.andThen(governor.add(over), ({ start }) => start)
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
  })

  it.effect("says that its run has ended, if the run ends before its services", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push(...(message as Array<unknown>))
    })
    const run = Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("reader", Effect.never))
      yield* governor.start
    })
    return Effect.gen(function*() {
      yield* around([Service.make("ingest", run)])
      assert.include(lines, "shutting down: the run of service \"ingest\" around the governor has ended")
    }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set([logger])))
  })

  it.effect("is ready when its services are, and one report tells of the whole tree", () =>
    Effect.gen(function*() {
      const slow = puppet("reader", { readiness: "completed" })
      const shard = (name: string) => Governor.asService(name, Governor.service("writer", Effect.never))
      const ingest = Governor.asService(
        "ingest",
        Layer.mergeAll(Governor.service(slow.service), Governor.service(shard("one")), Governor.service(shard("two"))),
        { service: { readiness: undefined } }
      )
      const { governor, lines } = yield* around([ingest, puppet("api", { dependsOn: [ingest] }).service])
      assert.deepStrictEqual(lines.slice(2), ["Starting ingest#1", "Waiting api#0"])
      yield* Effect.andThen(slow.end(Exit.void), turns)
      assert.deepStrictEqual(lines.slice(4), ["Ready ingest#1", "Starting api#1", "Ready api#1"])
      const report = yield* governor.shutdown
      assert.isTrue(report.ok)
      assert.deepStrictEqual(outcomes(report), [
        "ingest Stopped",
        "ingest/reader Stopped",
        "ingest/one Stopped",
        "ingest/one/writer Stopped",
        "ingest/two Stopped",
        "ingest/two/writer Stopped",
        "api Stopped"
      ])
    }))

  it.effect("takes work in proportion to the depth of the tree to report of it", () =>
    Effect.gen(function*() {
      let asked = 0
      /** A governor in a governor …, which count how often they are asked for their services. */
      const chain = (depth: number): Service.Service<unknown> =>
        depth === 0 ? Service.make("leaf", Effect.never) : Service.make(
          "inner",
          Effect.scoped(Effect.gen(function*() {
            const { nest, ready } = yield* ServiceRun
            const governor = yield* Governor.make()
            const ends = () => {
              asked++
              return governor.door.ends()
            }
            nest?.contains({ ...governor.door, ends })
            yield* governor.add(chain(depth - 1))
            yield* governor.start
            yield* Effect.andThen(governor.awaitReady, ready)
            yield* governor.awaitShutdown
          })),
          { readiness: "manual" }
        )
      const work = Effect.fnUntraced(function*(depth: number) {
        const { governor } = yield* around([chain(depth)])
        yield* Effect.andThen(governor.awaitReady, turns)
        asked = 0
        const report = yield* governor.shutdown
        assert.lengthOf(report.services, depth + 1)
        assert.strictEqual(report.services.at(-1)?.name, `${"inner/".repeat(depth)}leaf`)
        assert.isTrue(report.ok)
        return asked
      })
      const [flat, deep, deeper] = [yield* work(8), yield* work(16), yield* work(24)]
      assert.strictEqual(deeper - deep, deep - flat)
    }))

  it.effect("its failure is a crash of it, which restarts it whole; a failure climbs one level at a time", () =>
    Effect.gen(function*() {
      const reader = puppet("reader", { significant: true })
      const other = puppet("other")
      const restart = RestartPolicy.onFailure("1 second", { maxRestarts: 1 })
      const ingest = Governor.asService(
        "ingest",
        Layer.mergeAll(Governor.service(reader.service), Governor.service(other.service)),
        {
          service: { restart }
        }
      )
      const middle = Governor.asService("middle", Governor.service(ingest), { service: { restart, significant: true } })
      const { governor, handle } = yield* around([middle, puppet("api").service])
      yield* Effect.andThen(reader.end(Exit.fail("lost")), turns)
      const inside = yield* handle("middle")
      assert.include(yield* inside.status, { _tag: "Running", run: 1 })
      yield* pass(1000)
      assert.deepStrictEqual([reader.log, other.log], [["begin", "begin"], ["begin", "interrupted", "begin"]])
      yield* Effect.andThen(reader.end(Exit.fail("lost again")), turns)
      const { ok, reason, services } = yield* governor.shutdown
      assert.deepStrictEqual([ok, reason._tag, services.map(({ name, outcome }) => `${name} ${outcome}`)], [
        false,
        "Significant", // it is over, though it did not fail: what failed in it was not significant there
        [
          "middle Stopped",
          "middle/ingest Failed",
          "middle/ingest/reader Failed",
          "middle/ingest/other Stopped",
          "api Stopped"
        ]
      ])
      const cause = services[1]?.cause && Cause.squash(services[1].cause)
      if (!(cause instanceof GovernorError.RestartLimitExceeded)) return assert.fail("not the cause")
      const failed = cause.cause
      if (!(failed instanceof GovernorError.GovernorFailed)) return assert.fail("not the failure")
      assert.deepStrictEqual([failed.governor, failed.service, outcomes(failed.report)], [
        "ingest",
        "reader",
        ["reader Failed", "other Stopped"]
      ])
    }))

  it.effect("what is significant at each level takes the whole tree down", () =>
    Effect.gen(function*() {
      const reader = puppet("reader", { significant: true })
      const inner = Governor.asService("inner", Governor.service(reader.service), { service: { significant: true } })
      const outer = Governor.asService("outer", Governor.service(inner), { service: { significant: true } })
      const launched = yield* Effect.forkChild(
        Effect.flip(Governor.launch(Layer.mergeAll(Governor.service(outer), Governor.service("api", Effect.never))))
      )
      yield* turns
      yield* reader.end(Exit.fail("lost"))
      const error = yield* Fiber.join(launched)
      if (error._tag !== "GovernorFailed") return assert.fail(error._tag)
      assert.deepStrictEqual([error.service, outcomes(error.report)], [
        "outer",
        ["outer Failed", "outer/inner Failed", "outer/inner/reader Failed", "api Stopped"]
      ])
    }))

  it.effect("all over inside, it has completed; a failure there is in the report", () =>
    Effect.gen(function*() {
      const inner = Governor.asService(
        "inner",
        Layer.mergeAll(
          Governor.service("done", Effect.void),
          Governor.service("failed", Effect.fail("lost"))
        )
      )
      const { governor } = yield* around([inner])
      const report = yield* governor.awaitShutdown
      assert.deepStrictEqual([report.ok, outcomes(report)], [false, [
        "inner Stopped",
        "inner/done Stopped",
        "inner/failed Failed"
      ]])
    }))

  it.effect("its shutdown has the time its stop has: who hangs inside is named, and the rest is closed in order", () =>
    Effect.gen(function*() {
      for (
        const [options, service] of [[{ shutdownTimeout: "10 seconds" }, {}], [{}, {
          stopTimeout: "10 seconds"
        }]] as const
      ) {
        const log: Array<string> = []
        const Connection = Layer.effectDiscard(
          Effect.acquireRelease(Effect.void, () => Effect.sync(() => void log.push("closed")))
        )
        const inner = Governor.asService("inner", Layer.provide(Governor.service("deaf", deaf), Connection))
        const outer = Governor.asService("outer", Governor.service(inner), { service })
        const { governor } = yield* around([outer, puppet("api").service], options)
        yield* TestClock.adjust(0)
        const shutdown = yield* Effect.forkChild(governor.shutdown)
        yield* pass(10_000)
        const report = yield* Fiber.join(shutdown)
        assert.deepStrictEqual(outcomes(report), [
          "outer Stopped",
          "outer/inner Stopped",
          "outer/inner/deaf Abandoned",
          "api Stopped"
        ])
        assert.isFalse(report.ok)
        assert.isAtMost(report.duration, 9000)
        assert.deepStrictEqual(log, ["closed"])
      }
    }))

  it.effect("a shutdown of its own that hangs is bounded as soon as it is stopped", () =>
    Effect.gen(function*() {
      const inner = Governor.asService(
        "inner",
        Layer.effectDiscard(Effect.gen(function*() {
          const governor = yield* Governor.Governor
          yield* governor.add(Service.make("deaf", deaf))
          yield* governor.add(Service.make("asks", Effect.andThen(Effect.sleep("1 second"), governor.shutdown)))
        }))
      )
      const { governor } = yield* around([inner], { shutdownTimeout: "10 seconds" })
      yield* pass(5000)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* pass(10_000)
      assert.deepStrictEqual(outcomes(yield* Fiber.join(shutdown)), [
        "inner Stopped",
        "inner/deaf Abandoned",
        "inner/asks Stopped"
      ])
    }))

  it.effect("a stop that had no limit has one once the governor around it shuts down", () =>
    Effect.gen(function*() {
      const inner = Governor.asService("inner", Governor.service("deaf", deaf))
      const { governor } = yield* around([Governor.asService("outer", Governor.service(inner))], {
        shutdownTimeout: "10 seconds"
      })
      yield* TestClock.adjust(0)
      const outer = yield* governor.get("outer")
      yield* Effect.forkChild(outer.stop, { startImmediately: true })
      yield* pass(5000)
      const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* pass(10_000)
      assert.deepStrictEqual(outcomes(yield* Fiber.join(shutdown)), [
        "outer Stopped",
        "outer/inner Stopped",
        "outer/inner/deaf Abandoned"
      ])
    }))

  it.effect("one that hung before has no more time than the governor around it, nor one whose layer closes", () =>
    Effect.gen(function*() {
      for (const isClosing of [false, true]) {
        const log: Array<string> = []
        const db = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void log.push("asked")))
        const services = Layer.mergeAll(
          Governor.service("db", db),
          Governor.service("deaf", deaf, { dependsOn: ["db"], readiness: "manual" })
        )
        const service: Service.Options = isClosing ? {} : { startTimeout: "5 seconds", stopTimeout: "1 minute" }
        const { governor } = yield* around([Governor.asService("inner", services, { service })], {
          shutdownTimeout: "10 seconds"
        })
        yield* pass(6000)
        const inner = yield* governor.get("inner")
        yield* Effect.forkChild(isClosing ? governor.door.release(inner, Exit.void) : governor.shutdown)
        yield* pass(isClosing ? 10_000 : 9000) // a tenth is for the run itself
        assert.deepStrictEqual(log, ["asked"])
      }
    }))

  /** With a run in it that never ends, and one whose failure ends it; `begun` are the former. */
  const leaving = (options?: Service.Options) => {
    const connection = puppet("connection", { significant: true })
    const begun: Array<string> = []
    const tree = (name: string) => {
      const run = Effect.andThen(Effect.sync(() => begun.push(name)), deaf)
      const services = Layer.mergeAll(
        Governor.service(connection.service),
        Governor.service("deaf", run, { stopTimeout: "1 second" })
      )
      return Governor.asService(name, services, { service: { restart: RestartPolicy.spaced("1 second"), ...options } })
    }
    return { begun, crash: connection.end(Exit.fail("lost")), tree }
  }

  it.effect("one that left a run behind goes on when that has settled: its policy decides", () =>
    Effect.gen(function*() {
      const settles = yield* Deferred.make<void>()
      const connection = puppet("connection", { significant: true })
      const late = Effect.uninterruptible(Deferred.await(settles))
      const services = Layer.mergeAll(
        Governor.service(connection.service),
        Governor.service("late", late, { stopTimeout: "1 second" })
      )
      const tree = Governor.asService("tree", services, { service: { restart: RestartPolicy.spaced("1 second") } })
      const { governor, lines } = yield* around([tree])
      yield* Effect.andThen(connection.end(Exit.fail("lost")), pass(1000))
      assert.deepStrictEqual(lines.slice(-2), ["Crashed tree#1", "Failed tree#1"])
      assert.strictEqual(
        (yield* Effect.flip(Effect.flatMap(governor.get("tree"), ({ start }) => start)))._tag,
        "RunAbandoned"
      )
      yield* pass(60_000)
      yield* Effect.andThen(Deferred.succeed(settles, undefined), turns)
      assert.strictEqual(lines.at(-1), "RestartScheduled tree#1")
      yield* pass(1000)
      assert.deepStrictEqual(lines.slice(-2), ["Starting tree#2", "Ready tree#2"])
    }))

  it.effect("one that left a run behind is not restarted: there would be two of that", () =>
    Effect.gen(function*() {
      const { begun, crash, tree } = leaving({ significant: true })
      const { governor, handle, lines } = yield* around([tree("tree")])
      const down = yield* Effect.forkChild(governor.awaitShutdown)
      yield* crash
      yield* pass(10_000)
      assert.deepStrictEqual([begun, lines.slice(1, -2)], [["tree"], [
        "Starting tree#1",
        "Ready tree#1",
        "Crashed tree#1",
        "Failed tree#1"
      ]])
      const status = yield* Effect.flatMap(handle("tree"), ({ status }) => status)
      const reasons = status._tag === "Failed" ? status.cause.reasons : []
      const [left, failed] = reasons.map((reason): unknown => reason._tag === "Fail" && reason.error)
      assert.isTrue(failed instanceof GovernorError.GovernorFailed)
      if (!(left instanceof GovernorError.RunAbandoned)) return assert.fail("not the cause")
      assert.deepStrictEqual([left.service, left.run, left.afterMillis], ["tree/deaf", 1, 1000])
      const report = yield* Fiber.join(down)
      assert.strictEqual(report.reason._tag, "Significant")
      assert.deepStrictEqual(outcomes(report), ["tree Failed", "tree/connection Failed", "tree/deaf Abandoned"])
    }))

  it.effect("nor started by hand, nor removed: its name would be free for another", () =>
    Effect.gen(function*() {
      for (const command of ["start", "restart", "remove"] as const) {
        const { begun, tree } = leaving()
        const { handle, lines } = yield* around([tree("tree")])
        const one = yield* handle("tree")
        const stop = yield* Effect.forkChild(one.stop)
        yield* pass(1000)
        yield* Fiber.join(stop)
        const refused: Effect.Effect<void, { readonly _tag: string }> = one[command]
        for (let i = 0; i < 2; i++) assert.strictEqual((yield* Effect.flip(refused))._tag, "RunAbandoned")
        assert.deepStrictEqual([begun, lines.slice(4)], [["tree"], [
          "Interrupted tree#1",
          "Stopped tree#1",
          "Failed tree#1"
        ]])
      }
    }))

  it.effect("nor restarted with its group: the service fails when its turn comes", () =>
    Effect.gen(function*() {
      const head = puppet("head", { restart: RestartPolicy.spaced(0) })
      const { begun, tree } = leaving()
      const { lines } = yield* around([head.service, tree("tree")], { strategy: "one-for-all" })
      yield* Effect.andThen(head.end(Exit.fail("lost")), pass(1000))
      assert.deepStrictEqual(begun, ["tree"])
      assert.deepStrictEqual(lines.slice(-4), ["Stopped tree#1", "Starting head#2", "Ready head#2", "Failed tree#1"])
    }))

  it.effect("one that could not be built, and left a run behind, is not restarted either", () =>
    Effect.gen(function*() {
      const begun: Array<string> = []
      const hung = Service.make("hung", Effect.andThen(Effect.sync(() => begun.push("hung")), deaf), {
        stopTimeout: 100
      })
      const fails = Layer.effectDiscard(Effect.gen(function*() {
        const governor = yield* Governor.Governor
        yield* Effect.flatMap(governor.add(hung), ({ start }) => start)
        return yield* Effect.fail("no")
      }))
      const tree = Governor.asService("tree", fails, { service: { restart: RestartPolicy.spaced(10) } })
      const { lines } = yield* around([tree])
      for (let i = 0; i < 5; i++) yield* pass(100)
      assert.deepStrictEqual([begun, lines.at(-1)], [["hung"], "Failed tree#1"])
    }))

  it.effect("one that is made in a run that fails has less time to end than the run", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched({ stopTimeout: "1 second" })
      let inner: Governor.Governor | undefined
      const run = Effect.gen(function*() {
        inner = yield* Governor.make()
        yield* Effect.andThen(inner.add(Service.make("hung", deaf)), inner.start)
        yield* Effect.sleep(20)
        return yield* Effect.fail("lost")
      })
      yield* governor.add(Service.make("run", run))
      yield* Effect.andThen(governor.start, pass(20))
      yield* pass(900)
      assert.deepStrictEqual((yield* inner!.status).map(({ _tag }) => _tag), ["Failed"])
      assert.strictEqual(lines.at(-1), "Failed run#1")
      yield* pass(100)
      assert.notInclude(lines, "Abandoned run#1")
    }))

  it.effect("one that is abandoned itself still tells who was left inside", () =>
    Effect.gen(function*() {
      const stuck = Layer.effectDiscard(Effect.acquireRelease(Effect.void, () => Effect.never))
      const inner = Governor.asService("inner", Layer.provide(stuck, Governor.service("reader", Effect.never)))
      const { governor } = yield* around([inner], { shutdownTimeout: "10 seconds" })
      yield* TestClock.adjust(0)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* pass(10_000)
      assert.include(outcomes(yield* Fiber.join(shutdown)), "inner Abandoned")
    }))

  it.effect("one that is made in a run has all the time it wants while that runs, and none once it was abandoned", () =>
    Effect.gen(function*() {
      for (const isAbandoned of [false, true]) {
        let inner: Governor.Governor | undefined
        const run = Effect.gen(function*() {
          inner = yield* Governor.make()
          yield* inner.add(Service.make("slow", Effect.onInterrupt(Effect.never, () => Effect.sleep("1 hour"))))
          yield* inner.start
          return yield* deaf
        })
        const { handle } = yield* around([Service.make("run", Effect.scoped(run), { stopTimeout: "1 second" })])
        yield* TestClock.adjust(0)
        if (isAbandoned) {
          yield* Effect.forkChild(Effect.flatMap(handle("run"), ({ stop }) => stop))
          yield* pass(1000)
        }
        const shutdown = yield* Effect.forkChild(inner!.shutdown)
        yield* pass(0)
        if (!isAbandoned) {
          assert.isUndefined(shutdown.pollUnsafe())
          yield* pass(3_600_000)
        }
        assert.isDefined(shutdown.pollUnsafe())
        assert.deepStrictEqual(outcomes(yield* Fiber.join(shutdown)), [isAbandoned ? "slow Abandoned" : "slow Stopped"])
        yield* Effect.forkChild(Effect.flatMap(handle("run"), ({ stop }) => stop)) // else the test could not end
        yield* pass(1000)
      }
    }))

  it.effect("the log has their paths, and tells of a failure once with its stack", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const logger = Logger.make<unknown, void>(({ cause, fiber, message }) => {
        const { service } = fiber.getRef(CurrentLogAnnotations)
        const error = cause.reasons.length > 0 ? ` (${String(Cause.squash(cause))})` : ""
        log.push(`${String(service)}: ${String([message].flat()[0])}${error}`)
      })
      const reader = Service.make("reader", Effect.andThen(Effect.logInfo("reads"), Effect.fail("lost")), {
        significant: true
      })
      const inner = Governor.asService("inner", Governor.service(reader))
      yield* around([Governor.asService("outer", Governor.service(inner))]).pipe(
        Effect.provideService(CurrentLoggers, new Set([logger]))
      )
      assert.deepStrictEqual(log.filter((line) => line.startsWith("outer/inner")), [
        "outer/inner/reader: reads",
        "outer/inner/reader: crashed (lost)",
        "outer/inner/reader: failed, and will not be restarted",
        "outer/inner: shutting down: the significant service \"reader\" failed",
        "outer/inner: shut down in 0 ms, but at least one service failed or was abandoned",
        "outer/inner: crashed: governor \"inner\" failed: its service \"reader\" failed",
        "outer/inner: failed, and will not be restarted"
      ])
    }))

  it.effect("what its services need is asked for where it is added, and its layers are built for each run", () =>
    Effect.gen(function*() {
      class Tenant extends Context.Service<Tenant, string>()("test/Tenant") {}
      const built: Array<string> = []
      const Own = Layer.effectDiscard(Effect.map(Tenant.use(Effect.succeed), (tenant) => void built.push(tenant)))
      const end = puppet("reader")
      const inner = Governor.asService("inner", Layer.provide(Governor.service(end.service), Own))
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 second") })
      yield* Effect.provideService(governor.add(inner), Tenant, "acme")
      yield* Effect.andThen(governor.start, turns)
      yield* Effect.andThen(end.end(Exit.void), turns)
      yield* pass(1000)
      assert.deepStrictEqual(built, ["acme", "acme"])
    }))

  it.effect("a layer that cannot be built is a crash of it", () =>
    Effect.gen(function*() {
      const inner = Governor.asService("inner", Layer.effectDiscard(Effect.fail("no disk")))
      const { governor } = yield* around([inner])
      const { services } = yield* governor.awaitShutdown
      assert.deepStrictEqual([services[0]?.outcome, services[0]?.cause && Cause.squash(services[0].cause)], [
        "Failed",
        "no disk"
      ])
    }))

  it.effect.each(
    [
      ["10 seconds", 9000], // a second is left
      ["5 seconds", 4500], // or a tenth
      ["20 seconds", 19_000]
    ] as const
  )(
    "any governor that is made in a run with a stopTimeout of %s has %s ms",
    ([stopTimeout, millis]) =>
      Effect.gen(function*() {
        const run = Effect.gen(function*() {
          const governor = yield* Governor.make()
          yield* governor.add(Service.make("deaf", deaf))
          yield* governor.start
          return yield* Effect.never
        })
        const { governor } = yield* around([Service.make("run", run, { stopTimeout })])
        yield* TestClock.adjust(0)
        const shutdown = yield* Effect.forkChild(governor.shutdown)
        yield* pass(millis - 1)
        assert.isUndefined(shutdown.pollUnsafe())
        yield* pass(1)
        assert.deepStrictEqual(outcomes(yield* Fiber.join(shutdown)), ["run Stopped"])
      })
  )
})
