import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { Governor, RestartPolicy, Service } from "../../src/index.ts"
import { running } from "../../src/node/governed.ts"
import { catchSignals } from "../../src/node/index.ts"
import { turns } from "../support.ts"

describe("what the process is told of a governor", () => {
  it.effect("who is still running: those that have a run, and no others", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const gate = yield* Deferred.make<void>()
      yield* Effect.addFinalizer(() => Deferred.succeed(gate, undefined))
      yield* governor.add(Service.make("starting", Effect.never, { readiness: "manual" }))
      yield* governor.add(Service.make("running", Effect.never))
      yield* governor.add(Service.make("stopping", Effect.onInterrupt(Effect.never, () => Deferred.await(gate))))
      yield* governor.add(Service.make("backoff", Effect.void, { restart: RestartPolicy.spaced("1 hour") }))
      yield* governor.add(Service.make("stopped", Effect.void))
      yield* governor.add(Service.make("failed", Effect.die("boom")))
      yield* governor.start
      yield* governor.add(Service.make("pending", Effect.never))
      const { stop } = yield* governor.get("stopping")
      yield* Effect.forkChild(stop)
      yield* turns
      assert.deepStrictEqual((yield* governor.status).map(({ _tag }) => _tag.toLowerCase()), [
        "starting",
        "running",
        "stopping",
        "backoff",
        "stopped",
        "failed",
        "pending"
      ])
      assert.deepStrictEqual(running(governor), ["starting", "running", "stopping"])
    }))

  it.effect("catchSignals refuses what it does not know", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const options = { all: true } as {}
      const error = yield* Effect.flip(catchSignals(governor, options))
      assert.deepStrictEqual([error._tag, error.field], ["InvalidOption", "all"])
    }))
})
