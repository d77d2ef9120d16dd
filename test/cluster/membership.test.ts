/** The members of a cluster from memory, with a storage that only counts. */
import { assert, describe, it } from "@effect/vitest"
import { PersistenceError, RunnerUnavailable } from "effect/cluster/ClusterError"
import * as MachineId from "effect/cluster/MachineId"
import * as Runner from "effect/cluster/Runner"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import type { RunnerStorage } from "effect/cluster/RunnerStorage"
import * as ShardId from "effect/cluster/ShardId"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { healthOf, remembered, watchNeighbour } from "../../src/cluster/Membership.ts"

const addresses = ["a", "b", "c"].map((host) => RunnerAddress.make(host, 1))
const [a, b, c] = addresses as [RunnerAddress.RunnerAddress, RunnerAddress.RunnerAddress, RunnerAddress.RunnerAddress]
const runnerAt = (address: RunnerAddress.RunnerAddress) => Runner.make({ address, groups: ["default"], weight: 1 })
const shards = [1, 2, 3].map((id) => ShardId.make("default", id))

const fake = () => {
  const calls: Array<string> = []
  const health = new Map(addresses.map((address) => [address.host, true]))
  const call = <A>(name: string, result: A) =>
    Effect.sync(() => {
      calls.push(name)
      return result
    })
  const storage: RunnerStorage["Service"] = {
    register: () => call("register", MachineId.make(1)),
    unregister: () => call("unregister", undefined),
    getRunners: Effect.suspend(() =>
      call("read", addresses.map((address) => [runnerAt(address), health.get(address.host)!] as const))
    ),
    setRunnerHealth: ({ host }, healthy) =>
      Effect.suspend(() => {
        health.set(host, healthy)
        return call(`${host} ${healthy ? "well" : "dead"}`, undefined)
      }),
    acquire: () => call("acquire", []),
    refresh: () => call("refresh", []),
    release: () => call("release", undefined),
    releaseAll: () => call("releaseAll", undefined)
  }
  const { forget, storage: quick } = remembered(storage, {
    patience: 1000,
    reread: 5000,
    tell: call("tell", undefined)
  })
  return { calls, forget, quick, storage, taken: () => calls.splice(0) }
}

describe("the members from memory", () => {
  it.effect("are read once, and again when the reading is old", () =>
    Effect.gen(function*() {
      const { quick, taken } = fake()
      for (let poll = 0; poll < 25; poll++) {
        assert.lengthOf(yield* quick.getRunners, 3)
        yield* TestClock.adjust(200)
      }
      assert.deepStrictEqual(taken(), ["read"])
      yield* quick.getRunners
      assert.deepStrictEqual(taken(), ["read"])
    }))

  it.effect("are read again after news, also after news that came during a reading", () =>
    Effect.gen(function*() {
      const { forget, quick, storage, taken } = fake()
      yield* quick.getRunners
      yield* forget
      yield* quick.getRunners
      yield* quick.getRunners
      assert.deepStrictEqual(taken(), ["read", "read"])
      const reading = yield* Deferred.make<void>()
      const getRunners = Effect.tap(storage.getRunners, () => Deferred.await(reading))
      const slow = remembered({ ...storage, getRunners }, { patience: 1000, reread: 5000, tell: Effect.void })
      const first = yield* Effect.forkChild(slow.storage.getRunners, { startImmediately: true })
      yield* slow.forget
      yield* Deferred.succeed(reading, undefined)
      yield* Fiber.join(first)
      yield* slow.storage.getRunners
      assert.deepStrictEqual(taken(), ["read", "read"])
    }))

  it.effect("are read again after a reading that failed", () =>
    Effect.gen(function*() {
      const { storage, taken } = fake()
      let fails = true
      const getRunners = Effect.suspend(() =>
        fails ? Effect.fail(new PersistenceError({ cause: "down" })) : storage.getRunners
      )
      const { storage: quick } = remembered({ ...storage, getRunners }, {
        patience: 1000,
        reread: 5000,
        tell: Effect.void
      })
      yield* Effect.flip(quick.getRunners)
      fails = false
      yield* quick.getRunners
      assert.deepStrictEqual(taken(), ["read"])
    }))

  it.effect("are read for the first time when those are there that start at the same time", () =>
    Effect.gen(function*() {
      const { storage, taken } = fake()
      const settled = yield* Effect.cached(Effect.sleep(3000))
      const { storage: quick } = remembered(storage, { patience: 1000, reread: 5000, tell: Effect.void, settled })
      const both = Effect.all([quick.getRunners, quick.getRunners], { concurrency: 2 })
      const reading = yield* Effect.forkChild(both, { startImmediately: true })
      yield* TestClock.adjust(2999)
      assert.deepStrictEqual(taken(), [])
      yield* TestClock.adjust(1)
      yield* Fiber.join(reading)
      yield* quick.getRunners
      assert.include(taken(), "read")
    }))

  it.effect("are told to all when a node comes or is dead, and forgotten here too", () =>
    Effect.gen(function*() {
      const { quick, taken } = fake()
      yield* quick.getRunners
      yield* quick.register(runnerAt(a), true)
      yield* quick.getRunners
      yield* quick.setRunnerHealth(b, false)
      const members = yield* quick.getRunners
      assert.deepStrictEqual(members.map(([, healthy]) => healthy), [true, false, true])
      assert.deepStrictEqual(taken(), ["read", "register", "tell", "read", "b dead", "tell", "read"])
    }))

  it.effect("are not told when a shard moves, or when all nodes fail to hear of it", () =>
    Effect.gen(function*() {
      const { quick, storage, taken } = fake()
      yield* quick.release(a, shards[0]!)
      yield* quick.releaseAll(a)
      assert.deepStrictEqual(taken(), ["release", "releaseAll"])
      const deaf = remembered(storage, { patience: 1000, reread: 5000, tell: Effect.fail("down") })
      yield* deaf.storage.setRunnerHealth(b, false)
    }))
})

