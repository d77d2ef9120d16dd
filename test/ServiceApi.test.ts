import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { once } from "node:events"
import { setTimeout as nodeSleep } from "node:timers/promises"
import { runInNewContext } from "node:vm"
import { RestartPolicy, Service, StopService } from "../src/index.ts"
import type { ServiceAPI } from "../src/Service.ts"
import { aborted } from "./aborted.ts"
import { hostile } from "./hostile.ts"
import { watched } from "./support.ts"

/** Promises settle before the next turn of the event loop. */
const settle = Effect.yieldNow

const start = Effect.fnUntraced(function*(service: Service.ServiceInput, options?: Service.Options) {
  const found = yield* watched({ stopTimeout: "10 seconds" })
  const handle = yield* found.governor.add(Service.fromPromise("a", service, options))
  yield* found.governor.start
  yield* settle
  return { ...found, handle }
})

describe("how a promise run ends (rules 2 and 3)", () => {
  const getter = Object.defineProperty(new Error("hidden"), "message", {
    get: () => {
      throw new Error("getter")
    }
  })
  const thrown: ReadonlyArray<unknown> = [
    "text",
    undefined,
    null,
    0,
    Object.freeze({ frozen: true }),
    getter,
    hostile,
    Symbol("s")
  ]
  const ways: ReadonlyArray<[string, (error: unknown) => Service.ServiceInput]> = [
    ["throws", (error) => () => {
      throw error
    }],
    ["rejects", (error) => () => Promise.reject(error)],
    ["rejects later", (error) => async () => {
      await null
      throw error
    }],
    ["throws in create", (error) => ({
      create: () => {
        throw error
      }
    })]
  ]
  for (const [how, service] of ways) {
    for (const [i, error] of thrown.entries()) {
      it.effect(`a run that ${how} (${i}) is a crash that names the service`, () =>
        Effect.gen(function*() {
          const { events, handle } = yield* start(service(error))
          const crash = events.find((event) => event._tag === "ServiceCrashed")
          assert.strictEqual(crash?.service, "a")
          assert.isTrue(crash !== undefined && Cause.squash(crash.cause) === error)
          assert.strictEqual((yield* handle.status)._tag, "Failed")
        }))
    }
  }

  it.effect.each<[string, Service.ServiceInput, string]>([
    ["returns nothing", () => {}, "Stopped"],
    ["returns a thenable", () => ({ then: (done: () => void) => done() }) as unknown as Promise<void>, "Stopped"],
    ["throws StopService", () => {
      throw new StopService()
    }, "Stopped"],
    ["rejects with StopService", () => Promise.reject(new StopService({ restart: false })), "Stopped"],
    ["is a thenable that throws", () => ({
      get then(): never {
        throw new Error("then")
      }
    }), "Failed"],
    ["fails by a foreign abort", () => Promise.reject(new DOMException("theirs", "AbortError")), "Failed"],
    ["fails by a foreign timeout", () => Promise.reject(new DOMException("theirs", "TimeoutError")), "Failed"]
  ])("a run that %s", ([, service, tag]) =>
    Effect.gen(function*() {
      const { handle } = yield* start(service)
      assert.strictEqual((yield* handle.status)._tag, tag)
    }))

  it.effect("a promise whose own then() calls back twice ends its run, and not the next one", () =>
    Effect.gen(function*() {
      let again = () => {}
      const then = (done: () => void) => {
        again = done
        done()
      }
      const { handle, lines } = yield* start(
        (api) => api.run === 1 ? Object.assign(Promise.resolve(), { then }) : aborted(api),
        { restart: RestartPolicy.spaced("1 second") }
      )
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(lines.at(-1), "Ready a#2")
      again()
      assert.strictEqual(lines.at(-1), "Ready a#2")
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect("one that calls back as it is aborted is not over before stop() is", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { governor, handle } = yield* start({
        run: ({ signal }) =>
          Object.assign(Promise.resolve(), {
            then: (done: () => void) => signal.addEventListener("abort", done)
          }),
        stop: () => void log.push("stop")
      })
      governor.listen(({ _tag }) => log.push(_tag))
      yield* handle.stop
      assert.deepStrictEqual(log, ["ServiceStopping", "stop", "ServiceInterrupted", "ServiceStopped"])
    }))

  it.effect("makes a fresh instance each run with create, and uses the same without", () =>
    Effect.gen(function*() {
      const instances: Array<object> = []
      class Stateful {
        runs = 0
        run() {
          instances.push(this)
          this.runs++
        }
      }
      const shared = new Stateful()
      const restart = RestartPolicy.spaced(0, { maxRestarts: 2 })
      const { governor: fresh } = yield* start({ create: () => new Stateful() }, { restart })
      const { governor: same } = yield* start(shared, { restart })
      yield* fresh.awaitShutdown
      yield* same.awaitShutdown
      assert.lengthOf(new Set(instances), 4)
      assert.strictEqual(shared.runs, 3)
    }))
})

describe("stopping a promise run (rule 9)", () => {
  it.effect("aborts the signal, then calls stop() once, and waits for both", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let release = () => {}
      const { handle } = yield* start({
        async run(api: ServiceAPI) {
          api.signal.addEventListener("abort", () => log.push(`aborted: ${api.signal.reason.name}`))
          await aborted(api)
          log.push("run over")
        },
        async stop() {
          log.push("stop called")
          await new Promise<void>((resolve) => {
            release = resolve
          })
          log.push("stop over")
        }
      })
      const stopping = yield* Effect.forkChild(handle.stop)
      yield* settle
      yield* Effect.forkChild(handle.stop)
      yield* settle
      assert.deepStrictEqual(log, ["aborted: AbortError", "stop called", "run over"])
      assert.strictEqual((yield* handle.status)._tag, "Stopping")
      release()
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(log.slice(3), ["stop over"])
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect("never calls stop() of a run that is over, or in backoff", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const service = { run: () => {}, stop: () => void log.push("stop") }
      const { handle } = yield* start(service, { restart: RestartPolicy.spaced("1 hour") })
      yield* handle.stop
      assert.deepStrictEqual(log, [])
    }))

  it.effect.each<[string, (reason: unknown) => unknown]>([
    ["the reason itself", (reason) => reason],
    [
      "an abort error made because of it",
      (reason) => Object.assign(new Error("aborted", { cause: reason }), { name: "AbortError" })
    ],
    ["an error of another name made because of it", (cause) => new Error("the child was ended", { cause })],
    ["several errors that all were made because of it", (cause) => new AggregateError([cause, { cause }])],
    ["an error of another realm", (cause) => runInNewContext("new Error('aborted', { cause })", { cause })]
  ])("does not count %s as an error", ([, error]) =>
    Effect.gen(function*() {
      const { governor } = yield* start(async (api) => {
        await aborted(api)
        throw error(api.signal.reason)
      })
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("what Node itself throws on our abort is no error", () =>
    Effect.gen(function*() {
      for (
        const wait of [
          ({ signal }: ServiceAPI) => nodeSleep(1_000_000, undefined, { signal }),
          async ({ signal }: ServiceAPI) => {
            await once(process, "never", { signal })
          }
        ]
      ) {
        const { governor } = yield* start(wait)
        assert.isTrue((yield* governor.shutdown).ok)
      }
    }))

  it.effect.each<[string, (reason: unknown) => unknown, string]>([
    [
      "several errors of which one has another cause",
      (cause) => new AggregateError([cause, new Error("disk full")], "could not flush"),
      "AggregateError: could not flush"
    ],
    ["an error of another realm", () => runInNewContext("new Error('disk full')"), "Error: disk full"],
    ["an abort of somebody else's", () => new DOMException("theirs", "AbortError"), "AbortError: theirs"]
  ])("keeps %s", ([, error, kept]) =>
    Effect.gen(function*() {
      const { governor } = yield* start(async (api) => {
        await aborted(api)
        throw error(api.signal.reason)
      })
      const report = yield* governor.shutdown
      assert.strictEqual(String(report.services[0]?.cause && Cause.squash(report.services[0].cause)), kept)
    }))

  it.effect("asks nothing of an object that has no stop()", () =>
    Effect.gen(function*() {
      const { governor } = yield* start({ run: aborted })
      assert.isTrue((yield* governor.shutdown).ok)
    }))

  it.effect("a signal that is looked at only once the run was asked to end is aborted", () =>
    Effect.gen(function*() {
      let own: ServiceAPI | undefined
      const { handle } = yield* start({
        async run(api: ServiceAPI) {
          own = api
          await api.sleep("1 hour")
        }
      })
      yield* TestClock.adjust(0)
      yield* handle.stop
      assert.isTrue(own?.signal.aborted)
      assert.strictEqual(own?.signal.reason.name, "AbortError")
    }))

  it.effect("keeps what the run had thrown already when stop() hangs and it is abandoned", () =>
    Effect.gen(function*() {
      const { governor } = yield* start({
        async run(api: ServiceAPI) {
          await aborted(api)
          throw new Error("data lost")
        },
        stop: () => new Promise<void>(() => {})
      })
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      const [service] = (yield* Fiber.join(shutdown)).services
      const errors = service?.cause?.reasons.map((reason) =>
        reason._tag === "Die" ? String(reason.defect) : reason._tag
      )
      assert.deepStrictEqual([service?.outcome, errors], ["Abandoned", ["Fail", "Error: data lost"]])
    }))

  it.effect("keeps any other error, of run and of stop(), and harms nobody else", () =>
    Effect.gen(function*() {
      const { events, governor } = yield* start({
        async run(api: ServiceAPI) {
          await aborted(api)
          throw new Error("run")
        },
        stop() {
          throw new Error("stop")
        }
      })
      yield* governor.add(Service.fromPromise("b", aborted))
      yield* governor.start
      const report = yield* governor.shutdown
      const kept = events.find((event) => event._tag === "ServiceInterrupted" && event.service === "a")
      const messages = kept?._tag === "ServiceInterrupted" &&
        kept.cause?.reasons.map((reason) => reason._tag === "Die" ? String(reason.defect) : reason._tag)
      assert.deepStrictEqual(messages, ["Error: stop", "Error: run"])
      assert.isFalse(report.ok)
      assert.deepStrictEqual(report.services.map((service) => service.cause === undefined), [false, true])
    }))

  it.effect("abandons a promise that never settles, and its late rejection is an event (rules 8 and 13)", () =>
    Effect.gen(function*() {
      let reject: (error: Error) => void = () => {}
      const never = new Promise<void>((_, no) => {
        reject = no
      })
      const { events, governor, handle } = yield* start(() => never)
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      const report = yield* Fiber.join(shutdown)
      assert.deepStrictEqual(report.services.map(({ name, outcome }) => [name, outcome]), [["a", "Abandoned"]])
      assert.lengthOf(report.services[0]?.cause?.reasons ?? [], 1) // it had failed with nothing itself
      const unhandled: Array<unknown> = []
      const listener = (error: unknown) => unhandled.push(error)
      process.on("unhandledRejection", listener)
      reject(new Error("late"))
      yield* settle
      yield* settle
      process.off("unhandledRejection", listener)
      assert.deepStrictEqual(unhandled, [])
      const late = events.at(-1)
      assert.strictEqual(late?._tag === "LateFailure" && String(Cause.squash(late.cause)), "Error: late")
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))

  it.effect("tells a late rejection also while stop() never settles, and nothing twice", () =>
    Effect.gen(function*() {
      let reject: (error: Error) => void = () => {}
      const run = () =>
        new Promise<void>((_, no) => {
          reject = no
        })
      const { events, governor } = yield* start({ run, stop: () => new Promise<void>(() => {}) })
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(shutdown)
      reject(new Error("late"))
      yield* settle
      const late = events.flatMap((event) => event._tag === "LateFailure" ? [String(Cause.squash(event.cause))] : [])
      assert.deepStrictEqual(late, ["Error: late"])
    }))

  it.effect("has crashed with what it then rejects with, and is over if that says so", () =>
    Effect.gen(function*() {
      for (const error of [new Error("late"), new StopService({ restart: false })]) {
        let reject: (error: Error) => void = () => {}
        const hung = new Promise<void>((_, no) => {
          reject = no
        })
        const run = (api: ServiceAPI) => api.run === 1 ? hung : aborted(api)
        const { events, handle, lines } = yield* start(run, { restart: RestartPolicy.spaced("1 second") })
        yield* Effect.forkChild(handle.restart)
        yield* settle
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(lines.at(-1), "Failed a#1")
        reject(error)
        yield* settle
        yield* TestClock.adjust("1 second")
        const crash = events.find((event) => event._tag === "ServiceCrashed")
        const scheduled = events.find((event) => event._tag === "RestartScheduled")
        const causes = [crash, scheduled].map((event) => event?.cause && Cause.squash(event.cause))
        if (error instanceof StopService) assert.include(yield* handle.status, { _tag: "Failed", run: 1 })
        else {
          assert.deepStrictEqual(causes, [error, error])
          assert.deepStrictEqual(lines.slice(-5), [
            "LateFailure a#1",
            "Crashed a#1",
            "RestartScheduled a#1",
            "Starting a#2",
            "Ready a#2"
          ])
        }
      }
    }))

  it.effect("tells what it was abandoned with once", () =>
    Effect.gen(function*() {
      let resolve: () => void = () => {}
      const run = () =>
        new Promise<void>((done) => {
          resolve = done
        })
      const { events, governor } = yield* start({
        run,
        stop() {
          throw new Error("stop")
        }
      })
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(shutdown)
      resolve()
      yield* settle
      assert.deepStrictEqual(events.filter(({ _tag }) => _tag === "LateFailure"), [])
    }))

  it.effect("abandons when stop() never settles, though run has", () =>
    Effect.gen(function*() {
      const { governor } = yield* start({ run: aborted, stop: () => new Promise<void>(() => {}) })
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(shutdown)).services[0]?.outcome, "Abandoned")
    }))

  it.effect("a stop asked by the first synchronous stretch aborts and calls stop()", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { governor } = yield* watched()
      const service = {
        run(api: ServiceAPI) {
          Effect.runFork(governor.shutdown)
          log.push(`aborted in run: ${api.signal.aborted}`)
          return aborted(api)
        },
        stop: () => void log.push("stop")
      }
      yield* governor.add(Service.fromPromise("a", service))
      yield* governor.start
      yield* governor.awaitShutdown
      assert.deepStrictEqual(log, ["aborted in run: false", "stop"])
    }))

  it.effect("warns every 5 seconds, by name, while a stop takes its time", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "12 seconds" })
      yield* governor.add(Service.fromPromise("slow", () => new Promise<void>(() => {})))
      yield* governor.add(Service.fromPromise("quick", aborted))
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown)
      yield* TestClock.adjust("12 seconds")
      yield* Fiber.join(shutdown)
      const lines = (yield* TestConsole.logLines).map(String)
      const warnings = lines.filter((line, i) => line === `still stopping: "slow"` && lines[i - 1]?.includes("WARN"))
      assert.lengthOf(warnings, 2)
    }))

  it.effect("a service that awaits the shutdown it asked for is named by that warning (rule 10)", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched({ shutdownTimeout: "6 seconds" })
      yield* governor.add(Service.fromPromise("itself", async () => {
        await Effect.runPromise(governor.shutdown)
      }))
      yield* governor.start
      yield* TestClock.adjust("6 seconds")
      const lines = (yield* TestConsole.logLines).map(String)
      assert.isTrue(lines.some((line) => line.endsWith(`still stopping: "itself"`)))
      assert.strictEqual((yield* governor.shutdown).services[0]?.outcome, "Abandoned")
    }))
})

