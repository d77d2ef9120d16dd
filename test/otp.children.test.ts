/**
 * What can be done to the children of Erlang/OTP's `supervisor`, and when it shuts itself down, in the words of its
 * documentation, beside what a governor does: see `otp.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { ends, permanent, restartOf, shown, transient, type Type } from "./otp.ts"
import { puppet, up } from "./support.ts"

describe("auto_shutdown any_significant", () => {
  const rule =
    "the supervisor will shut itself down when any significant child terminates, that is, when a transient " +
    "significant child terminates normally or when a temporary significant child terminates normally or abnormally"

  // OTP's reason is `shutdown` each time; ours tells in the report whether the child has failed.
  it.effect.each<[rule: string, type: Type, end: keyof typeof ends, "goes on" | "ok" | "failed"]>([
    [rule, "transient", "normal", "ok"],
    [rule, "temporary", "normal", "ok"],
    [rule, "temporary", "crash", "failed"],
    [transient, "transient", "crash", "goes on"],
    // In OTP it is invalid for a permanent one; ours is over when it was restarted too often, or says so itself.
    [permanent, "permanent", "normal", "goes on"],
    [permanent, "permanent", "crash", "goes on"]
  ])("%s (%s, %s: %s)", ([, type, end, then]) =>
    Effect.gen(function*() {
      const children = yield* up({}, { head: { restart: restartOf(type), significant: true }, other: {} })
      yield* children.end("head", ends[end])
      const expected = {
        "goes on": "head 2, other 1",
        ok: "head Stopped, other Stopped",
        failed: "head Failed, other Stopped"
      }
      assert.strictEqual(yield* shown(children.governor), expected[then])
      const { ok, reason } = yield* children.governor.shutdown
      assert.deepStrictEqual([reason._tag, ok], [then === "goes on" ? "Requested" : "Significant", then !== "failed"])
    }))

  it.effect("applies only when they terminate by themselves: not as a consequence of a sibling's death, nor by hand", () =>
    Effect.gen(function*() {
      const head = { restart: restartOf("permanent") }
      const member = { restart: restartOf("temporary"), significant: true }
      const { end, governor, handle } = yield* up({ strategy: "one-for-all" }, { head, member, other: member })
      yield* Effect.flatMap(handle("other"), (other) => other.stop)
      yield* end("head", ends.crash)
      assert.strictEqual(yield* shown(governor), "head 2, member Stopped, other Stopped")
    }))
})

describe("start_child, terminate_child, restart_child and delete_child: add, stop, start and remove", () => {
  const call = Effect.fnUntraced(function*(
    { governor, handle }: Effect.Success<ReturnType<typeof up>>,
    name: string,
    command: "start" | "stop" | "remove"
  ) {
    yield* Effect.flatMap(handle(name), (child): Effect.Effect<void, unknown> => child[command])
    return yield* shown(governor)
  })

  it.effect("child processes added using start_child/2 behave in the same way as the other child processes", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy: "rest-for-one" }, { first: {}, head: {} })
      const late = puppet("late", { restart: restartOf("permanent") })
      yield* Effect.flatMap(governor.add(late.service), (handle) => handle.start)
      yield* late.end(ends.crash)
      assert.strictEqual(yield* shown(governor), "first 1, head 1, late 2")
      yield* Effect.andThen(end("head", ends.crash), TestClock.adjust("1 second"))
      assert.strictEqual(yield* shown(governor), "first 1, head 2, late 3")
    }))

  it.effect("if there already exists a child specification with the specified identifier, it is discarded", () =>
    Effect.gen(function*() {
      const children = yield* up({}, { running: {}, stopped: {} })
      yield* call(children, "stopped", "stop")
      for (const name of ["running", "stopped"]) { // already_started, already_present
        const again = puppet(name)
        assert.strictEqual((yield* Effect.flip(children.governor.add(again.service)))._tag, "DuplicateService")
        assert.deepStrictEqual(again.log, [])
      }
      assert.strictEqual(yield* shown(children.governor), "running 1, stopped Stopped")
    }))

  // OTP: "unless it is a temporary child". Ours keeps that too, and it can be started again.
  it.effect.each<[Type]>([["permanent"], ["transient"], ["temporary"]])(
    "terminate_child: the process is terminated and the child specification is kept; restart_child restarts it (%s)",
    ([type]) =>
      Effect.gen(function*() {
        const children = yield* up({}, { child: { restart: restartOf(type) } })
        assert.strictEqual(yield* call(children, "child", "stop"), "child Stopped")
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* call(children, "child", "start"), "child 2")
      })
  )

  // OTP restarts with the others all it has a specification of: also what was terminated by hand, or had ended normally.
  it.effect("a terminated child process can later be restarted by the supervisor: ours by hand alone (rule 20)", () =>
    Effect.gen(function*() {
      const restart = restartOf("transient")
      const children = yield* up({ strategy: "one-for-all" }, { head: { restart }, byHand: {}, done: { restart } })
      yield* call(children, "byHand", "stop")
      yield* children.end("done", ends.normal)
      yield* children.end("head", ends.crash)
      assert.strictEqual(yield* shown(children.governor), "head 2, byHand Stopped, done Stopped")
      assert.strictEqual(yield* call(children, "byHand", "start"), "head 2, byHand 2, done Stopped")
    }))

  it.effect("restart_child: if the process is already running, {error,running}: ours does nothing", () =>
    Effect.gen(function*() {
      const children = yield* up({}, { child: {} })
      assert.strictEqual(yield* call(children, "child", "start"), "child 1")
    }))

  it.effect("delete_child: if it is running or about to be restarted, {error,running} or {error,restarting}: ours stops it", () =>
    Effect.gen(function*() {
      const children = yield* up({}, { running: {}, restarting: {}, other: {} })
      yield* children.end("restarting", ends.crash)
      assert.strictEqual(yield* shown(children.governor), "running 1, restarting Backoff, other 1")
      yield* call(children, "restarting", "remove")
      yield* call(children, "running", "remove")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* shown(children.governor), "other 1")
    }))

  it.effect("if the child specification identified by Id does not exist, {error,not_found}", () =>
    Effect.gen(function*() {
      const children = yield* up({}, { child: {} })
      const found = yield* children.handle("child")
      yield* call(children, "child", "remove")
      assert.strictEqual((yield* Effect.flip(children.handle("child")))._tag, "UnknownService")
      assert.strictEqual((yield* Effect.flip(found.start))._tag, "UnknownService")
    }))
})
