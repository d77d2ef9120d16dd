/** What a promise run waits for, and what it has to close. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { getEventListeners } from "node:events"
import { setImmediate } from "node:timers/promises"
import { Governor, RestartPolicy, Service, StopService } from "../src/index.ts"
import type { ServiceAPI } from "../src/Service.ts"
import { aborted } from "./aborted.ts"
import { watched } from "./support.ts"

const settle = Effect.promise(async () => {
  for (let i = 0; i < 5; i++) await setImmediate()
})

const start = Effect.fnUntraced(function*(service: Service.ServiceInput, options?: Service.Options) {
  const found = yield* watched({ stopTimeout: "10 seconds" })
  const handle = yield* found.governor.add(Service.fromPromise("a", service, options))
  yield* found.governor.start
  yield* settle
  return { ...found, handle }
})

const messageOf = (cause: Cause.Cause<unknown> | undefined) =>
  cause?.reasons.map((one) => Cause.squash(Cause.fromReasons([one])))
    .map((error) => error instanceof Error ? error.message : String(error))

/** Counts what the run does over and over, and gives up when that is too often for so few turns. */
const counting = (wait: (api: ServiceAPI) => Promise<unknown>) => {
  const counted = { times: 0 }
  const run = async (api: ServiceAPI) => {
    while (counted.times < 1000) {
      await wait(api)
      counted.times++
    }
  }
  return { counted, run }
}

describe("a loop that ignores that its run is to end", () => {
  it.effect.each<[string, (api: ServiceAPI) => Promise<unknown>]>([
    ["sleep", ({ sleep }) => sleep("1 hour")],
    ["sleep of no time", ({ sleep }) => sleep(0)],
    ["until", ({ until }) => until(new Promise(() => {})).catch(() => {})]
  ])("has one turn of the event loop each time: %s", ([, wait]) =>
    Effect.gen(function*() {
      const { counted, run } = counting(wait)
      const { handle } = yield* start(run)
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* settle
      assert.isBelow(counted.times, 20)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(stopping)
      assert.strictEqual((yield* handle.status)._tag, "Failed")
      counted.times = 1000
      yield* settle
    }))

  it("has turns too if its governor was made by Effect.runSync", async () => {
    const { counted, run } = counting(({ sleep }) => sleep(0))
    const governor = Effect.runSync(Scope.provide(Governor.make({ stopTimeout: 1 }), Scope.makeUnsafe()))
    Effect.runSync(governor.add(Service.fromPromise("a", run)))
    await Effect.runPromise(governor.start)
    for (let i = 0; i < 5; i++) await setImmediate()
    assert.isBelow(counted.times, 20)
    await Effect.runPromise(governor.shutdown)
    counted.times = 1000
  })
})

describe("until", () => {
  it.effect("is as the promise while the run goes on", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      yield* start(async ({ signal, until }) => {
        seen.push(await until(Promise.resolve(1)), await until("no promise"))
        seen.push(await until(Promise.reject(new Error("lost"))).catch((error: Error) => error.message))
        seen.push(getEventListeners(signal, "abort").length)
      })
      assert.deepStrictEqual(seen, [1, "no promise", "lost", 0])
    }))

  it.effect("rejects with the reason of the signal once the run is to end, and forgets the promise", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      let reject: (error: Error) => void = () => {}
      const promise = new Promise<void>((_, no) => {
        reject = no
      })
      const { events, handle } = yield* start(async ({ signal, until }) => {
        await until(promise).catch((error) => seen.push(error === signal.reason))
        await until(promise)
      })
      yield* handle.stop
      assert.deepStrictEqual(seen, [true])
      const interrupted = events.find(({ _tag }) => _tag === "ServiceInterrupted")
      assert.isTrue(interrupted !== undefined && !("cause" in interrupted))
      reject(new Error("late")) // an unhandled rejection would fail the test
      yield* settle
    }))
})

