import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { graphOf, toDot, toMermaid } from "../../src/operations/graph.ts"
import { type Made, madeView, running } from "./made.ts"

const view = madeView({
  "database": { status: running },
  "ingest": { status: running, bindsTo: ["database"] },
  "ingest/reader": { status: running },
  "ingest/parser": { status: { _tag: "Pending" }, dependsOn: ["reader", "nobody"] },
  "clock": { status: running }
})

describe("graphOf", () => {
  it("has all services, and how they are related", () => {
    const { edges, nodes } = graphOf(view)
    assert.deepStrictEqual(nodes.map(({ name, state }) => [name, state]), [
      ["database", "Running"],
      ["ingest", "Running"],
      ["ingest/reader", "Running"],
      ["ingest/parser", "Pending"],
      ["clock", "Running"]
    ])
    assert.deepStrictEqual(edges, [
      { from: "ingest", to: "database", kind: "bindsTo" },
      { from: "ingest", to: "ingest/reader", kind: "inside" },
      { from: "ingest", to: "ingest/parser", kind: "inside" },
      { from: "ingest/parser", to: "ingest/reader", kind: "dependsOn" }
    ])
  })

  it("has those around a service: who needs it, and whom it needs", () => {
    const names = (around: string) => graphOf(view, around).nodes.map(({ name }) => name).toSorted()
    assert.deepStrictEqual(names("database"), ["database", "ingest"])
    assert.deepStrictEqual(names("ingest/reader"), ["ingest", "ingest/parser", "ingest/reader"])
    assert.deepStrictEqual(names("clock"), ["clock"])
    assert.deepStrictEqual(names("nobody"), [])
  })

  it("has no more than 200 services around one", () => {
    const services: Record<string, Made> = { database: { status: running } }
    for (let i = 0; i < 500; i++) services[`s${i}`] = { status: running, dependsOn: ["database"] }
    assert.lengthOf(graphOf(madeView(services), "database").nodes, 200)
  })
})

describe("a graph as text", () => {
  it("is a flowchart of Mermaid", () =>
    assert.deepStrictEqual(toMermaid(graphOf(view, "database")).split("\n"), [
      "flowchart TD",
      "  n0[\"database: Running\"]",
      "  n1[\"ingest: Running\"]",
      "  n1 ==> n0"
    ]))

  it("is in the language of Graphviz", () =>
    assert.deepStrictEqual(toDot(graphOf(view, "database")).split("\n"), [
      "digraph {",
      "  n0 [label=\"database: Running\"]",
      "  n1 [label=\"ingest: Running\"]",
      "  n1 -> n0 [style=bold]",
      "}"
    ]))

  it("stays valid whatever the names hold", () =>
    fc.assert(fc.property(
      fc.oneof(
        fc.string({ unit: "binary", minLength: 1 }),
        fc.constantFrom("\"]", "`", "\\", "\\\"", "a\n%%b", "end", "#quot;")
      ),
      (name) => {
        const graph = graphOf(madeView({ [name]: { status: running }, b: { status: running, dependsOn: [name] } }))
        for (const line of toMermaid(graph).split("\n").slice(1)) {
          assert.match(line, /^ {2}n\d+(\["(?:[\p{L}\p{N} .:/_-]|#\d+;)+"\]| --> n\d+)$/u)
        }
        for (const line of toDot(graph).split("\n").slice(1, -1)) {
          assert.match(line, /^ {2}n\d+( \[label="(?:[^"\\\p{Cc}]|\\["\\])+"\]| -> n\d+)$/u)
        }
      }
    )))
})
