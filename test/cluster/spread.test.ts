import * as Hash from "effect/Hash"
import { expect, test } from "vitest"
import { groups, placeOf } from "../../src/cluster/spread.ts"

const slots = 12
const slotOf = (name: string) => Math.abs(Hash.string(name) % slots) + 1
const shardOf = (path: string) => {
  const { group, name } = placeOf(path, slots, slotOf)
  return `${group} ${slotOf(name)}`
}
const parts = (name: string, count: number) => Array.from({ length: count }, (_, part) => `${name}/${part}`)

test("the parts of a service are in one group, and as evenly in its shards as their number allows", () => {
  for (const count of [1, 2, 6, 12, 13, 24, 100]) {
    const shards = parts("ingest", count).map(shardOf)
    expect(new Set(shards.map((shard) => shard.split(" ")[0])).size).toBe(1)
    const counts = Array.from(new Set(shards), (shard) => shards.filter((other) => other === shard).length)
    expect(counts.length).toBe(Math.min(count, slots))
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  }
})

test("few other services share a shard", () => {
  const shards = Array.from({ length: 100 }, (_, i) => shardOf(`service-${i}`))
  expect(new Set(shards).size).toBeGreaterThan(60)
})

test("a service keeps its place: nodes of two versions agree", () => {
  expect(placeOf("billing", slots, slotOf)).toEqual({ name: "billing", group: "group-9" })
  expect(placeOf("ingest/3", slots, slotOf).name).toMatch(/^ingest\/3(#\d+)?$/)
  expect(groups).toHaveLength(25)
})
