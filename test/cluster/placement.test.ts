/** Where the parts of a service go, with the hash of a real cluster. */
import { assert, describe, it } from "@effect/vitest"
import * as EntityId from "effect/cluster/EntityId"
import { Sharding } from "effect/cluster/Sharding"
import * as TestRunner from "effect/cluster/TestRunner"
import * as Effect from "effect/Effect"
import { nameOfPart } from "../../src/cluster/placement.ts"

const shards = 12

/** The shard of a name. The runner for tests has more shards, a multiple of ours, so the rest is what ours would be. */
const shardOfName = Effect.map(
  Sharding,
  ({ getShardId }) => (name: string) => (getShardId(EntityId.make(name), "default").id - 1) % shards + 1
)

describe("the parts of a service", () => {
  it.effect("are equally many on each shard, beginning with that of the service", () =>
    Effect.gen(function*() {
      const shardOf = yield* shardOfName
      for (const [service, parts] of [["ingest", 12], ["Größe", 24], ["api", 5]] as const) {
        const names = Array.from({ length: parts }, (_, part) => nameOfPart(service, part, shardOf))
        const first = shardOf(service) - 1
        assert.deepStrictEqual(names.map(shardOf), names.map((_, part) => (first + part) % shards + 1))
        assert.strictEqual(new Set(names).size, parts)
        names.forEach((name, part) => assert.match(name, new RegExp(`^${service}/${part}(#\\d+)?$`)))
      }
    }).pipe(Effect.provide(TestRunner.layer)))

  it.effect("have the name that they have anyway, where that is on the right shard", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.sync(() => nameOfPart("a", 3, (name) => name === "a" ? 1 : 4)), "a/3")
    }))
})
