/**
 * Who depends on whom, a line a service. Pure.
 */
import type { Graph } from "../../operations/graph.ts"
import { inLine, named } from "../../operations/inWords.ts"
import { type Column, type Line, span, table } from "./text.ts"

interface Row {
  readonly name: string
  readonly state: string
  readonly needs: string
  readonly neededBy: string
  readonly inside: string
}

const columns: ReadonlyArray<Column<Row>> = [
  { title: "SERVICE", cell: ({ name }) => span(inLine(name)), atLeast: 12 },
  { title: "STATE", cell: ({ state }) => span(state) },
  { title: "INSIDE", cell: ({ inside }) => span(inside), atLeast: 8, leaves: 0 },
  { title: "NEEDED BY", cell: ({ neededBy }) => span(neededBy), atLeast: 10, leaves: 1 },
  { title: "NEEDS", cell: ({ needs }) => span(needs), atLeast: 8, leaves: 2 }
]

/** A name with a star is one that the service is bound to. */
export const graphLines = ({ edges, nodes }: Graph, width: number): ReadonlyArray<Line> => {
  const [below, above, inside] = [new Map<string, string[]>(), new Map<string, string[]>(), new Map<string, string[]>()]
  for (const { from, kind, to } of edges) {
    if (kind === "inside") add(inside, from, named(to))
    else {
      add(below, from, named(to) + (kind === "bindsTo" ? "*" : ""))
      add(above, to, named(from) + (kind === "bindsTo" ? "*" : ""))
    }
  }
  const rows = nodes.map(({ name, state }): Row => ({
    name,
    state,
    needs: (below.get(name) ?? []).join(", "),
    neededBy: (above.get(name) ?? []).join(", "),
    inside: (inside.get(name) ?? []).join(", ")
  }))
  const { head, lines } = table(columns, rows, width)
  const isBound = edges.some(({ kind }) => kind === "bindsTo")
  return [head, ...lines, ...(isBound ? [[span("* bound: stops when what it needs is not ready", "dim")]] : [])]
}

const add = (all: Map<string, Array<string>>, key: string, value: string): void => {
  const values = all.get(key)
  if (values === undefined) all.set(key, [value])
  else values.push(value)
}
