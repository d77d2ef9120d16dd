/**
 * Why a service is not up: from what is seen of it to what that comes from. Pure.
 */
import { type Because, becauseOf, isWellBecause, type Known, known, linksOf } from "./because.ts"
import { sentenceOf } from "./sentences.ts"
import type { Node } from "./Tree.ts"
import type { Status, View } from "./View.ts"

/** One service on the way from what is seen to what it comes from. */
interface Link {
  /** The path of the service. */
  readonly name: string
  readonly state: Status["_tag"]
  readonly since: number
  readonly because: Because
  readonly sentence: string
}

export interface Why {
  readonly name: string
  readonly isWell: boolean
  readonly sentence: string
  /** The service first. Each service is there once, and 200 services at the most. */
  readonly chain: ReadonlyArray<Link>
  /** How many more services there would be in the chain. */
  readonly leftOut: number
  /** The services that it all comes from, 200 at the most. */
  readonly roots: ReadonlyArray<string>
}

/** All problems that come from one service. */
export interface Problem {
  /** The path of the service. */
  readonly root: string
  readonly sentence: string
  /** In epoch milliseconds: since when the root is not well. */
  readonly since: number
  /** The other services that are not well because of the root. Each is named once, for the oldest root that it has. */
  readonly affects: ReadonlyArray<string>
}

const most = 200

/** Undefined: there is no such service. */
export const why = (view: View, path: string): Why | undefined => {
  const all = known(view)
  const node = all.tree.nodes.get(path)
  if (node === undefined) return undefined
  const chain: Array<Link> = []
  const roots: Array<Link> = []
  const found = new Set([node])
  for (const one of found) {
    const because = becauseOf(all, one)
    const below = linksOf(because).flatMap((name) => all.tree.nodes.get(name) ?? [])
    const isLast = below.every((other) => other === one)
    if (chain.length >= most && (!isLast || roots.length >= most)) {
      below.forEach((other) => found.add(other))
      continue
    }
    const link = linkOf(one, because, view.now)
    if (chain.length < most) chain.push(link)
    if (isLast && roots.length < most) roots.push(link)
    below.forEach((other) => found.add(other))
  }
  if (roots.length === 0) roots.push(chain.at(-1)!) // they wait for one another
  const [first] = chain
  return {
    name: path,
    isWell: isWellBecause(node, first!.because),
    sentence: inOne(first!, roots),
    chain,
    leftOut: found.size - chain.length,
    roots: roots.map(({ name }) => name)
  }
}

const linkOf = ({ path, status: { _tag, since } }: Node, because: Because, now: number): Link => ({
  name: path,
  state: _tag,
  since,
  because,
  sentence: sentenceOf(path, because, now)
})

/** What is seen, and what it comes from. */
const inOne = (first: Link, roots: ReadonlyArray<Link>): string => {
  const others = roots.filter((root) => root !== first)
  const shown = [first, ...others.slice(0, 2)].map(({ sentence }) => sentence).join("; ")
  return others.length > 2 ? `${shown}; and ${others.length - 2} more` : shown
}

// --- all problems ---

/** Everything that is not well, by what it comes from, the oldest first. Reads each service and each link once. */
export const problems = (view: View, all = known(view)): ReadonlyArray<Problem> => {
  const becauses = new Map<Node, Because>()
  const above = new Map<Node, Array<Node>>()
  const roots = new Set<Node>()
  for (const node of all.tree.nodes.values()) {
    const because = becauseOf(all, node)
    if (isWellBecause(node, because)) continue
    becauses.set(node, because)
    const below = linksOf(because).flatMap((name) => all.tree.nodes.get(name) ?? []).filter((one) => one !== node)
    if (below.length === 0) roots.add(node)
    for (const one of below) {
      const dependents = above.get(one)
      if (dependents === undefined) above.set(one, [node])
      else dependents.push(node)
    }
  }
  // A service that is well can be what others wait for: it was stopped by hand, or never started.
  for (const one of above.keys()) if (!becauses.has(one)) roots.add(one)
  const take = taking(all, becauses, above)
  const found = oldestFirst(all, roots, becauses).flatMap(take)
  // What is left waits for one another.
  return [...found, ...oldestFirst(all, becauses.keys(), becauses).flatMap(take)]
}

const oldestFirst = (
  all: Known,
  nodes: Iterable<Node>,
  becauses: ReadonlyMap<Node, Because>
): ReadonlyArray<Node> =>
  Array.from(nodes, (node) => ({ node, since: sinceOf(node, becauses.get(node)) }))
    .toSorted((a, b) => a.since - b.since)
    .map(({ node }) => node)

/** A service that crashes again and again is not well since the first crash of the row. */
const sinceOf = ({ status: { since } }: Node, because: Because | undefined): number =>
  because?._tag === "InBackoff" && because.crashes > 0 ? since - because.span : since

/** Makes the problem of a root, with all above it that no other root had before. */
const taking = (all: Known, becauses: ReadonlyMap<Node, Because>, above: ReadonlyMap<Node, ReadonlyArray<Node>>) => {
  const taken = new Set<Node>()
  return (root: Node): ReadonlyArray<Problem> => {
    if (taken.has(root)) return []
    taken.add(root)
    const affected: Array<Node> = []
    for (const next of [[root], affected]) {
      for (const node of next) {
        for (const one of above.get(node) ?? []) {
          if (taken.has(one)) continue
          taken.add(one)
          affected.push(one)
        }
      }
    }
    const because = becauses.get(root) ?? becauseOf(all, root)
    return [{
      root: root.path,
      sentence: sentenceOf(root.path, because, all.view.now),
      since: sinceOf(root, because),
      affects: affected.map(({ path }) => path)
    }]
  }
}
