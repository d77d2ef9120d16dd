import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Governor, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"
import { pass, turns, up } from "../support.ts"
import { asks } from "./asking.ts"

const deaf = Effect.uninterruptible(Effect.never)

/** What the three probes answer, in short: `live ready started`. */
const colours = (ask: ReturnType<typeof asks>) =>
  Effect.promise(async () => {
    const answers = await Promise.all(["/livez", "/readyz", "/startupz"].map((path) => ask(path)))
    return answers.map(({ status, text }) => status === 200 ? "green" : text.trim())
  })

const says = (name: string, options: Service.Options = {}) => {
  let run: typeof ServiceRun.Service | undefined
  const effect = Effect.andThen(ServiceRun.use((own) => Effect.sync(() => void (run = own))), Effect.never)
  return {
    service: Service.make(name, effect, { readiness: "manual", ...options }),
    ready: Effect.andThen(Effect.suspend(() => run!.ready), turns),
    unready: Effect.andThen(Effect.suspend(() => run!.unready("too busy")), turns)
  }
}

describe("the probes", () => {
  it.effect("tell the three questions apart, and turn at once", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor)
      const [api, extra] = [says("api"), says("extra", { health: "optional" })]
      yield* governor.add(api.service)
      yield* governor.add(extra.service)
      assert.deepStrictEqual(yield* colours(ask), ["green", "not started", "not started"])
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(yield* colours(ask), ["green", "not ready", "not ready"])
      yield* api.ready
      assert.deepStrictEqual(yield* colours(ask), ["green", "green", "green"])
      yield* api.unready
      assert.deepStrictEqual(yield* colours(ask), ["green", "not ready", "green"])
      yield* api.ready
      yield* Effect.flatMap(governor.get("api"), ({ stop }) => stop)
      assert.deepStrictEqual(yield* colours(ask), ["green", "green", "green"])
    }))

  it.effect("say why to people, and only to those who may read", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ restart: RestartPolicy.spaced("8 seconds") }, { api: {}, db: {} })
      const ask = asks(governor)
      yield* end("db", yield* Effect.exit(Effect.fail("no connection")))
      yield* turns
      const verbose = yield* Effect.promise(() => ask("/readyz?verbose"))
      assert.match(verbose.text, /^\[-\] db: next run in 8 s.*no connection \(for 0 ms\)\nnot ready\n$/)
      assert.strictEqual((yield* Effect.promise(() => ask("/readyz?verbose", { isLocal: false }))).text, "not ready\n")
    }))

  it.effect("ask of one service alone, or leave some out", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor)
      const [slow, optional] = [says("slow"), says("optional", { health: "optional" })]
      yield* governor.add(
        Governor.asService("ingest", Governor.service("reader", slow.service.run, { readiness: "manual" }))
      )
      yield* governor.add(optional.service)
      yield* governor.add(Service.make("done", Effect.void))
      yield* Effect.andThen(governor.start, turns)
      const status = (target: string) => Effect.promise(async () => (await ask(target)).status)
      assert.strictEqual(yield* status("/readyz"), 503)
      assert.strictEqual(yield* status("/readyz?exclude=ingest"), 200)
      assert.strictEqual(yield* status("/readyz?exclude=nobody&exclude=ingest"), 200)
      assert.strictEqual(yield* status("/readyz?exclude=ingest/reader"), 503)
      assert.strictEqual(yield* status("/readyz/optional"), 503)
      assert.strictEqual(yield* status("/readyz/done"), 200)
      assert.strictEqual(yield* status("/readyz/ingest/reader"), 503)
      assert.strictEqual(yield* status("/readyz/ingest%2Freader"), 503)
      assert.strictEqual(yield* status("/readyz/nobody"), 404)
      yield* slow.ready
      assert.strictEqual(yield* status("/readyz"), 200)
      assert.strictEqual(yield* status("/readyz/ingest/reader"), 200)
    }))

  it.effect("turn red in the tick in which a shutdown begins, and stay so while the services go on", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, { api: {} })
      const ask = asks(governor, { drainDelay: "5 seconds" })
      assert.deepStrictEqual(yield* colours(ask), ["green", "green", "green"])
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      assert.deepStrictEqual(yield* colours(ask), ["green", "shutting down", "green"])
      yield* pass(4999)
      assert.strictEqual((yield* governor.status)[0]?._tag, "Running")
      yield* pass(1)
      assert.strictEqual((yield* governor.status)[0]?._tag, "Stopped")
      assert.deepStrictEqual(yield* colours(ask), ["green", "shutting down", "green"])
    }))

  it.effect("stay green for a while where that is asked for, but not at the beginning, nor at the end", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor, { unreadyAfter: "10 seconds" })
      const api = says("api")
      yield* governor.add(api.service)
      yield* Effect.andThen(governor.start, turns)
      const readyz = Effect.promise(async () => (await ask("/readyz")).text.trim())
      assert.strictEqual(yield* readyz, "not ready")
      yield* api.ready
      assert.strictEqual(yield* readyz, "ok")
      yield* api.unready
      assert.strictEqual(yield* readyz, "ok")
      yield* pass(9999)
      assert.strictEqual(yield* readyz, "ok")
      yield* pass(1)
      assert.strictEqual(yield* readyz, "not ready")
      yield* api.ready
      assert.strictEqual(yield* readyz, "ok")
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      assert.strictEqual(yield* readyz, "shutting down")
    }))

  it.effect("call the process stuck only if an abandoned run keeps down what something significant needs", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const ask = asks(governor)
      for (const name of ["cache", "db"]) yield* governor.add(Service.make(name, deaf, { stopTimeout: "1 second" }))
      yield* governor.add(Service.make("api", Effect.never, { dependsOn: ["db"], significant: true }))
      yield* Effect.andThen(governor.start, turns)
      const stop = (name: string) =>
        Effect.andThen(Effect.forkChild(Effect.flatMap(governor.get(name), ({ stop }) => stop)), pass(1000))
      yield* stop("cache")
      assert.deepStrictEqual(yield* colours(ask), ["green", "not ready", "not ready"])
      yield* stop("db")
      assert.strictEqual((yield* colours(ask))[0], "stuck")
      assert.match((yield* Effect.promise(() => ask("/livez?verbose"))).text, /^\[-\] db: .*\nstuck\n$/)
    }))

  it.effect("count a service that a group holds, for it shall run again", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "one-for-all" }, { api: {}, db: { health: "optional" } })
      const ask = asks(governor)
      yield* end("db", yield* Effect.exit(Effect.fail("no connection")))
      yield* turns
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag), ["Stopped", "Backoff"])
      assert.deepStrictEqual(yield* colours(ask), ["green", "not ready", "not ready"])
      yield* pass(1000)
      assert.deepStrictEqual(yield* colours(ask), ["green", "green", "green"])
    }))
})