describe("defer", () => {
  const log: Array<string> = []
  const logs = (line: string) => () => void log.push(line)
  const wayward = async (line: string) => {
    await setImmediate()
    log.push(line)
  }
  const deferring = (end: (api: ServiceAPI) => unknown) => ({
    async run(api: ServiceAPI) {
      log.length = 0
      api.defer(logs("first"))
      api.defer(() => wayward("second"))
      await null
      api.defer(logs("third"))
      try {
        await end(api)
      } finally {
        log.push("run over")
      }
    },
    stop: () => wayward("stop over")
  })

  it.effect.each<[string, (api: ServiceAPI) => unknown, string]>([
    ["completes", () => {}, "Stopped"],
    ["crashes", () => Promise.reject(new Error("lost")), "Failed"],
    ["throws StopService", () => Promise.reject(new StopService()), "Stopped"]
  ])("closes what was opened, the last first: a run that %s", ([, end, tag]) =>
    Effect.gen(function*() {
      const { handle } = yield* start(deferring(end))
      assert.deepStrictEqual(log, ["run over", "third", "second", "first"])
      assert.strictEqual((yield* handle.status)._tag, tag)
    }))

  it.effect("closes after run and stop() have settled", () =>
    Effect.gen(function*() {
      const { handle } = yield* start(deferring(aborted))
      yield* handle.stop
      assert.deepStrictEqual(log, ["run over", "stop over", "third", "second", "first"])
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect("closes before the next run begins, also if the run throws at once", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* start(({ defer, run }) => {
        log.push(`run ${run}`)
        defer(() => wayward("").then(() => log.push(`closed ${run}`)))
        throw new Error("lost")
      }, { restart: RestartPolicy.spaced(0, { maxRestarts: 1 }) })
      yield* settle
      assert.deepStrictEqual(log, ["run 1", "closed 1", "run 2", "closed 2"])
    }))

  it.effect("an error makes a completed run a crash, with all errors in order, and the other closers are called", () =>
    Effect.gen(function*() {
      const { handle } = yield* start(async ({ defer }) => {
        defer(() => Promise.reject(new Error("one")))
        defer(() => {
          throw new Error("two")
        })
      })
      const status = yield* handle.status
      assert.isTrue(status._tag === "Failed")
      assert.deepStrictEqual(status._tag === "Failed" ? messageOf(status.cause) : [], ["two", "one"])
    }))

  it.effect("an error comes after the error of the run, which is told when the run failed", () =>
    Effect.gen(function*() {
      let close = () => {}
      const closed = new Promise<void>((resolve) => {
        close = resolve
      })
      const { events, handle } = yield* start(async ({ defer }) => {
        defer(() => closed.then(() => Promise.reject(new Error("not closed"))))
        throw new Error("lost")
      })
      const crash = events.find((event) => event._tag === "ServiceCrashed")
      assert.deepStrictEqual(messageOf(crash?.cause), ["lost"])
      close()
      yield* settle
      const status = yield* handle.status
      assert.deepStrictEqual(status._tag === "Failed" ? messageOf(status.cause) : [], ["lost", "not closed"])
    }))

  it.effect("after a request an error is kept as the errors of stop() are, and an echo of the abort is none", () =>
    Effect.gen(function*() {
      const { handle } = yield* start(async (api) => {
        api.defer(() => Promise.reject(new Error("not closed")))
        api.defer(() => api.signal.throwIfAborted())
        await aborted(api)
      })
      yield* handle.stop
      const status = yield* handle.status
      assert.deepStrictEqual(status._tag === "Stopped" ? messageOf(status.cause) : [], ["not closed"])
    }))

  it.effect("takes its time of the stopTimeout: the run is abandoned, and still closes", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { events, handle } = yield* start(async ({ defer }) => {
        defer(logged(log, "closed"))
        defer(() => new Promise<void>((resolve) => log.push("closes") && resolves.push(resolve)))
        await null
      })
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(log, ["closes"])
      assert.isTrue(events.some(({ _tag }) => _tag === "ServiceAbandoned"))
      resolves.forEach((resolve) => resolve())
      yield* settle
      assert.deepStrictEqual(log, ["closes", "closed"])
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))
  const resolves: Array<() => void> = []
  const logged = (log: Array<string>, line: string) => () => void log.push(line)

  it.effect("a run that was abandoned closes when it settles, and its late errors are told", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let end = () => {}
      const { events, governor } = yield* start(async ({ defer }) => {
        defer(() => Promise.reject(new Error("not closed")))
        defer(logged(log, "closed"))
        await new Promise<void>((resolve) => {
          end = resolve
        })
      })
      const down = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(down)
      assert.deepStrictEqual(log, [])
      end()
      yield* settle
      assert.deepStrictEqual(log, ["closed"])
      const late = events.flatMap((event) => event._tag === "LateFailure" ? [messageOf(event.cause)] : [])
      assert.deepStrictEqual(late, [["not closed"]])
    }))

  it.effect("a stop that comes while a completed run closes waits for that, and calls no stop()", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let close = () => {}
      const closed = new Promise<void>((resolve) => {
        close = resolve
      })
      const { handle } = yield* start({
        run: ({ defer }) => defer(() => closed),
        stop: logged(log, "stop")
      })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* settle
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      close()
      yield* Fiber.join(stopping)
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
      assert.deepStrictEqual(log, [])
    }))

  it.effect("closes at once when the run is over, and logs the error", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let api: ServiceAPI | undefined
      const { handle } = yield* start((given) => {
        api = given
        api.defer(logged(log, "closed"))
      })
      api!.defer(logged(log, "closed late"))
      api!.defer(() => Promise.reject(new Error("not closed")))
      yield* settle
      assert.deepStrictEqual(log, ["closed", "closed late"])
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
      assert.include((yield* TestConsole.logLines).join("\n"), "not closed")
    }))

  it.effect("a closer may defer another", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* start(({ defer }) => defer(() => defer(logged(log, "inner"))))
      assert.deepStrictEqual(log, ["inner"])
    }))

  it.effect("takes functions only, and names the service", () =>
    Effect.gen(function*() {
      const { handle } = yield* start(({ defer }) => defer("close" as never))
      const status = yield* handle.status
      assert.deepStrictEqual(status._tag === "Failed" ? messageOf(status.cause) : [], [
        `defer of service "a": expected a function, got "close"`
      ])
    }))

  it.effect.each([["settles", true], ["is interrupted", false]] as const)(
    "closes as part of a larger effect too, and outside of a governor: one that %s",
    ([, settles]) =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const { run } = Service.fromPromise("part", async (api) => {
          api.defer(() => Promise.reject(new Error("not closed")))
          api.defer(() => setImmediate().then(() => log.push("closed")))
          if (!settles) await aborted(api)
        })
        const fiber = yield* Effect.forkChild(run)
        yield* settle
        if (!settles) yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        assert.deepStrictEqual(log, ["closed"])
        assert.isTrue(Exit.isFailure(exit) && messageOf(exit.cause)?.includes("not closed"))
      })
  )
})

