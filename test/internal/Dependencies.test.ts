import { assert, describe, it } from "@effect/vitest"
import * as Graph from "effect/Graph"
import * as Option from "effect/Option"
import fc from "fast-check"
import { InvalidOption } from "../../src/GovernorError.ts"
import { Dependencies } from "../../src/internal/lifecycle/Dependencies.ts"

const graphOf = (dependsOn: Record<string, ReadonlyArray<string>>) => {
  const graph = new Dependencies()
  for (const [name, on] of Object.entries(dependsOn)) graph.add(name, on)
  return graph
}

const isPlaced = () => false

const below = (dependsOn: Record<string, ReadonlyArray<string>>, names = Object.keys(dependsOn)) => {
  const services = new Map(Object.keys(dependsOn).map((name) => [name, name]))
  return [...graphOf(dependsOn).below(names, services, () => false, isPlaced)]
}

const refusal = (task: () => unknown): string => {
  try {
    task()
  } catch (error) {
    if (error instanceof InvalidOption) return `${error.service}.${error.message}`
  }
  return "not refused"
}

describe("the graph of dependencies (rule 17)", () => {
  it("names all that one depends on, dependencies first, each once", () => {
    const diamond = { api: ["cache", "db"], cache: ["db"], db: [], idle: [] }
    assert.deepStrictEqual(below(diamond, ["api"]), ["db", "cache", "api"])
  })

  it("does not go below what is up", () => {
    const graph = graphOf({ api: ["cache"], cache: ["db"] })
    const services = new Map([["api", false], ["cache", true], ["db", false]])
    assert.deepStrictEqual([...graph.below(["api"], services, (isUp) => isUp, isPlaced)], ["api"])
  })

  it("refuses a circle, with its path, and a service that depends on itself", () => {
    assert.strictEqual(
      refusal(() => below({ a: ["b"], b: ["c"], c: ["d"], d: ["b"] })),
      "b.dependsOn of service \"b\": expected dependencies without a circle, got \"b\" → \"c\" → \"d\" → \"b\""
    )
    assert.include(refusal(() => below({ a: ["a"] })), "got \"a\" → \"a\"")
  })

  it("refuses a name nobody has, and says which there are", () => {
    assert.strictEqual(
      refusal(() => below({ api: ["dbx"], db: [], cache: [] })),
      "api.dependsOn of service \"api\": expected the names of other services of this governor (known: \"db\", \"cache\"), got \"dbx\""
    )
    assert.include(refusal(() => below({ api: ["db"] })), "(known: none), got \"db\"")
  })

  it("knows who depends on one, and forgets the removed", () => {
    const graph = graphOf({ cache: ["db"], api: ["cache", "db"] })
    assert.deepStrictEqual([...graph.dependentsOf("db")], ["cache", "api"])
    assert.deepStrictEqual([...graph.above("db")], ["cache", "api"])
    graph.remove("api")
    assert.deepStrictEqual([[...graph.above("db")], graph.has("api"), graph.has("db")], [["cache"], false, true])
    graph.remove("cache")
    assert.deepStrictEqual([graph.has("db"), graph.isEmpty], [false, true])
  })

  it("finds a circle exactly where Effect's graph finds one, and otherwise an order that holds", () => {
    const name = fc.nat(7).map(String)
    const edges = fc.array(fc.tuple(name, name), { maxLength: 14 })
    fc.assert(fc.property(edges, (edges) => {
      const dependsOn: Record<string, Array<string>> = Object.fromEntries(
        Array.from({ length: 8 }, (_, n) => [String(n), []])
      )
      for (const [from, to] of edges) dependsOn[from]!.push(to)
      const graph = Graph.directed<string, undefined>((mutable) => {
        const nodes = Object.keys(dependsOn).map((name) => Graph.addNode(mutable, name))
        for (const [from, to] of edges) Graph.addEdge(mutable, nodes[Number(from)]!, nodes[Number(to)]!, undefined)
      })
      const isCyclic = Option.isSome(Graph.findCycle(graph))
      assert.strictEqual(refusal(() => below(dependsOn)).includes("→"), isCyclic)
      if (isCyclic) return
      const order = below(dependsOn)
      assert.strictEqual(order.length, 8)
      for (const [from, to] of edges) assert.isBelow(order.indexOf(to), order.indexOf(from))
    }))
  })

  it("finds a circle that goes through what is up, once one was added that others depended on before", () => {
    const graph = graphOf({ cache: ["db"], api: ["cache"], db: ["api"] })
    const services = new Map([["db", false], ["api", true], ["cache", true]])
    const isUp = (isUp: boolean) => isUp
    const refused = "got \"db\" → \"api\" → \"cache\" → \"db\""
    assert.include(refusal(() => graph.below(["db"], services, isUp, isPlaced)), refused)
    assert.include(refusal(() => graph.below(["db"], services, isUp, isPlaced)), refused, "it was looked at")
    graph.remove("db")
    graph.add("db", ["disk"])
    services.set("disk", true)
    assert.deepStrictEqual([...graph.below(["db"], services, isUp, isPlaced)], ["db"])
  })

  it("takes no notice of what one names that was added after its dependents, until it is started", () => {
    const graph = graphOf({ page: ["api"], cache: ["db"], api: ["cache"], db: ["api", "disk"] })
    const services = new Map([["db", false], ["api", true], ["cache", true], ["page", true], ["disk", true]])
    const isUp = (isUp: boolean) => isUp
    assert.deepStrictEqual([...graph.above("db")], ["cache"], "the api was not started either")
    assert.deepStrictEqual(
      [...graph.below(["api"], services, isUp, isPlaced)],
      ["api"],
      "there is a circle, but it is not in it"
    )
    assert.deepStrictEqual([...graph.above("db")], ["cache", "api", "page"])
    assert.deepStrictEqual([[...graph.above("disk")], [...graph.of("db")]], [[], []])
    graph.remove("cache")
    assert.deepStrictEqual([...graph.below(["db"], services, isUp, isPlaced)], ["db"])
    assert.deepStrictEqual([[...graph.above("disk")], [...graph.of("db")]], [["db"], ["api", "disk"]])
  })

  it("has an order for what depends on itself, too: dependencies first, as far as that goes, within those asked for", () => {
    const graph = graphOf({ db: ["disk"], self: ["self", "db"], b: ["c", "db"], a: ["b"], page: ["a"], c: ["a"] })
    const inOrder = (...others: Array<string>) => [...graph.inOrder(["page", "self"], new Set(others))]
    assert.deepStrictEqual(inOrder("a", "b", "c", "db"), ["c", "db", "b", "a", "page", "self"])
    assert.deepStrictEqual(inOrder("b", "db"), ["page", "db", "self"])
  })

  it("walks a chain of a hundred thousand", () => {
    const chain = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`${n}`, n === 0 ? [] : [`${n - 1}`]]))
    assert.strictEqual(below(chain, ["99999"]).length, 100_000)
    assert.strictEqual(graphOf(chain).above("0").size, 99_999)
  })
})
