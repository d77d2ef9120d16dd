/** What follows from a lease, as a table. */
import * as HashRing from "effect/HashRing"
import * as PrimaryKey from "effect/PrimaryKey"
import { describe, expect, test } from "vitest"
import { shardsPerGroup, timingOf, transactionsPerSecond } from "../../src/cluster/timing.ts"
import { InvalidOption } from "../../src/GovernorError.ts"

describe("the times of a cluster", () => {
  test.each(
    [
      { lease: undefined, millis: 15_000, refresh: 3750, third: 5000, reread: 5000 },
      { lease: "15 seconds", millis: 15_000, refresh: 3750, third: 5000, reread: 5000 },
      { lease: 6000, millis: 6000, refresh: 1500, third: 2000, reread: 2000 },
      { lease: "5 seconds", millis: 5000, refresh: 1250, third: 1666, reread: 1666 },
      { lease: "1 minute", millis: 60_000, refresh: 15_000, third: 20_000, reread: 5000 },
      { lease: "1 hour", millis: 3_600_000, refresh: 900_000, third: 1_200_000, reread: 5000 }
    ] as const
  )("follow from a lease of $lease", ({ lease, millis, refresh, reread, third }) => {
    expect(timingOf(lease)).toEqual({
      lease: millis,
      refresh,
      third,
      sharding: {
        shardsPerGroup: 12,
        shardLockRefreshInterval: refresh,
        shardLockExpiration: millis,
        shardLockDisableAdvisory: false,
        refreshAssignmentsInterval: 50,
        runnerJoinDebounce: 3000,
        runnerHealthCheckInterval: 1000,
        entityMessagePollInterval: 1000,
        simulateRemoteSerialization: false
      },
      reread,
      ping: { timeout: third, retries: 2, spacing: 250 }
    })
  })

  test.each([
    [4999, "4999"],
    ["4 seconds", "\"4 seconds\""],
    ["61 minutes", "\"61 minutes\""],
    [0, "0"]
  ])("refuse a lease of %s", (lease, actual) => {
    const expected = "a duration from 5 seconds to 1 hour"
    expect(() => timingOf(lease as number)).toThrow(new InvalidOption({ field: "lease", expected, actual }))
  })

  test.each([[NaN], [Infinity], [-1], ["soon"], [null], [{}]])(
    "refuse a lease of %s, which is no duration",
    (lease) => {
      expect(() => timingOf(lease as number)).toThrow(/^lease: expected a duration such as/)
    }
  )

  test("let a node notice a lost lease within half of it, and leave the other half to stop", () => {
    for (const lease of [5000, 6000, 15_000, 100_001]) {
      const { refresh, third } = timingOf(lease)
      expect(2 * refresh).toBeLessThanOrEqual(lease / 2)
      expect(2 * refresh + third).toBeLessThan(lease)
    }
  })

  test("cost an idle cluster of three nodes at most 3 transactions a second, and with the shortest lease 9", () => {
    expect(transactionsPerSecond(timingOf(undefined), 3)).toBeCloseTo(2.8, 5)
    expect(transactionsPerSecond(timingOf("30 seconds"), 3)).toBeCloseTo(1.7, 5)
    expect(transactionsPerSecond(timingOf("5 seconds"), 3)).toBeCloseTo(8.4, 1)
  })

  test("let a closed port count as a dead node within 1.5 s", () => {
    const { ping, sharding } = timingOf(undefined)
    expect(Number(sharding.runnerHealthCheckInterval) + ping.retries * ping.spacing).toBeLessThanOrEqual(1500)
  })
})

describe("the shards", () => {
  test.each([1, 2, 3, 4, 6, 12])("are equally many on each of %i nodes, whatever their addresses are", (nodes) => {
    for (let trial = 0; trial < 50; trial++) {
      const ring = HashRing.make<Address>()
      for (let node = 0; node < nodes; node++) HashRing.add(ring, new Address(`10.0.${trial}.${node}:4000`))
      const owners = HashRing.getShards(ring, shardsPerGroup)!
      const counts = new Map<string, number>()
      for (const { host } of owners) counts.set(host, (counts.get(host) ?? 0) + 1)
      expect([...counts.values()]).toEqual(Array(nodes).fill(12 / nodes))
    }
  })
})

class Address implements PrimaryKey.PrimaryKey {
  readonly host: string

  constructor(host: string) {
    this.host = host
  }

  [PrimaryKey.symbol]() {
    return this.host
  }
}
