import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { CurrentLoggers, MinimumLogLevel } from "effect/References"
import * as TestConsole from "effect/testing/TestConsole"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
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
        assert.deepStrictEqual(lines, ["Error crashed", "Error crashed"])
        yield* governor.add(Service.make("later", Effect.die("no"), { restart: RestartPolicy.spaced("1 second") }))
        yield* governor.start
        assert.deepStrictEqual(lines.slice(2), ["Error crashed", "Info restarting in 1s"])
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
