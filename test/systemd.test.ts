/**
 * The dependencies of systemd (systemd.unit(5)) and the probes of Kubernetes, as their documentation has them, beside what a
 * governor does: each test has the words of a rule of theirs, and where ours differs on purpose, it says our rule.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { type Governor, RestartPolicy, type Service } from "../src/index.ts"
import { probe } from "../src/testing/index.ts"
import { pass, turns, up, watched } from "./support.ts"

const crash = Exit.fail("lost")

/** Each service with its state and the number of its run, in one line. */
const shown = (governor: Governor.Governor) =>
  Effect.map(
    Effect.andThen(turns, governor.status),
    (all) => all.map(({ _tag, name, run }) => _tag === "Running" ? `${name} ${run}` : `${name} ${_tag}`).join(", ")
  )

describe("systemd: BindsTo=, PartOf= and After=", () => {
  /** What happens to the unit that is listed, and what the others are then: one that requires it, and one that is bound to it. */
  const table: ReadonlyArray<
    [rule: string, happens: (up: Up) => Effect.Effect<unknown, unknown>, then: string, options?: Service.Options]
  > = [
    [
      "BindsTo=: if the unit bound to is stopped, this unit will be stopped too",
      ({ db }) => db.stop,
      "db Stopped, requires 1, bound Waiting"
    ],
    [
      "a unit bound to another unit that suddenly enters inactive state will be stopped too",
      ({ end }) => end("db", crash),
      "db Backoff, requires 1, bound Waiting"
    ],
    [
      "the unit bound to strictly has to be in active state for this unit to also be in active state; so one that has failed: ours fails",
      ({ end }) => end("db", crash),
      "db Failed, requires 1, bound Failed",
      { restart: RestartPolicy.never }
    ],
    [
      "PartOf=: when systemd restarts the units listed here, the action is propagated to this unit",
      ({ db }) => db.restart,
      "db 2, requires 1, bound 2"
    ],
    [
      "PartOf= is a one-way dependency: changes to this unit do not affect the listed units",
      ({ bound }) => bound.restart,
      "db 1, requires 1, bound 2"
    ],
    [
      "RemainAfterExit=: a unit whose process has exited well counts as active; ours whenever it has completed",
      ({ end }) => end("db", Exit.void),
      "db Stopped, requires 1, bound 1",
      { restart: RestartPolicy.never }
    ],
    [
      "Requires=: if this unit gets activated, the units listed will be activated as well",
      ({ bound, db }) => Effect.andThen(Effect.andThen(db.stop, bound.stop), bound.start),
      "db 2, requires 1, bound 2"
    ]
  ]

  interface Up {
    readonly db: Governor.ServiceHandle<unknown>
    readonly bound: Governor.ServiceHandle<unknown>
    readonly end: (name: string, exit: Exit.Exit<void, string>) => Effect.Effect<void>
  }

  it.effect.each(table)("%s", ([, happens, then, options = {}]) =>
    Effect.gen(function*() {
      const { end, governor, handle } = yield* up({}, {
        db: options,
        requires: { dependsOn: ["db"] },
        bound: { bindsTo: ["db"] }
      })
      yield* happens({ db: yield* handle("db"), bound: yield* handle("bound"), end })
      assert.strictEqual(yield* shown(governor), then)
    }))

  it.effect("After=: when two units with an ordering dependency are shut down, the inverse of the start-up order is applied", () =>
    Effect.gen(function*() {
      const { end, handle, lines } = yield* up({}, { db: {}, pool: { bindsTo: ["db"] }, worker: { bindsTo: ["pool"] } })
      yield* Effect.andThen(end("db", crash), pass(1000))
      yield* Effect.andThen(Effect.flatMap(handle("db"), (db) => db.restart), turns)
      const began = (verb: string) => lines.filter((line) => line.startsWith(verb)).map((line) => line.split(/[ #]/)[1])
      assert.deepStrictEqual(began("Stopping"), ["worker", "pool", "db", "worker", "pool"])
      assert.deepStrictEqual(began("Starting"), ["db", "pool", "worker", "db", "pool", "worker"])
    }))

  it.effect("StartLimitBurst=: any start counts; ours does not count that a bound service begins again", () =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ restart: RestartPolicy.spaced(100) }, {
        db: {},
        bound: { bindsTo: ["db"], restart: RestartPolicy.spaced(0, { maxRestarts: 1 }) }
      })
      for (let i = 0; i < 5; i++) yield* Effect.andThen(end("db", crash), pass(100))
      assert.strictEqual(yield* shown(governor), "db 6, bound 6")
      yield* Effect.andThen(end("bound", crash), turns)
      assert.strictEqual(yield* shown(governor), "db 6, bound 7")
    }))
})

