/**
 * Whether the times that are allowed fit into one another. Pure. Only what services may do counts, and not what they do now.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { inTurn } from "./inTurn.ts"
import { named, namesInWords } from "./inWords.ts"
import { dependenciesOf, type Node, type Tree, treeOf } from "./Tree.ts"
import type { View } from "./View.ts"

/** The longest way through a start or a stop. */
export interface Longest {
  /** In milliseconds; undefined: there is no limit, because the last service of the way has none. */
  readonly millis: number | undefined
  /** The services one after the other, by their paths. */
  readonly path: ReadonlyArray<string>
}

/** What has to be left for the process to end, in milliseconds. */
const spare = 1000

/** How long the stops of a shutdown take at most: those who depend on a service stop before it. */
export const longestStop = (view: View): Longest => {
  const tree = treeOf(view)
  return longest(tree.top, (node) => dependenciesOf(tree, node), ({ spec }) => spec?.stopTimeout ?? Infinity)
}

/** How long it takes at most until all are ready, if no run fails. Who is ready at once needs no limit. */
export const longestStart = (view: View): Longest =>
  longest(
    treeOf(view).top,
    ({ dependents }) => dependents,
    ({ spec }) => spec?.readiness === "automatic" ? 0 : spec?.startTimeout ?? Infinity
  )

/** The services whose stop has no limit, neither one of their own nor one of a service around them. */
export const unlimitedStops = (view: View): ReadonlyArray<string> => {
  const isLimited = new Map<Node, boolean>()
  const names: Array<string> = []
  for (const node of treeOf(view).nodes.values()) {
    const is = node.spec?.stopTimeout !== undefined || (node.around !== undefined && isLimited.get(node.around)!)
    isLimited.set(node, is)
    if (!is) names.push(node.path)
  }
  return names
}

/** What does not fit, a sentence each. Services without a limit count as if they stopped at once. */
export const budget = (view: View): ReadonlyArray<string> => {
  const tree = treeOf(view)
  const own = limitsIn(tree)
  const { millis = 0, path } = longest(tree.top, (node) => dependenciesOf(tree, node), own.timeOf)
  return [...whole(view, millis, path), ...own.tooShort]
}

const whole = (
  { drainDelay = 0, shutdownTimeout }: View,
  millis: number,
  path: ReadonlyArray<string>
): ReadonlyArray<string> => {
  if (shutdownTimeout === undefined) return []
  const all = durationInWords(shutdownTimeout)
  const drain = durationInWords(drainDelay)
  if (drainDelay >= shutdownTimeout && drainDelay > 0) {
    return [`the drainDelay of ${drain} takes the whole shutdownTimeout of ${all}: no time is left for the stops`]
  }
  const needed = drainDelay + millis + spare
  if (millis === 0 || needed <= shutdownTimeout) return []
  const parts = [
    ...(drainDelay > 0 ? [`${drain} of drainDelay`] : []),
    `${durationInWords(millis)} to stop ${namesInWords(path)}`,
    `${durationInWords(spare)} to end`
  ]
  return [`a shutdown may need ${durationInWords(needed)} (${parts.join(", ")}), and its shutdownTimeout is ${all}`]
}

/** How long each service takes at most, with those inside it; and whose limit is too short for those inside. */
const limitsIn = (tree: Tree) => {
  const times = new Map<Node, number>()
  const tooShort: Array<string> = []
  const timeOf = (node: Node): number => times.get(node) ?? 0
  for (const node of Array.from(tree.nodes.values()).toReversed()) { // those inside come first
    const inside = longest(node.inside, (one) => dependenciesOf(tree, one), timeOf)
    const { stopTimeout } = node.spec ?? {}
    const millis = inside.millis ?? 0
    times.set(node, stopTimeout ?? millis)
    if (stopTimeout === undefined || millis <= insideOf(stopTimeout)) continue
    const needs = `${durationInWords(millis)} to stop ${namesInWords(inside.path)}`
    tooShort.unshift(
      `${named(node.path)} may need ${needs} inside it, and has ${durationInWords(insideOf(stopTimeout))}`
    )
  }
  return { timeOf, tooShort }
}

/** A governor inside has a tenth less than the service around it, and a second less at most. */
const insideOf = (millis: number): number => Math.round(millis - Math.min(millis / 10, spare))

const longest = (
  nodes: ReadonlyArray<Node>,
  next: (node: Node) => ReadonlyArray<Node>,
  timeOf: (node: Node) => number
): Longest => {
  const { begins, waitsFor } = inTurn(nodes, next, timeOf)
  let [last, millis]: [Node | undefined, number] = [undefined, 0]
  for (const [node, begin] of begins) {
    const end = begin + timeOf(node)
    if (end > millis) [last, millis] = [node, end]
  }
  const path: Array<string> = []
  for (let one = last; one !== undefined && path.length < nodes.length; one = waitsFor.get(one)) path.push(one.path)
  return { millis: millis === Infinity ? undefined : millis, path: path.toReversed() }
}
