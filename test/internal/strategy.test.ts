import { assert, describe, it } from "@effect/vitest"
import { group, type Strategy } from "../../src/internal/lifecycle/strategy.ts"

const added = ["db", "cache", "api", "page", "clock"]
const above = (name: string): ReadonlySet<string> =>
  new Set({ db: ["api", "page"], api: ["page"], cache: ["api", "page"] }[name] ?? [])

describe("whom a restart takes with it (rule 20)", () => {
  const table: ReadonlyArray<[Strategy, failed: string, group: ReadonlyArray<string>]> = [
    ["one-for-one", "api", ["api"]],
    ["one-for-all", "api", added],
    ["one-for-all", "clock", added],
    ["rest-for-one", "db", added],
    ["rest-for-one", "api", ["api", "page", "clock"]],
    ["rest-for-one", "clock", ["clock"]],
    ["dependents", "db", ["db", "api", "page"]],
    ["dependents", "cache", ["cache", "api", "page"]],
    ["dependents", "page", ["page"]],
    ["dependents", "clock", ["clock"]]
  ]
  for (const [strategy, failed, expected] of table) {
    it(`${strategy}, ${failed}: ${expected.join(", ")}`, () => {
      assert.deepStrictEqual(group(strategy, added, above, failed), expected)
    })
  }
})
