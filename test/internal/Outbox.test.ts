import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { CurrentLoggers, MinimumLogLevel } from "effect/References"
import * as TestConsole from "effect/testing/TestConsole"
import type { ServiceEvent } from "../../src/GovernorEvent.ts"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import { Writer } from "../../src/internal/telling/log.ts"
import { Outbox } from "../../src/internal/telling/Outbox.ts"
import { Governor as Facade } from "../../src/promise/index.ts"
import type { ServiceStatus } from "../../src/ServiceStatus.ts"
import { hostile } from "../hostile.ts"

/** Starts one service for each error, which throws it at once. */
const throwing = (...errors: ReadonlyArray<unknown>) =>
  Effect.scoped(Effect.gen(function*() {
    const governor = yield* Governor.make()
    for (const [i, error] of errors.entries()) yield* governor.add(Service.make(`s${i}`, Effect.die(error)))
    yield* governor.start
  }))

const withLoggers = (...loggers: ReadonlyArray<Logger.Logger<unknown, unknown>>) =>
  Effect.provideService(CurrentLoggers, new Set(loggers))

/** The messages of the lines that have a cause. */
const writesMessage = (lines: Array<string>) =>
  Logger.make(({ cause, message }) => void (cause.reasons.length > 0 && lines.push(String([message].flat()[0]))))

const writesCause = (lines: Array<string>) =>
  Logger.make(({ cause }) => {
    const text = Cause.pretty(cause)
    if (text !== "") lines.push(text.split("\n")[0]!)
  })

/** An error which counts how often somebody wants to know what it says. */
const counted = () => {
  let reads = 0
  const error = new Error()
  for (const key of ["name", "message", "stack", "cause"]) {
    Object.defineProperty(error, key, { get: () => `${key} ${++reads}`, enumerable: true })
  }
  return { error, reads: () => reads }
}

const notPrintable = "Error: something was thrown that cannot be printed"

describe("a line of the log (rules 3, 26, 28)", () => {
  it.effect("about an error that cannot be printed is written by the default logger", () =>
    Effect.gen(function*() {
      yield* throwing(hostile)
      const log = (yield* TestConsole.logLines).join("\n")
      assert.include(log, "crashed")
      assert.include(log, notPrintable)
    }))

  it.effect("about an error that cannot be printed reaches all loggers", () =>
    Effect.gen(function*() {
      const [before, causes, after]: [Array<string>, Array<string>, Array<string>] = [[], [], []]
      const run = throwing(hostile, new Error("plain"), hostile)
      yield* withLoggers(writesMessage(before), writesCause(causes), writesMessage(after))(run)
      assert.deepStrictEqual(causes, [notPrintable, "Error: plain", notPrintable])
      assert.deepStrictEqual(after, ["crashed", "crashed", "crashed"])
      // The loggers before the one that choked have written that line twice, and only that one.
      assert.deepStrictEqual(before, ["crashed", "crashed", "crashed", "crashed"])
    }))

  it.effect("is given once to loggers that choke on every line", () =>
    Effect.gen(function*() {
      let given = 0
      const broken = Logger.make(({ cause }) => {
        if (cause.reasons.length > 0) given++
        throw new Error("broken")
      })
      yield* withLoggers(broken)(throwing(new Error("plain")))
      assert.strictEqual(given, 1)
    }))

  it.effect("is formatted for loggers that throw at every line once only", () =>
    Effect.gen(function*() {
      const broken = Logger.make(() => {
        throw new Error("broken")
      })
      const { error, reads } = counted()
      yield* withLoggers(broken)(throwing(new Error("plain"), error))
      assert.strictEqual(reads(), 0)
    }))

  it.effect("about an error that cannot be printed is written though a logger threw for another reason before", () =>
    Effect.gen(function*() {
      const causes: Array<string> = []
      let isBroken = true
      const logger = Logger.map(writesCause(causes), () => {
        if (isBroken) throw new Error("broken")
      })
      const governor = yield* Effect.provideService(Governor.make(), CurrentLoggers, new Set([logger]))
      const crash = (name: string, error: unknown) =>
        Effect.flatMap(governor.add(Service.make(name, Effect.die(error))), ({ start }) => start)
      yield* crash("a", new Error("lost"))
      isBroken = false
      yield* crash("b", new Error("plain"))
      yield* crash("c", hostile)
      assert.deepStrictEqual(causes.slice(-2), ["Error: plain", notPrintable])
    }))

  it.effect("about an error that cannot be printed harms nobody without a logger", () =>
    Effect.gen(function*() {
      yield* withLoggers()(throwing(hostile))
      assert.deepStrictEqual(yield* TestConsole.logLines, [])
    }))

  it.effect("is the only one of a crash and a restart at once", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) =>
        void lines.push(`${logLevel} ${String([message].flat()[0])}`)
      )
      let runs = 0
      const crashes = Effect.suspend(() => ++runs < 3 ? Effect.die("no") : Effect.never)
      yield* withLoggers(logger)(Effect.scoped(Effect.gen(function*() {
        const governor = yield* Governor.make()
        yield* governor.add(Service.make("at once", crashes, { restart: RestartPolicy.spaced(0) }))
        yield* governor.start
        yield* governor.awaitReady
        assert.deepStrictEqual(lines, ["Error crashed, restarting at once", "Error crashed, restarting at once"])
        yield* governor.add(Service.make("later", Effect.die("no"), { restart: RestartPolicy.spaced("1 second") }))
        yield* governor.start
        assert.deepStrictEqual(lines.slice(2), ["Error crashed", "Info restarting in 1 s"])
      })))
    }))

  it.effect.each<[string, ReturnType<typeof withLoggers>]>([
    ["there is no logger", withLoggers()],
    ["no logger looks at the error", withLoggers(writesMessage([]))],
    ["the level is off", Effect.provideService(MinimumLogLevel, "None")]
  ])("reads nothing of an error if %s", ([, provide]) =>
    Effect.gen(function*() {
      const { error, reads } = counted()
      yield* provide(throwing(error))
      assert.strictEqual(reads(), 0)
      yield* throwing(error)
      assert.isAbove(reads(), 0)
    }))
})

