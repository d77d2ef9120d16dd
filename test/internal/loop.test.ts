import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import * as Scope from "effect/Scope"
import { setImmediate as turn } from "node:timers/promises"
import { vi } from "vitest"
import { Governor, RestartPolicy, Service, StopService } from "../../src/index.ts"
import * as Loop from "../../src/internal/engine/loop.ts"
import type { GovernorState } from "../../src/internal/lifecycle/GovernorState.ts"
import type { ServiceState } from "../../src/internal/lifecycle/ServiceState.ts"

/** Services that end at once, in every way, and are restarted at once, for as long as `use` takes. */
const storm = async (services: number, use: (runs: () => number) => Promise<void>) => {
  let runs = 0
  const scope = Scope.makeUnsafe()
  const ways: ReadonlyArray<Service.Service<string>["run"]> = [
    Effect.sync(() => void runs++),
    Effect.suspend(() => Effect.fail(String(runs++))),
    Effect.promise(async () => void runs++)
  ]
  const start = Effect.gen(function*() {
    const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
    for (let i = 0; i < services; i++) yield* governor.add(Service.make(`s${i}`, ways[i % ways.length]!))
    yield* governor.add(Service.fromPromise("rejects", async () => {
      throw new Error(String(runs++))
    }))
    yield* governor.start
  })
  await Effect.runPromise(Scope.provide(Effect.provideService(start, MinimumLogLevel, "None"), scope))
  try {
    await use(() => runs)
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
  const after = runs
  await turn()
  assert.strictEqual(runs, after, "no run begins after the end")
}

describe("a zero-delay restart storm (rule 6)", () => {
  for (const services of [1, 1000]) {
    it(`of ${services} leaves the event loop its turns, and goes on`, () =>
      storm(services, async (runs) => {
        for (let turns = 0; turns < 200; turns++) await turn()
        assert.isAbove(runs(), 200)
      }))

    it(`of ${services} leaves timers and the other services responsive`, () =>
      storm(services, async (runs) => {
        const before = runs()
        // A chain of timers, promises and fibers: each link needs a turn of the loop.
        for (let i = 0; i < 20; i++) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          await Effect.runPromise(Effect.yieldNow)
        }
        assert.isAbove(runs(), before)
      }))
  }

  it("restarts many times within one turn: a yield for each would cost more than the restart", () =>
    storm(1, async (runs) => {
      const before = runs()
      for (let turns = 0; turns < 50; turns++) await turn()
      assert.isAbove((runs() - before) / 50, 10)
    }))
})

it("what led to a restart is in no stack of the next run: frames cost as much as all the rest of a crash", async () => {
  const stacks: Array<string> = []
  const crash = async () => {
    stacks.push(new Error("again").stack!)
    await Promise.resolve()
    if (stacks.length === 3) throw new StopService({ restart: false })
    throw new Error("again")
  }
  const program = Effect.gen(function*() {
    const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
    yield* governor.add(Service.fromPromise("crashes", crash))
    yield* governor.start
    yield* governor.awaitShutdown
  })
  await Effect.runPromise(Effect.scoped(Effect.provideService(program, MinimumLogLevel, "None")))
  assert.lengthOf(stacks, 3)
  assert.deepStrictEqual(stacks.slice(1).filter((stack) => /restartOrNot|backOff|ended/.test(stack)), [])
})

describe("a storm of a group (rules 6 and 20)", () => {
  it("leaves the event loop its turns, though no run takes one", async () => {
    const scope = Scope.makeUnsafe()
    let runs = 0
    const start = Effect.gen(function*() {
      const governor = yield* Governor.make({ strategy: "one-for-all", restart: RestartPolicy.spaced(0) })
      const crash = async () => {
        if (runs++ > 100_000) return new Promise<never>(() => {}) // else nobody could tell
        await Promise.resolve()
        throw new Error("again")
      }
      yield* governor.add(Service.fromPromise("crashes", crash))
      yield* governor.add(Service.make("other", Effect.never))
      yield* governor.start
    })
    await Effect.runPromise(Scope.provide(Effect.provideService(start, MinimumLogLevel, "None"), scope))
    for (let turns = 0; turns < 20; turns++) await turn()
    const after = runs
    await Effect.runPromise(Scope.close(scope, Exit.void))
    assert.isBelow(after, 100_000)
    assert.isAbove(after, 20)
  })
})

