/**
 * The services as a graph, and as text for tools that draw graphs. Pure.
 */
import { inLine } from "./inWords.ts"
import { beside, dependenciesOf, type Node, type Tree, treeOf } from "./Tree.ts"
import type { ServiceSpec, Status, View } from "./View.ts"

interface GraphNode {
  /** The path of the service. */
  readonly name: string
  readonly state: Status["_tag"]
  readonly spec?: ServiceSpec
}

/** `dependsOn` and `bindsTo` go from a service to its dependency, `inside` to a service of the governor inside. */
interface Edge {
  readonly from: string
  readonly to: string
  readonly kind: "dependsOn" | "bindsTo" | "inside"
}

export interface Graph {
  readonly nodes: ReadonlyArray<GraphNode>
  readonly edges: ReadonlyArray<Edge>
}

/** The most services around one. */
const most = 200

/**
 * All services; or those around one: those that it needs, directly or through others, and those that need it, the nearest
 * first, 200 at the most. There are none around a service that does not exist.
 */
export const graphOf = (view: View, around?: string, tree = treeOf(view)): Graph => {
  const nodes = around === undefined ? new Set(tree.nodes.values()) : nearest(tree, tree.nodes.get(around))
  return {
    nodes: Array.from(nodes, ({ path, spec, status }) => ({ name: path, state: status._tag, ...(spec && { spec }) })),
    edges: Array.from(nodes).flatMap((node) => edgesOf(tree, node, nodes))
  }
}

const edgesOf = (tree: Tree, node: Node, nodes: ReadonlySet<Node>): ReadonlyArray<Edge> => {
  const bound = new Set(node.spec?.bindsTo.map((name) => beside(node, name)))
  const needs = dependenciesOf(tree, node).filter((one) => nodes.has(one)).map(({ path }): Edge => ({
    from: node.path,
    to: path,
    kind: bound.has(path) ? "bindsTo" : "dependsOn"
  }))
  if (node.around === undefined || !nodes.has(node.around)) return needs
  return [{ from: node.around.path, to: node.path, kind: "inside" }, ...needs]
}

const nearest = (tree: Tree, node: Node | undefined): ReadonlySet<Node> => {
  const found = new Set<Node>()
  if (node === undefined) return found
  const down = new Set([node])
  const up = new Set([node])
  const [below, above] = [down.values(), up.values()]
  for (let left = 2; left > 0 && found.size < most;) {
    left = 0
    for (const [walk, side] of [[below, down], [above, up]] as const) {
      const { value } = walk.next()
      if (value === undefined || found.size >= most) continue
      left++
      found.add(value)
      const next = side === down
        ? [...dependenciesOf(tree, value), ...value.inside]
        : [...value.dependents, value.around]
      for (const one of next) if (one !== undefined && side.size <= most) side.add(one)
    }
  }
  return found
}

// --- as text ---

/** A flowchart of Mermaid: a thick arrow to what a service is bound to, and a dotted one to what is inside. */
export const toMermaid = (graph: Graph): string => {
  const arrows = { dependsOn: "-->", bindsTo: "==>", inside: "-.->" }
  return inText(
    graph,
    "flowchart TD",
    (id, name, state) => `  ${id}["${forMermaid(`${name}: ${state}`)}"]`,
    (from, to, kind) => `  ${from} ${arrows[kind]} ${to}`
  ).join("\n")
}

/** In the language of Graphviz. */
export const toDot = (graph: Graph): string => {
  const styles = { dependsOn: "", bindsTo: " [style=bold]", inside: " [style=dashed]" }
  const lines = inText(
    graph,
    "digraph {",
    (id, name, state) => `  ${id} [label="${forDot(`${name}: ${state}`)}"]`,
    (from, to, kind) => `  ${from} -> ${to}${styles[kind]}`
  )
  return [...lines, "}"].join("\n")
}

const inText = (
  { edges, nodes }: Graph,
  head: string,
  nodeInText: (id: string, name: string, state: string) => string,
  edgeInText: (from: string, to: string, kind: Edge["kind"]) => string
): ReadonlyArray<string> => {
  const ids = new Map(nodes.map(({ name }, i) => [name, `n${i}`]))
  const drawn = edges.filter(({ from, to }) => ids.has(from) && ids.has(to))
  return [
    head,
    ...nodes.map(({ name, state }) => nodeInText(ids.get(name)!, name, state)),
    ...drawn.map(({ from, kind, to }) => edgeInText(ids.get(from)!, ids.get(to)!, kind))
  ]
}

/** Mermaid gives a meaning to many characters, also inside quotes: a first backtick begins Markdown, for example. */
const forMermaid = (text: string): string =>
  inLine(text).replace(/[^\p{L}\p{N} .:/_-]/gu, (character) => `#${character.codePointAt(0)};`)

const forDot = (text: string): string => inLine(text).replace(/["\\]/g, "\\$&")
