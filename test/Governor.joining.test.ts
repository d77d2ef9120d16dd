/** A governor whose process has to join its cluster first, and may have to leave it. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Service } from "../src/index.ts"
import { pass, turns, watched } from "./support.ts"

/** A governor that is held back, with services that were added. */
const heldBack = Effect.fnUntraced(function*(...services: ReadonlyArray<Service.Service>) {
  yield* TestClock.adjust(0)
  const all = yield* watched()
  for (const service of services) yield* all.governor.add(service)
  all.governor.door.holdBack()
  all.clear()
  return { ...all, letIn: Effect.andThen(Effect.sync(all.governor.door.letIn), turns) }
})

describe("a governor that is held back", () => {
  it.effect("begins nothing until it is let in, and then everything, in order", () =>
    Effect.gen(function*() {
      const { governor, letIn, lines } = yield* heldBack(
        Service.make("api", Effect.never, { dependsOn: ["database"] }),
        Service.make("database", Effect.never)
      )
      yield* Effect.andThen(governor.start, turns)
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Starting")), [])
      yield* letIn
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Starting")), [
        "Starting database#1",
        "Starting api#1"
      ])
    }))

  it.effect("refuses at once what is refused at a start", () =>
    Effect.gen(function*() {
      const { governor } = yield* heldBack(Service.make("api", Effect.never, { dependsOn: ["database"] }))
      assert.strictEqual((yield* Effect.flip(governor.start)).field, "dependsOn")
    }))

  it.effect("begins what is started by itself, once it is let in, and not what is stopped meanwhile", () =>
    Effect.gen(function*() {
      const { governor, letIn } = yield* heldBack(
        Service.make("api", Effect.never),
        Service.make("mails", Effect.never)
      )
      const [api, mails] = [yield* governor.get("api"), yield* governor.get("mails")]
      yield* api.start // returns: the run waits
      yield* mails.start
      yield* mails.stop
      yield* letIn
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag), ["Running", "Pending"])
    }))

  it.effect("is not ready before it is let in, also with services that are to run elsewhere", () =>
    Effect.gen(function*() {
      const { governor, letIn } = yield* heldBack()
      yield* governor.door.place(Service.make("billing", Effect.never), {
        gate: Effect.succeed(1),
        wish: () => Effect.void,
        forget: () => {}
      })
      yield* governor.start
      const ready = yield* Effect.forkChild(governor.awaitReady)
      yield* turns
      assert.isUndefined(ready.pollUnsafe())
      yield* letIn
      assert.isDefined(ready.pollUnsafe())
    }))

  it.effect("keeps a service that is claimed already from its gate", () =>
    Effect.gen(function*() {
      const { governor, letIn } = yield* heldBack()
      const placed = { gate: Effect.succeed(7), wish: () => Effect.void, forget: () => {} }
      const handle = yield* governor.door.place(Service.make("billing", Effect.never), placed)
      yield* governor.start
      yield* Scope.provide(governor.door.claim(handle), Scope.makeUnsafe())
      yield* turns
      assert.strictEqual((yield* handle.status)._tag, "Standby")
      yield* letIn
      assert.strictEqual((yield* handle.status)._tag, "Running")
    }))

  it.effect("keeps a service over that was over when the claim went with the node", () =>
    Effect.gen(function*() {
      const { governor, letIn } = yield* heldBack()
      const placed = { gate: Effect.succeed(7), wish: () => Effect.void, forget: () => {} }
      const handle = yield* governor.door.place(Service.make("billing", Effect.void), placed)
      yield* Effect.andThen(governor.start, letIn)
      const scope = Scope.makeUnsafe()
      yield* Effect.andThen(Scope.provide(governor.door.claim(handle), scope), turns)
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
      governor.door.holdBack()
      yield* Effect.andThen(Scope.close(scope, Exit.void), turns)
      assert.strictEqual((yield* handle.status)._tag, "Stopped")
    }))

  it.effect("is active, and shuts down without a run", () =>
    Effect.gen(function*() {
      const { governor, lines } = yield* heldBack(Service.make("api", Effect.never))
      yield* governor.start
      const end = yield* Effect.forkChild(governor.awaitShutdown)
      yield* pass(60_000)
      assert.isUndefined(end.pollUnsafe())
      yield* governor.shutdown
      const { ok, services } = yield* Fiber.join(end)
      assert.deepStrictEqual([ok, services.map(({ name, outcome }) => `${name} ${outcome}`)], [true, ["api Stopped"]])
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("Starting")), [])
    }))
})

describe("a governor that is expelled", () => {
  const cause = Cause.fail("another process has the address")

  it.effect("shuts down with a report that says why, and is not ok though all have ended well", () =>
    Effect.gen(function*() {
      const { governor } = yield* heldBack(Service.make("api", Effect.never))
      yield* governor.start
      const { ok, reason, services } = yield* governor.door.expel(cause, 500)
      assert.deepStrictEqual([ok, services.map(({ outcome }) => outcome)], [false, ["Stopped"]])
      assert.deepStrictEqual(reason, { _tag: "Expelled", cause })
      assert.deepInclude(yield* governor.awaitShutdown, { ok: false, reason })
    }))

  it.effect("is not ok either if it shuts down already, and has less time for that", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      const { governor } = yield* watched()
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 hour"))
      yield* governor.add(Service.make("slow", slow))
      yield* Effect.andThen(governor.start, turns)
      const end = yield* Effect.forkChild(governor.shutdown)
      yield* turns
      yield* Effect.forkChild(governor.door.expel(cause, 500))
      yield* pass(500)
      const exit = end.pollUnsafe()
      assert.isTrue(exit !== undefined && Exit.isSuccess(exit) && !exit.value.ok)
      assert.strictEqual(governor.door.ends().ok, false)
    }))
})

describe("a governor that is kept", () => {
  it.effect("is not over when its services are, until it is let go", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      const handle = yield* governor.add(Service.make("api", Effect.never))
      yield* governor.start
      const over = yield* Effect.forkChild(governor.awaitShutdown)
      const [letGo, again] = [governor.door.keep(), governor.door.keep()]
      yield* Effect.andThen(handle.stop, turns)
      yield* Effect.sync(letGo)
      yield* Effect.andThen(Effect.sync(letGo), turns)
      assert.isUndefined(over.pollUnsafe(), "it is kept twice")
      yield* handle.start
      yield* Effect.andThen(handle.stop, turns)
      yield* Effect.sync(again)
      assert.deepStrictEqual((yield* Fiber.join(over)).reason, { _tag: "AllOver" })
    }))

  it.effect("shuts down like any other, and being let go after that is no matter", () =>
    Effect.gen(function*() {
      const { governor } = yield* watched()
      yield* governor.add(Service.make("api", Effect.never))
      yield* governor.start
      const letGo = governor.door.keep()
      assert.strictEqual((yield* governor.shutdown).ok, true)
      yield* Effect.sync(letGo)
      yield* Effect.sync(governor.door.keep())
    }))
})