describe("a factory that takes its time", () => {
  class Made {
    readonly log: Array<string>
    constructor(log: Array<string>) {
      this.log = log
    }
    async run(api: ServiceAPI) {
      this.log.push("run")
      await aborted(api)
    }
    stop() {
      this.log.push("stop")
    }
  }

  it.effect("is awaited", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { handle } = yield* start({ create: () => setImmediate().then(() => new Made(log)) })
      yield* settle
      yield* handle.stop
      assert.deepStrictEqual(log, ["run", "stop"])
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect("crashes when it rejects", () =>
    Effect.gen(function*() {
      const { handle } = yield* start({ create: () => Promise.reject(new Error("no connection")) })
      const status = yield* handle.status
      assert.deepStrictEqual(status._tag === "Failed" ? messageOf(status.cause) : [], ["no connection"])
    }))

  it.effect("a stop meanwhile waits for it, runs nothing and stops what was made", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let make = () => {}
      const made = new Promise<Made>((resolve) => {
        make = () => resolve(new Made(log))
      })
      const { handle } = yield* start({ create: () => made })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* settle
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      make()
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(log, ["stop"])
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect.each<[string, unknown, string]>([
    ["an object without run()", { walk: () => {} }, "{}"],
    ["nothing", undefined, "undefined"],
    ["a promise of nothing", Promise.resolve(null), "null"],
    ["a function", () => {}, "function "]
  ])("is told what it should have made: %s", ([, made, shown]) =>
    Effect.gen(function*() {
      const { handle } = yield* start({ create: () => made as Made })
      const status = yield* handle.status
      assert.deepStrictEqual(status._tag === "Failed" ? messageOf(status.cause) : [], [
        `create of service "a": expected an object with run(), or a promise of one, got ${shown}`
      ])
    }))
})

describe("the log of a run", () => {
  it.effect("has levels, and works when destructured", () =>
    Effect.gen(function*() {
      yield* start(({ log }) => {
        const { debug, error, warn } = log
        log("at %s", "info")
        debug("at %s", "debug")
        warn("at %s", "warn")
        error("at %s", "error")
      })
      const lines = (yield* TestConsole.logLines).join("\n")
      assert.include(lines, "at info")
      assert.notInclude(lines, "at debug") // Effect's own minimum is info
      assert.match(lines, /WARN[^\n]*\s+at warn/)
      assert.match(lines, /ERROR[^\n]*\s+at error/)
    }))
})
