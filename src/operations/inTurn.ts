/**
 * What comes after what, and when at the latest. Pure.
 */
import { dependenciesOf, hasRun, type Node, type Tree, withInside } from "./Tree.ts"

/** When each service begins to start or to stop, and which service it waits for longest. */
export interface Turns<A = Node> {
  readonly begins: ReadonlyMap<A, number>
  readonly waitsFor: ReadonlyMap<A, A>
}

/**
 * The turn of a service comes when all services have been that it follows. `next` says who follows a service. A circle of
 * followers has no beginning: the first of its services begins, as if it followed nobody of them.
 */
export const inTurn = <A = Node>(
  nodes: ReadonlyArray<A>,
  next: (node: A) => ReadonlyArray<A>,
  lengthOf: (node: A) => number
): Turns<A> => {
  const before = new Map(nodes.map((node) => [node, 0]))
  for (const node of nodes) for (const one of next(node)) if (before.has(one)) before.set(one, before.get(one)! + 1)
  const begins = new Map<A, number>()
  const waitsFor = new Map<A, A>()
  const due = nodes.filter((node) => before.get(node) === 0)
  let ends = 0
  const take = (node: A): void => {
    if (!before.delete(node)) return
    if (!begins.has(node)) begins.set(node, 0)
    ends = begins.get(node)! + lengthOf(node)
    for (const one of next(node)) {
      const left = before.get(one)
      if (left === undefined) continue
      if (ends > (begins.get(one) ?? 0)) waitsFor.set(one, node)
      begins.set(one, Math.max(ends, begins.get(one) ?? 0))
      before.set(one, left - 1)
      if (left === 1) due.push(one)
    }
  }
  for (const node of due) take(node)
  for (const node of nodes) {
    const from = due.length
    take(node) // does nothing but for a circle
    for (let i = from; i < due.length; i++) take(due[i]!)
  }
  return { begins, waitsFor }
}

/** When the last of them has been. */
export const endOf = ({ begins }: Turns, lengthOf: (node: Node) => number): number => {
  let end = 0
  for (const [node, begin] of begins) end = Math.max(end, begin + lengthOf(node))
  return end
}

/**
 * The step in which each of these services, and each service inside them, is asked to stop, from 0. The services inside are
 * asked as their governor shuts down, by levels. `next` says who follows a service of these. Loops, because a tree may be
 * deeper than a stack.
 */
export const stopSteps = (
  tree: Tree,
  nodes: ReadonlyArray<Node>,
  next: (node: Node) => ReadonlyArray<Node>
): ReadonlyMap<Node, number> => {
  const lengths = new Map<Node, number>()
  const lengthOf = (node: Node): number => lengths.get(node) ?? 0
  const offsets = new Map<Node, number>()
  const order = (level: ReadonlyArray<Node>, next: (node: Node) => ReadonlyArray<Node>): number => {
    const turns = inTurn(level, next, lengthOf)
    turns.begins.forEach((begin, node) => offsets.set(node, hasRun(node) ? begin : 0))
    return endOf(turns, lengthOf)
  }
  const all = nodes.flatMap(withInside)
  for (const node of all.toReversed()) {
    if (hasRun(node)) lengths.set(node, Math.max(1, order(node.inside, (one) => shutdownNext(tree, one))))
  }
  order(nodes, next)
  const steps = new Map<Node, number>()
  const own = new Set(nodes)
  for (const node of all) {
    const around = own.has(node) ? 0 : steps.get(node.around!) ?? 0
    steps.set(node, around + (offsets.get(node) ?? 0))
  }
  return steps
}

/** Who has its turn after the service in a shutdown. The dependencies of a service that was never started do not count. */
export const shutdownNext = (tree: Tree, node: Node): ReadonlyArray<Node> =>
  node.status._tag === "Pending" ? [] : dependenciesOf(tree, node)
