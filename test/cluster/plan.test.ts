import { describe, expect, it } from "vitest"
import { type Fault, faultInWords, nodes, roundOf } from "./plan.ts"

const rounds = Array.from({ length: 2000 }, (_, round) => roundOf(1, round))
const faults = rounds.flat().map(({ fault }) => fault)
const nodeOf = (fault: Fault) => "node" in fault ? [fault.node] : []

describe("the plan of a round", () => {
  it("is the same for the same seed, and another one for another seed or round", () => {
    expect(roundOf(7, 3)).toEqual(roundOf(7, 3))
    expect(new Set([roundOf(7, 3), roundOf(8, 3), roundOf(7, 4)].map((plan) => JSON.stringify(plan))).size).toBe(3)
  })

  it("is one fault or two, and never two of one node or two of the database", () => {
    for (const round of rounds) {
      const whom = round.flatMap(({ fault }) => nodeOf(fault))
      expect([1, 2]).toContain(round.length)
      expect(new Set(whom).size).toBe(whom.length)
      expect(round.length - whom.length).toBeLessThan(2)
    }
    expect(new Set(rounds.map(({ length }) => length)).size).toBe(2)
  })

  it.each([
    ["Kill", 8],
    ["Leave", 8],
    ["Freeze", 4],
    ["Block", 8],
    ["Cut", 4],
    ["Restart", 8]
  ])("has a %s in one of %d faults, of each node", (tag, share) => {
    const own = faults.filter(({ _tag }) => _tag === tag)
    expect(own.length).toBeGreaterThan(faults.length / share / 1.3)
    expect(own.length).toBeLessThan(faults.length / share * 1.3)
    expect(new Set(own.flatMap(nodeOf)).size).toBe(tag === "Restart" ? 0 : nodes)
  })

  it("freezes and cuts for less and for more than a lease", () => {
    const leases = faults.flatMap((fault) => "leases" in fault ? [fault.leases] : [])
    expect(Math.min(...leases)).toBe(0.3)
    expect(Math.max(...leases)).toBe(1.8)
  })

  it.each<[Fault, string]>([
    [{ _tag: "Kill", node: 2 }, "Kill of node 2"],
    [{ _tag: "Cut", node: 0, leases: 1.2 }, "Cut of node 0 for 1.2 leases"],
    [{ _tag: "Restart", how: "fast" }, "Restart of the database, fast"]
  ])("is said in words: %j", (fault, words) => {
    expect(faultInWords(fault)).toBe(words)
  })
})