describe("under TestClock", () => {
  it.effect("a storm yields all the same: its budget is of real time", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
      let runs = 0
      yield* governor.add(Service.make("a", Effect.sync(() => void runs++)))
      yield* governor.start
      for (let turns = 0; turns < 20; turns++) yield* Effect.yieldNow
      assert.isAbove(runs, 20)
    }))
})

describe("under faked timers", () => {
  it("a storm yields and goes on, and so do others after them", async () => {
    vi.useFakeTimers()
    try {
      await storm(1, async (runs) => {
        for (let turns = 0; turns < 20; turns++) await turn()
        assert.isAbove(runs(), 20)
      })
    } finally {
      vi.useRealTimers()
    }
    await storm(1, async (runs) => {
      for (let turns = 0; turns < 20; turns++) await turn()
      assert.isAbove(runs(), 20)
    })
  })
})

/** A governor and its services, as the loop sees them. `settles` and `begins` are called then. */
const fake = (log: Array<string>, does: Readonly<Record<string, () => void>> = {}) => {
  const act = (what: string) => {
    log.push(what)
    does[what]?.()
  }
  const governor = (name: string) => {
    const state = {
      isDue: false,
      settle: () => act(`${name} settles`),
      begin: (service: { name: string }) => act(service.name)
    }
    return state as unknown as GovernorState
  }
  const service = (name: string, of: GovernorState) =>
    ({ name, governor: of, wait: undefined }) as unknown as ServiceState
  return { governor, service }
}

describe("the loop of the process", () => {
  it("attends to one governor at a time: what happens meanwhile comes after it, in order", () => {
    const log: Array<string> = []
    const { governor } = fake(log, {
      "a settles": () => {
        Loop.attend(b)
        Loop.attend(c)
        Loop.attend(b)
        log.push("a has settled")
      },
      "c settles": () => log.length < 8 && Loop.attend(b)
    })
    const [a, b, c] = [governor("a"), governor("b"), governor("c")]
    Loop.attend(a)
    assert.deepStrictEqual(log, ["a settles", "a has settled", "b settles", "c settles", "b settles"])
  })

  it("begins a restart later in the same turn, in the order asked for, and settles its governor behind it", async () => {
    await turn()
    const log: Array<string> = []
    const { governor, service } = fake(log, { one: () => Loop.attend(a) })
    const a = governor("a")
    Loop.restartSoon(service("one", a))
    Loop.restartSoon(service("two", a))
    assert.deepStrictEqual(log, [])
    assert.isFalse(Loop.isIdle())
    while (!Loop.isIdle()) await turn() // how many turns it takes depends on how busy the machine is
    assert.deepStrictEqual(log, ["one", "a settles", "two"])
  })

  it("leaves the event loop its turn when the budget is used up", async () => {
    await turn()
    await turn()
    const log: Array<string> = []
    const { governor, service } = fake(log, {
      busy: () => {
        const end = performance.now() + 5 // longer than the budget of a turn
        while (performance.now() < end);
      }
    })
    const a = governor("a")
    Loop.restartSoon(service("busy", a))
    Loop.restartSoon(service("next", a))
    await Promise.resolve()
    assert.deepStrictEqual(log, ["busy"])
    while (!Loop.isIdle()) await turn()
    assert.deepStrictEqual(log, ["busy", "next"])
  })

  it("forgets the places that were taken back, and those of services that wait elsewhere by now", async () => {
    const log: Array<string> = []
    const { governor, service } = fake(log)
    const a = governor("a")
    const [one, two, three] = [service("one", a), service("two", a), service("three", a)]
    for (const each of [one, two, three]) Loop.restartSoon(each)
    Loop.leaveLine(new Set([one]))
    assert.isUndefined(one.wait)
    two.wait = undefined
    Loop.restartSoon(one)
    while (!Loop.isIdle()) await turn()
    assert.deepStrictEqual(log, ["three", "one"])
  })

  it("goes on after a step that throws", async () => {
    const log: Array<string> = []
    const { governor } = fake(log, {
      "a settles": () => {
        Loop.attend(b)
        throw new Error("boom")
      }
    })
    const [a, b, c] = [governor("a"), governor("b"), governor("c")]
    assert.throws(() => Loop.attend(a), "boom")
    Loop.attend(c)
    assert.includeMembers(log, ["b settles", "c settles"])
  })
})
