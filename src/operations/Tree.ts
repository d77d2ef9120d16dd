/**
 * The services of a view, and how they are related. Pure.
 */
import type { ServiceSpec, Status, View } from "./View.ts"

/** A service, its place in the tree, and how it is supervised. */
export interface Node {
  readonly path: string
  readonly status: Status
  /** Absent if the view does not say how the service is supervised. */
  readonly spec: ServiceSpec | undefined
  /** The service around the governor that this one is in. */
  readonly around: Node | undefined
  /** The outermost service around this one that has no run: so this one has none either. */
  readonly downIn: Node | undefined
  /** The services of the governor inside, as they were added. */
  readonly inside: ReadonlyArray<Node>
  /** The services beside this one that depend on this one, as they were added. */
  readonly dependents: ReadonlyArray<Node>
}

export interface Tree {
  /** Each service is followed by those inside it. */
  readonly nodes: ReadonlyMap<string, Node>
  /** The services of the outermost governor. */
  readonly top: ReadonlyArray<Node>
}

type Growing = Node & { readonly inside: Array<Node>; readonly dependents: Array<Node> }

/** Reads each service and each dependency once. */
export const treeOf = ({ services, specs }: View): Tree => {
  const nodes = new Map<string, Growing>()
  const top: Array<Node> = []
  for (const [path, status] of services) {
    const around = nodes.get(path.slice(0, Math.max(0, path.lastIndexOf("/"))))
    const downIn = around === undefined || around.downIn !== undefined || hasRun(around) ? around?.downIn : around
    const node: Growing = { path, status, spec: specs.get(path), around, downIn, inside: [], dependents: [] }
    nodes.set(path, node)
    ;(around?.inside ?? top).push(node)
  }
  for (const node of nodes.values()) {
    for (const dependency of dependenciesOf({ nodes }, node) as ReadonlyArray<Growing>) dependency.dependents.push(node)
  }
  return { nodes, top }
}

/** The path of the service of this name in the same governor. */
export const beside = ({ path }: Pick<Node, "path">, name: string): string =>
  path.slice(0, path.lastIndexOf("/") + 1) + name

/** The dependencies of the service, as far as they were added. */
export const dependenciesOf = ({ nodes }: Pick<Tree, "nodes">, node: Node): ReadonlyArray<Node> =>
  Array.from(new Set(node.spec?.dependsOn), (name) => nodes.get(beside(node, name))).filter((one) => one !== undefined)

/** The services that are bound to this one. */
export const boundTo = ({ dependents, path }: Node): ReadonlyArray<Node> => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  return dependents.filter(({ spec }) => spec?.bindsTo.includes(name) === true)
}

/** The service and all services inside it, each followed by those inside it. A loop, because a tree may be deeper than a stack. */
export const withInside = (node: Node): ReadonlyArray<Node> => {
  const all: Array<Node> = []
  const left = [node]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    all.push(next)
    for (let i = next.inside.length - 1; i >= 0; i--) left.push(next.inside[i]!)
  }
  return all
}

/** Whether a run is there, or the next one is on its way. */
export const isWanted = ({ status: { _tag } }: Node): boolean =>
  _tag === "Starting" || _tag === "Running" || _tag === "Backoff" || _tag === "Waiting"

/** Whether a run is there that was not asked to end. */
export const isUp = ({ status: { _tag } }: Node): boolean => _tag === "Starting" || _tag === "Running"

/** Whether a run is there. */
export const hasRun = (node: Node): boolean => isUp(node) || node.status._tag === "Stopping"

/** Whether the run has failed, and has not ended yet: nothing has to ask for its end. */
export const endsByItself = ({ status: { _tag, lastFailure, run } }: Node): boolean =>
  _tag === "Starting" && lastFailure?.run === run
