import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { CurrentLoggers } from "effect/References"
import { runInNewContext } from "node:vm"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { fromCause, type Thrown, thrown } from "../../src/internal/bridge/thrown.ts"
import type { Entry } from "../../src/internal/telling/log.ts"
import { logger } from "../../src/internal/telling/logger.ts"
import { Governor, type ServiceAPI } from "../../src/promise/index.ts"
import { type LogEntry, writer } from "../../src/promise/log.ts"
import { hostile } from "../hostile.ts"

it("has the errors of an AggregateError", () => {
  const { stack } = thrown(new AggregateError([new Error("first"), "second"], "all failed"))
  expect(stack).toMatch(
    /^AggregateError: all failed\n[^]+\n\[error 1\]: Error: first\n[^]+\n\[error 2\]: "second"$/
  )
})

it.each<[string, unknown, Omit<Thrown, "error">]>([
  ["a text", "no bread", { name: "Error", message: "no bread", stack: "\"no bread\"" }],
  ["undefined", undefined, { name: "Error", message: "undefined", stack: "undefined" }],
  ["an object", { code: 5 }, { name: "Error", message: "{\"code\":5}", stack: "{\"code\":5}" }],
  ["a symbol", Symbol("s"), { name: "Error", message: "Symbol(s)", stack: "Symbol(s)" }],
  ["a proxy that throws", hostile, {
    name: "Error",
    message: "(cannot be printed)",
    stack: "(cannot be printed)"
  }],
  ["an object in the shape of an error", { name: "Lost", message: "no bread", stack: "Lost: at the mill" }, {
    name: "Lost",
    message: "no bread",
    stack: "Lost: at the mill"
  }],
  ["an error without a stack", Object.assign(new RangeError("far"), { stack: "" }), {
    name: "RangeError",
    message: "far",
    stack: "RangeError: far"
  }]
])("has of %s what it is", (_, value, expected) => {
  expect(JSON.parse(JSON.stringify(thrown(value)))).toEqual(expected)
  expect(thrown(value).error).toBe(value)
})

it("has the name, the message, the stack and the causes of an error of another realm", () => {
  const of = (expression: string) => thrown(runInNewContext(expression, undefined, { filename: "mill.js" }))
  const simple = of("new TypeError('no bread')")
  expect(simple).toMatchObject({ name: "TypeError", message: "no bread" })
  expect(simple.stack).toMatch(/^TypeError: no bread\n +at mill\.js/)
  expect(of("new Error('outside', { cause: new RangeError('inside') })").stack).toMatch(
    /^Error: outside\n[^]+\n\[cause\]: RangeError: inside\n +at mill/
  )
  expect(of("new AggregateError([new RangeError('inside'), 'text'], 'all')").stack).toMatch(
    /^AggregateError: all\n[^]+\n\[error 1\]: RangeError: inside\n[^]+\n\[error 2\]: "text"$/
  )
  const getter = of("Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('message') } })")
  expect(getter).toMatchObject({ name: "Error", message: "(cannot be printed)" })
})

it("shows no list of errors that are none", () => {
  expect(thrown(Object.assign(new Error("invalid"), { errors: [{ path: "a" }] })).stack).not.toContain("[error 1]")
})

it("is not caught in a circle of causes, or by a getter", () => {
  const circle = new Error("circle")
  circle.cause = circle
  expect(thrown(circle).stack.match(/circle/g)).toHaveLength(6)
  const getter = Object.defineProperty(new Error("getter"), "cause", {
    get: () => {
      throw new Error("cause")
    }
  })
  expect(thrown(getter).stack).toContain("Error: getter")
})

it("has what Effect logs: the parts of a message in one line, and whose it is if that is a run", () => {
  const entries: Array<Entry> = []
  const say = (...parts: ReadonlyArray<unknown>) =>
    Effect.provideService(Effect.logInfo(...parts), CurrentLoggers, new Set([logger((entry) => entries.push(entry))]))
  Effect.runSync(say("took", 5, "ms"))
  Effect.runSync(Effect.annotateLogs(say("alone"), { service: "a", run: 2 }))
  Effect.runSync(Effect.annotateLogs(say("no run"), { service: "a" }))
  expect(entries.map(({ message, of }) => [message, of])).toEqual([
    ["took 5 ms", undefined],
    ["alone", { service: "a", run: 2 }],
    ["no run", undefined]
  ])
})

it("says nothing of an interruption beside an error", () => {
  const cause = Cause.fromReasons<unknown>([...Cause.interrupt(1).reasons, ...Cause.die(new Error("boom")).reasons])
  expect(fromCause(cause).message).toBe("boom")
  expect(fromCause(Cause.fail("lost")).message).toBe("lost")
})

it("has four levels for those of Effect, and says nothing of a log function that does as it should", () => {
  const complaints = vi.spyOn(console, "error").mockImplementation(() => {})
  onTestFinished(() => complaints.mockRestore())
  const levels: Array<LogEntry["level"]> = []
  const write = writer(({ level }) => void levels.push(level))
  for (const level of ["All", "Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"] as const) {
    write({ about: undefined, level, message: "m", cause: undefined, of: undefined, time: 0 })
  }
  expect(levels).toEqual(["debug", "debug", "debug", "info", "warn", "error", "error", "error"])
  expect(complaints).not.toHaveBeenCalled()
})

describe("the log of a run", () => {
  const talk = ({ log }: ServiceAPI) => {
    log("an info")
    log.debug("a debug")
    log.warn("a warn")
    log.error("an error")
  }
  const said = (logs: ReadonlyArray<LogEntry>) =>
    logs.filter(({ message }) => /^an? /.test(message)).map(({ level, service }) => `${level} ${service}`)

  it("has levels, of which a log function gets all, also of governors inside", async () => {
    const logs: Array<LogEntry> = []
    const governor = new Governor({ log: (entry) => logs.push(entry) })
    governor.add("a", talk)
    governor.start()
    governor.add("in", Governor.asService((inner) => void inner.add("b", talk)), { readiness: "completed" }).start()
    await governor.waitForShutdown()
    expect(said(logs)).toEqual([
      ...["info", "debug", "warn", "error"].map((level) => `${level} a`),
      ...["info", "debug", "warn", "error"].map((level) => `${level} in/b`)
    ])
    expect(logs.filter(({ level, message }) => level === "debug" && message !== "a debug")).toEqual([])
  })
})