type Hear = (event: { readonly _tag: string }) => void

const governed = Effect.map(Governor.make(), ({ add, listen, start }) => ({
  listen,
  start: Effect.andThen(add(Service.make("a", Effect.never)), start)
}))

const facade = Effect.gen(function*() {
  const end = (governor: Facade) => Effect.promise(() => governor.shutdown())
  const governor = yield* Effect.acquireRelease(Effect.sync(() => new Facade({ log: () => {} })), end)
  governor.add("a", async ({ sleep }) => void await sleep("Infinity"))
  return { listen: (hear: Hear) => governor.onEvent(hear), start: Effect.sync(() => governor.start()) }
})

describe("who hears an event: those who listen when it is told (rule 26)", () => {
  for (const [door, governor] of [["the core", governed], ["the facade", facade]] as const) {
    it.effect(`not one that a listener adds meanwhile, nor one that it removes: ${door}`, () =>
      Effect.gen(function*() {
        const { listen, start } = yield* governor
        const heard: Array<string> = []
        const add = (name: string) => listen(({ _tag }) => heard.push(`${name} ${_tag}`))
        listen(({ _tag }) => {
          if (_tag === "ServiceAdded") add("added")
          if (_tag === "ServiceStarting") remove()
        })
        const remove = add("removed")
        yield* start
        assert.deepStrictEqual(heard, ["removed ServiceAdded", "added ServiceStarting", "added ServiceReady"])
      }))

    it.effect(`not one that subscribes again inside of itself: ${door}`, () =>
      Effect.gen(function*() {
        const { listen, start } = yield* governor
        const heard: Array<string> = []
        const again: Hear = ({ _tag }) => {
          if (heard.push(_tag) > 50) return // instead of a loop that has no end
          stop()
          stop = listen(again)
        }
        let stop = listen(again)
        yield* start
        assert.deepStrictEqual(heard, ["ServiceAdded", "ServiceStarting", "ServiceReady"])
      }))
  }

  const fact = { service: "a", run: 1, time: 0, sequence: 1 }
  const status = { name: "a", run: 1, restarts: 0, crashes: 0, since: 0 }

  it("also one that subscribes from a logger, which is told first", () => {
    const heard: Array<string> = []
    const subscribe = ({ message }: { readonly message: string }) => {
      if (message !== "completed") return
      outbox.listen(({ _tag }) => heard.push(_tag))
      outbox.watch((status) => heard.push(status?._tag ?? "no more"))
    }
    const context = Context.make(Writer, subscribe).pipe(Context.add(MinimumLogLevel, "Debug"))
    const outbox = new Outbox(context, "")
    const note = (event: ServiceEvent, status?: ServiceStatus) => {
      outbox.noteOf(event, outbox.voice, undefined, undefined)
      outbox.put(event, status)
    }
    note({ _tag: "ServiceReady", ...fact }, { _tag: "Running", ...status })
    note({ _tag: "ServiceCompleted", ...fact })
    note({ _tag: "ServiceStopping", reason: "stop", ...fact }, { _tag: "Stopping", reason: "stop", ...status })
    outbox.flush()
    assert.deepStrictEqual(heard, ["ServiceCompleted", "ServiceStopping", "Stopping"])
  })

  it("not a watcher that another one adds meanwhile", () => {
    const outbox = new Outbox(Context.empty(), "")
    const heard: Array<string> = []
    const watch = () => outbox.watch((status) => heard.length < 50 && heard.push(String(status?._tag)) && watch())
    watch()
    outbox.put({ _tag: "ServiceReady", ...fact }, { _tag: "Running", ...status })
    outbox.flush()
    assert.deepStrictEqual(heard, ["Running"])
  })
})