describe("OTP: a child that is bound to the one that terminates", () => {
  it.effect.each<[Governor.Options["strategy"], string]>([
    // What is bound begins again whatever its type: in OTP a temporary one would be gone. With its group it goes as its type says.
    ["one-for-one", "other 1, head 2, permanent 2, temporary 2"],
    ["one-for-all", "other 2, head 2, permanent 2, temporary Stopped"],
    ["rest-for-one", "other 1, head 2, permanent 2, temporary Stopped"],
    ["dependents", "other 1, head 2, permanent 2, temporary Stopped"]
  ])("%s", ([strategy, then]) =>
    Effect.gen(function*() {
      const { end, governor } = yield* up({ strategy }, {
        other: {},
        head: {},
        permanent: { bindsTo: ["head"] },
        temporary: { bindsTo: ["head"], restart: RestartPolicy.never }
      })
      yield* Effect.andThen(end("head", crash), pass(1000))
      assert.strictEqual(yield* shown(governor), then)
    }))
})

describe("Kubernetes: the probes of a container", () => {
  const every = 1000
  const check = (results: ReadonlyArray<boolean>) => {
    let i = 0
    return { every, check: Effect.sync(() => results[Math.min(i++, results.length - 1)]) }
  }
  const begun = Effect.fnUntraced(function*(options: Service.Options) {
    yield* TestClock.adjust(0)
    const { governor } = yield* watched({ restart: RestartPolicy.spaced(0) })
    yield* governor.add(probe("container", options))
    yield* Effect.andThen(governor.start, turns)
    const after = (checks: number) => Effect.andThen(Effect.repeat(pass(every), { times: checks - 1 }), shown(governor))
    return { governor, after }
  })

  it.effect("failureThreshold: after a probe fails so many times in a row, the container is not ready; default 3", () =>
    Effect.gen(function*() {
      const { after, governor } = yield* begun({ readiness: check([true, false]) })
      assert.strictEqual(yield* shown(governor), "container 1")
      assert.strictEqual(yield* after(2), "container 1")
      assert.strictEqual(yield* after(1), "container Starting")
    }))

  it.effect("the kubelet continues to run the checks of a container that is not ready; successThreshold: default 1", () =>
    Effect.gen(function*() {
      const { after } = yield* begun({ readiness: check([true, false, false, false, true]) })
      assert.strictEqual(yield* after(3), "container Starting")
      assert.strictEqual(yield* after(1), "container 1")
    }))

  it.effect("livenessProbe: after so many failures in a row the container is restarted", () =>
    Effect.gen(function*() {
      const { after } = yield* begun({ liveness: { ...check([true, false, false, true]), failures: 2 } })
      assert.strictEqual(yield* after(2), "container 1")
      assert.strictEqual(yield* after(1), "container 2")
    }))

  it.effect("startupProbe: liveness does not count before the container has started; ours: before the run was first ready", () =>
    Effect.gen(function*() {
      const { after } = yield* begun({ readiness: "manual", liveness: { ...check([false]), failures: 1 } })
      assert.strictEqual(yield* after(5), "container Starting")
    }))
})