describe("what a run is given", () => {
  it.effect("works when destructured", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const { governor, handle } = yield* start(
        async ({ context, heartbeat, log, name, ready, run, signal, sleep }) => {
          seen.push(name, run, context === signal, signal.aborted)
          ready()
          heartbeat()
          log("%s and %d", "text", 1)
          seen.push(await sleep("1 second"), await sleep("1 hour"), await sleep(5), signal.aborted)
        },
        { readiness: "manual" }
      )
      assert.strictEqual((yield* handle.status)._tag, "Running")
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* governor.shutdown
      assert.deepStrictEqual(seen, ["a", 1, true, false, false, true, true, true])
    }))

  it.effect("sleep ends with the run, and takes no nonsense", () =>
    Effect.gen(function*() {
      const slept: Array<unknown> = []
      const { handle } = yield* start(async ({ signal, sleep }) => {
        slept.push(await sleep(-5).catch(String), await sleep(NaN).catch((error: Error) => error.message))
        void sleep("1 hour").then((cancelled) => slept.push("left behind", cancelled, signal.aborted))
      })
      yield* TestClock.adjust(0)
      yield* settle
      yield* settle
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
      assert.deepStrictEqual(slept, [
        false,
        `sleep of service "a": expected a duration such as 1000 (milliseconds), "500 millis" or "1 second", got NaN`,
        "left behind",
        true,
        true
      ])
    }))

  it.effect("a run that returns null has completed, and one that returns a function waits for it if it is a promise", () =>
    Effect.gen(function*() {
      let end = () => {}
      const promise = Object.assign(() => {}, { then: (done: () => void) => void (end = done) })
      const returned = [[null, "Stopped"], [() => {}, "Stopped"], [promise, "Running"]] as const
      for (const [value, status] of returned) {
        const { handle } = yield* start(() => value as never)
        assert.strictEqual((yield* handle.status)._tag, status)
      }
      end()
    }))

  it.effect("a run that returns what cannot be looked at has crashed", () =>
    Effect.gen(function*() {
      const { handle } = yield* start(() => hostile as never)
      assert.strictEqual((yield* handle.status)._tag, "Failed")
    }))

  it.effect("a line that cannot be printed is one nevertheless, and harms nobody", () =>
    Effect.gen(function*() {
      const throwing = {
        toString: () => {
          throw new Error("no text")
        }
      }
      const { handle } = yield* start(({ log }) => log("%s", throwing))
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
      assert.include((yield* TestConsole.logLines).join("\n"), "(a value that cannot be printed)")
    }))

  it.effect("the parts of a line are joined where there is no Node to format them", () =>
    Effect.gen(function*() {
      const { getBuiltinModule } = process
      Object.assign(process, { getBuiltinModule: undefined })
      try {
        yield* start(({ log }) => log("took", 5, "ms"))
      } finally {
        Object.assign(process, { getBuiltinModule })
      }
      assert.include((yield* TestConsole.logLines).join("\n"), "took 5 ms")
    }))

  it.effect("an object with run() is one, whatever else it can create", () =>
    Effect.gen(function*() {
      const { handle } = yield* start({ create: () => assert.fail("not a factory"), run: aborted })
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect.each<
    [string, (promise: Effect.Effect<unknown, never, Scope.Scope>) => Effect.Effect<unknown, unknown, Scope.Scope>]
  >([
    [
      "followed by another effect",
      (promise) => Effect.andThen(Effect.timeoutOption(promise, "1 second"), Effect.never)
    ],
    ["beside another", (promise) => Effect.all([promise, promise, Effect.never], { concurrency: "unbounded" })],
    ["in a race", (promise) => Effect.andThen(Effect.race(promise, Effect.sleep("1 second")), Effect.never)]
  ])("is cancelled as part of a larger effect too: %s", ([, compose]) =>
    Effect.gen(function*() {
      let alive = 0
      const { run } = Service.fromPromise("part", async (api) => {
        alive++
        await aborted(api)
        alive--
      })
      const { governor } = yield* watched()
      yield* governor.add(Service.make("whole", compose(run)))
      yield* governor.start
      assert.isAbove(alive, 0)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.isTrue((yield* governor.shutdown).ok)
      assert.strictEqual(alive, 0)
    }))

  it.effect("a timeout around it never leaves two promises alive", () =>
    Effect.gen(function*() {
      let [alive, most] = [0, 0]
      const { run } = Service.fromPromise("part", async (api) => {
        most = Math.max(most, ++alive)
        await aborted(api)
        alive--
      })
      const { governor } = yield* watched({ restart: RestartPolicy.spaced("1 millis") })
      yield* governor.add(Service.make("whole", Effect.timeout(run, "1 second")))
      yield* governor.start
      for (let i = 0; i < 5; i++) {
        yield* TestClock.adjust("2 seconds")
        yield* settle
      }
      assert.strictEqual(most, 1)
      assert.isAbove((yield* governor.status)[0]?.run ?? 0, 3)
    }))

  it.effect("outside of a governor the effect is interruptible, and waits for the promise", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { run } = Service.fromPromise("a", {
        async run(api: ServiceAPI) {
          await aborted(api)
          await null
          log.push("run over")
        },
        stop: () => void log.push("stop")
      })
      const fiber = yield* Effect.forkChild(run)
      yield* settle
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(log, ["stop", "run over"])
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))
})
