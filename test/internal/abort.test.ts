import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { abortReason, isEcho } from "../../src/internal/bridge/abort.ts"
import { stopOf, StopService } from "../../src/StopService.ts"
import { hostile } from "../hostile.ts"

const reason = abortReason()

/** The same expression, evaluated in a realm whose `Error` and `AggregateError` are not ours. */
const elsewhere = (expression: string): unknown => runInNewContext(expression, { reason })

const withCause = (cause: unknown) => new Error("wraps", { cause })
const named = (name: string, error: Error) => Object.assign(error, { name })

const circle = new Error("circle")
circle.cause = circle
const long = Array.from({ length: 500 }).reduce<Error>(withCause, withCause(reason))
const shared = withCause(reason)

const throwing = (key: string) =>
  Object.defineProperty(new Error("getter"), key, {
    get: () => {
      throw new Error(key)
    }
  })

const endless: object = new Proxy({}, { get: (_, key) => (key === "cause" ? endlessly() : undefined) })
const endlessly = (): object => new Proxy({}, { get: (_, key) => (key === "cause" ? endlessly() : undefined) })

describe("an error that says no more than our abort", () => {
  it.each<[string, unknown]>([
    ["the reason itself", reason],
    ["Node's AbortError", named("AbortError", withCause(reason))],
    ["execa's error, whose name is its own", named("ExecaError", withCause(reason))],
    ["a cause of a cause", withCause(withCause(reason))],
    ["a long chain of causes", long],
    ["a frozen error", Object.freeze(withCause(reason))],
    ["an object that is no error", { name: "AbortError", message: "aborted", cause: reason }],
    ["an AggregateError of it", new AggregateError([reason, withCause(reason)])],
    ["an AggregateError that has one error twice", new AggregateError([shared, shared])],
    ["an AggregateError in an AggregateError", new AggregateError([new AggregateError([reason])])],
    ["an AggregateError as a cause", withCause(new AggregateError([reason]))],
    ["an error of another realm", elsewhere("new Error('wraps', { cause: reason })")],
    ["an AggregateError of another realm", elsewhere("new AggregateError([new Error('', { cause: reason }), reason])")]
  ])("%s", (_, error) => {
    expect(isEcho(error)).toBe(true)
  })
})

describe("an error of its own", () => {
  it.each<[string, unknown]>([
    ["an abort of somebody else's", new DOMException("theirs", "AbortError")],
    ["an abort because of somebody else's", named("AbortError", withCause(new DOMException("theirs", "AbortError")))],
    ["a copy of the reason", structuredClone(reason)],
    ["an AggregateError that has another error too", new AggregateError([reason, new Error("lost")])],
    ["an AggregateError with our abort as its cause", new AggregateError([new Error("lost")], "", { cause: reason })],
    ["an AggregateError of nothing", new AggregateError([])],
    ["a list", [reason]],
    ["a text", reason.message],
    ["nothing", undefined],
    ["null", null],
    ["an error that is its own cause", circle],
    ["an AggregateError of itself", Object.assign(circle, { errors: [circle] })],
    ["an error whose cause throws", throwing("cause")],
    ["an error whose errors throw", throwing("errors")],
    ["a hostile proxy", hostile],
    ["a proxy with a new cause each time", endless],
    ["a revoked proxy as the cause", withCause(revoked())],
    ["a revoked proxy as the errors", Object.assign(new Error("x"), { errors: revoked() })]
  ])("%s", (_, error) => {
    expect(isEcho(error)).toBe(false)
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

describe("StopService", () => {
  it("is known when it was thrown in another realm", () => {
    const brand = "[Symbol.for('effect-governor/StopService')]: true"
    const theirs = elsewhere(`Object.assign(new Error(), { restart: false, ${brand} })`)
    expect(theirs).not.toBeInstanceOf(Error)
    expect(stopOf(theirs)).toEqual({ restart: false })
    expect(stopOf(new StopService())).toEqual({ restart: true })
  })
})
