import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import * as Scope from "effect/Scope"
import { setImmediate as turn } from "node:timers/promises"
import { vi } from "vitest"
import { Governor, RestartPolicy, Service, StopService } from "../../src/index.ts"
import * as Pump from "../../src/internal/pump.ts"

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
  assert.deepStrictEqual(stacks.slice(1).filter((stack) => /Restarting|Machine/.test(stack)), [])
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

describe("the pump", () => {
  it("begins what is asked for inside of a beginning after it, in order", async () => {
    const log: Array<string> = []
    const task = (name: string, inside = () => {}): Pump.Task => ({
      begin: () => {
        log.push(`${name} begins`)
        inside()
        log.push(`${name} has begun`)
      }
    })
    Pump.begin(task("a", () => {
      Pump.begin(task("b"))
      Pump.beginWithinBudget(task("c"))
    }))
    assert.deepStrictEqual(log, ["a begins", "a has begun"])
    while (log.length < 6) await turn() // how many it takes depends on how busy the machine is
    assert.deepStrictEqual(log.slice(2), ["b begins", "b has begun", "c begins", "c has begun"])
  })

  it("begins what was asked for inside of a beginning, though no restart has opened a turn", async () => {
    await turn()
    await turn()
    const begun: Array<string> = []
    const inner: Pump.Task = { begin: () => void begun.push("inner") }
    const outer: Pump.Task = {
      begin: () => {
        Pump.begin(inner)
        begun.push("outer")
      }
    }
    Pump.begin(outer)
    while (begun.length < 2) await turn()
    Pump.beginTogether(() => Pump.begin(outer))
    while (begun.length < 4) await turn()
    assert.deepStrictEqual(begun, ["outer", "inner", "outer", "inner"])
  })

  it("begins together all that was asked for, and a restart too as long as the budget lasts", async () => {
    const log: Array<string> = []
    const task = (name: string): Pump.Task => ({ begin: () => void log.push(name) })
    Pump.beginTogether(() => {
      Pump.begin(task("a"))
      Pump.beginTogether(() => Pump.begin(task("b")))
      Pump.beginWithinBudget(task("c"))
      log.push("asked")
    })
    assert.deepStrictEqual(log.slice(0, 3), ["asked", "a", "b"])
    while (log.length < 4) await turn() // whether it lasts depends on how busy the machine is
    assert.deepStrictEqual(log.slice(3), ["c"])
  })

  it("begins what a command asks for before the restarts that wait for their turn, and the rest behind them", async () => {
    await turn()
    await turn()
    const log: Array<string> = []
    const task = (name: string): Pump.Task => ({ begin: () => void log.push(name) })
    const busy: Pump.Task = {
      begin: () => {
        const end = performance.now() + 5 // longer than the budget of a turn
        while (performance.now() < end);
      }
    }
    Pump.beginWithinBudget(busy)
    Pump.beginWithinBudget(task("waits"))
    await Promise.resolve() // the busy one has used up this turn
    Pump.beginTogether(() => {
      Pump.begin(task("asked"))
      Pump.beginWithinBudget(task("restart"))
      Pump.begin(task("behind it"))
    })
    assert.deepStrictEqual(log, ["asked"])
    while (log.length < 4) await turn()
    assert.deepStrictEqual(log, ["asked", "waits", "restart", "behind it"])
  })

  it("goes on after a task that throws", async () => {
    const log: Array<string> = []
    assert.throws(() =>
      Pump.begin({
        begin: () => {
          Pump.begin({ begin: () => void log.push("next") })
          throw new Error("boom")
        }
      })
    )
    Pump.begin({ begin: () => void log.push("later") })
    while (log.length < 2) await turn()
    assert.deepStrictEqual(log.toSorted(), ["later", "next"])
  })
})
