import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Governor, Service } from "../src/index.ts"
import { turns, watched } from "./support.ts"

type Handle = Governor.ServiceHandle<unknown>
type Ask = (handle: Handle, governor: Governor.Governor) => Effect.Effect<unknown, unknown>

const asks: Record<string, Ask> = {
  shutdown: (_, governor) => governor.shutdown,
  shutdownWith: (_, governor) => governor.shutdownWith("enough"),
  stop: ({ stop }) => stop,
  restart: ({ restart }) => restart,
  remove: ({ remove }) => remove
}

/** A governor with a service "own", in a governor "inside" if it is to be deep; what asks is given the outermost of it. */
const up = Effect.fnUntraced(
  function*(run: (ask: (ask: Ask) => Effect.Effect<void>) => Effect.Effect<void>, isDeep = false) {
    const { governor, lines } = yield* watched()
    yield* TestClock.adjust(0)
    const given = yield* Deferred.make<Handle>()
    const answered: Array<string> = []
    const own = run((ask) =>
      Deferred.await(given).pipe(
        Effect.flatMap((handle) => ask(handle, governor)),
        Effect.exit,
        Effect.map(({ _tag }) => void answered.push(_tag))
      )
    )
    yield* governor.add(Service.make("other", Effect.never))
    yield* governor.add(
      isDeep ? Governor.asService("own", Governor.service("deep", own)) : Service.make("own", own)
    )
    yield* Effect.andThen(governor.start, turns)
    yield* Deferred.succeed(given, yield* governor.get("own"))
    return { governor, lines, answered, handle: yield* governor.get("own") }
  }
)

describe("who would wait for himself is answered at once (rule 10)", () => {
  describe.each([["of the service", false], ["of a service inside of it", true]])("a fiber %s", (_, isDeep) => {
    it.effect.each(Object.entries(asks))(
      "as it asks for %s, though it cannot be interrupted",
      ([, ask]) =>
        Effect.gen(function*() {
          const { answered, governor, lines } = yield* up(
            (asking) => Effect.uninterruptible(Effect.andThen(Effect.sleep(10), asking(ask))),
            isDeep
          )
          yield* TestClock.adjust(10)
          yield* turns
          assert.deepStrictEqual(answered[0], "Success")
          assert.include(lines, "Stopping own#1")
          const shutdown = yield* Effect.forkChild(governor.shutdown)
          yield* TestClock.adjust(10)
          yield* Fiber.join(shutdown)
        })
    )

    it.effect.each(Object.entries(asks))("as a finalizer of it asks for %s", ([, ask]) =>
      Effect.gen(function*() {
        const { answered, governor, handle } = yield* up(
          (asking) => Effect.onExit(Effect.never, () => asking(ask)),
          isDeep
        )
        const stop = yield* Effect.forkChild(handle.stop)
        yield* turns
        yield* Fiber.join(stop)
        assert.deepStrictEqual(answered[0], "Success")
        assert.isTrue((yield* governor.shutdown).ok)
      }))
  })

  it.effect("with the report of those that have ended, if it asks for the shutdown", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      let report: unknown
      yield* governor.add(Service.make("failed", Effect.fail("no")))
      yield* governor.add(
        Service.make(
          "asks",
          Effect.uninterruptible(Effect.map(governor.shutdownWith("enough"), (so) => void (report = so)))
        )
      )
      yield* governor.add(Service.make("other", Effect.never))
      yield* governor.start
      const { services } = yield* governor.awaitShutdown
      assert.deepInclude(report, { ok: false, reason: { _tag: "Requested", message: "enough" } })
      assert.deepStrictEqual((report as { services: Array<{ name: string }> }).services.map(({ name }) => name), [
        "failed"
      ])
      assert.deepStrictEqual(services.map(({ name }) => name), ["failed", "asks", "other"])
    }))

  it.effect("as it awaits the shutdown that has begun; before, it waits as everybody does", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const heard: Array<string> = []
      const hears = (when: string) => Effect.map(governor.awaitShutdown, () => heard.push(when))
      yield* governor.add(Service.make("a", Effect.onExit(hears("before"), () => hears("at its end"))))
      yield* governor.start
      yield* turns
      assert.deepStrictEqual(heard, [])
      yield* governor.shutdown
      assert.deepStrictEqual(heard, ["at its end"])
    }))

  it.effect("as its finalizer awaits a shutdown that begins only then", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const handle = yield* governor.add(Service.make("a", Effect.onExit(Effect.never, () => governor.awaitShutdown)))
      yield* governor.start
      yield* turns
      yield* Effect.forkChild(handle.stop)
      yield* turns
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("as it closes the layer of its own service", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const scope = Scope.makeUnsafe()
      let isClosed = false
      const run = Effect.andThen(
        Effect.uninterruptible(Scope.close(scope, Exit.void)),
        Effect.sync(() => void (isClosed = true))
      )
      yield* Layer.buildWithScope(Governor.service("a", Effect.uninterruptible(run)), scope).pipe(
        Effect.provideService(Governor.Governor, governor)
      )
      yield* governor.start
      yield* turns
      assert.isTrue(isClosed)
      assert.deepStrictEqual(yield* governor.status, [])
    }))

  it.effect("and the next run begins when all of the first is closed, though that asked in its first stretch", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* watched()
      let close = () => {}
      const closed = new Promise<void>((resolve) => close = resolve)
      const handle = yield* governor.add(
        Service.fromPromise("a", ({ defer, run }) => {
          if (run > 1) return
          defer(() => closed)
          void Effect.runFork(Effect.ignore(handle.restart))
        })
      )
      yield* governor.start
      yield* turns
      assert.notInclude(lines, "Starting a#2")
      close()
      yield* turns
      assert.include(lines, "Starting a#2")
    }))

  it.effect("but a fiber of another service waits", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* TestClock.adjust(0)
      const slow = yield* governor.add(Service.make("slow", Effect.onInterrupt(Effect.never, () => Effect.sleep(100))))
      const asks = yield* governor.add(Service.make("asks", slow.stop))
      yield* governor.start
      yield* TestClock.adjust(99)
      assert.strictEqual((yield* asks.status)._tag, "Running")
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* asks.status)._tag, "Stopped")
    }))
})