describe("a node that leaves", () => {
  it.effect("tells it when the shards that are free at once are free, and again when the last are", () =>
    Effect.gen(function*() {
      const { quick, taken } = fake()
      yield* quick.unregister(a)
      const releases = Effect.forEach(shards, (shard) => quick.release(a, shard), { concurrency: 3, discard: true })
      const releasing = yield* Effect.forkChild(releases, { startImmediately: true })
      yield* TestClock.adjust(99)
      assert.deepStrictEqual(taken(), ["unregister", "release", "release", "release"])
      yield* TestClock.adjust(1)
      yield* Fiber.join(releasing)
      assert.deepStrictEqual(taken(), ["tell"])
      yield* quick.releaseAll(a)
      assert.deepStrictEqual(taken(), ["releaseAll", "tell"])
    }))
})

describe("the health of a node", () => {
  const ping = { timeout: 5000, retries: 2, spacing: 250 }

  it.effect("is asked three times within half a second when its port is closed", () =>
    Effect.gen(function*() {
      let pings = 0
      const refused = Effect.suspend(() => {
        pings++
        return Effect.fail(new RunnerUnavailable({ address: a }))
      })
      const { isAlive } = healthOf({ ping: () => refused }, ping)
      const asking = yield* Effect.forkChild(isAlive(a), { startImmediately: true })
      yield* TestClock.adjust(500)
      assert.isFalse(yield* Fiber.join(asking))
      assert.strictEqual(pings, 3)
    }))

  it.effect("is good when the node answers late, and bad when it never answers", () =>
    Effect.gen(function*() {
      const late = healthOf({ ping: () => Effect.sleep(4999) }, ping)
      const never = healthOf({ ping: () => Effect.never }, ping)
      const asking = yield* Effect.forkChild(Effect.all([late.isAlive(a), never.isAlive(a)], { concurrency: 2 }))
      yield* TestClock.adjust(15_500)
      assert.deepStrictEqual(yield* Fiber.join(asking), [true, false])
    }))
})

describe("a neighbour", () => {
  it.effect("that is dead is told so, and the one after that is the neighbour then", () =>
    Effect.gen(function*() {
      const { quick, taken } = fake()
      const dead = new Set(["c"])
      const asked: Array<string> = []
      const isAlive = ({ host }: RunnerAddress.RunnerAddress) =>
        Effect.sync(() => {
          asked.push(host)
          return !dead.has(host)
        })
      yield* Effect.forkChild(watchNeighbour(b, quick, { isAlive }, 1000), { startImmediately: true })
      assert.deepStrictEqual(asked, ["c"])
      assert.deepStrictEqual(taken(), ["read", "c dead", "tell"])
      yield* TestClock.adjust(1000)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(asked, ["c", "a", "a"])
    }))

  it.effect("is nobody when the node is alone, and a storage that fails is asked again", () =>
    Effect.gen(function*() {
      const { storage, taken } = fake()
      const alone = { ...storage, getRunners: Effect.succeed([[runnerAt(c), true] as const]) }
      const isAlive = () => Effect.succeed(false)
      yield* Effect.forkChild(watchNeighbour(c, alone, { isAlive }, 1000), { startImmediately: true })
      yield* TestClock.adjust(3000)
      assert.deepStrictEqual(taken(), [])
      let readings = 0
      const getRunners = Effect.suspend(() => {
        readings++
        return Effect.fail(new PersistenceError({ cause: "down" }))
      })
      const watching = watchNeighbour(c, { ...storage, getRunners }, { isAlive }, 1000)
      yield* Effect.forkChild(watching, { startImmediately: true })
      yield* TestClock.adjust(3000)
      assert.strictEqual(readings, 4)
    }))
})
