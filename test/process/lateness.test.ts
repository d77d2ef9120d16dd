/** That a run says what it waits for when that takes long. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Governor, Service, ServiceRun } from "../../src/index.ts"
import { type Host, runHosted } from "../../src/process/Host.ts"
import { sayIfLate } from "../../src/process/lateness.ts"
import { pass, turns } from "../support.ts"

/** A service that waits for its line, which comes after so long, in milliseconds. */
const waiting = Effect.fnUntraced(function*(line: number) {
  yield* TestClock.adjust(0)
  const governor = yield* Governor.make()
  let isThere = false
  const run = Effect.gen(function*() {
    const own = yield* ServiceRun
    yield* sayIfLate(own, () => isThere ? undefined : "no line yet")
    yield* Effect.sleep(line)
    isThere = true
    yield* own.ready
    return yield* Effect.never
  })
  const handle = yield* governor.add(Service.make("server", run, { readiness: "manual" }))
  yield* Effect.andThen(governor.start, turns)
  return handle
})

describe("what a run waits for", () => {
  it.effect("is said after 10 seconds, and is over when it comes", () =>
    Effect.gen(function*() {
      const handle = yield* waiting(11_000)
      yield* pass(9999)
      assert.notProperty(yield* handle.status, "reason")
      yield* pass(1)
      assert.include(yield* handle.status, { _tag: "Starting", reason: "no line yet" })
      yield* pass(1000)
      assert.include(yield* handle.status, { _tag: "Running" })
    }))

  it.effect("is not said if it has come", () =>
    Effect.gen(function*() {
      const handle = yield* waiting(5000)
      yield* pass(20_000)
      assert.include(yield* handle.status, { _tag: "Running" })
    }))
})

describe("a file that does not call serve", () => {
  /** The status of a service, after so long, whose thread says nothing. */
  const silent = Effect.fnUntraced(function*(isReadyAtOnce: boolean) {
    yield* TestClock.adjust(0)
    const governor = yield* Governor.make()
    const host: Host = {
      gone: Deferred.makeUnsafe(),
      heard: undefined,
      hear: () => {},
      isIdle: () => true,
      kill: () => Deferred.doneUnsafe(host.gone, Effect.succeed({ code: 1, signal: null, stderr: [], isClean: true })),
      leave: Effect.void,
      memory: Effect.succeed(undefined),
      tell: () => {},
      askToEnd: (kill) => kill()
    }
    const spec = { data: undefined, isReadyAtOnce, maxMemory: undefined, path: "/work.js" }
    const service = Service.make("silent", runHosted(Effect.succeed(host), spec), { readiness: "manual" })
    const handle = yield* governor.add(service)
    yield* Effect.andThen(governor.start, turns)
    yield* pass(10_000)
    return yield* handle.status
  })

  it.effect("is named after 10 seconds, where the call makes its service ready", () =>
    Effect.gen(function*() {
      assert.include(yield* silent(true), { _tag: "Starting", reason: "its file has not called serve yet" })
    }))

  it.effect("is not named where something else does: the call would not take it back", () =>
    Effect.gen(function*() {
      assert.notProperty(yield* silent(false), "reason")
    }))
})
