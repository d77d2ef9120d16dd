/**
 * Which services the table shows, and in which order. Pure.
 */
import type { Status, View } from "../operations/View.ts"
import { states } from "../ServiceStatus.ts"
import type { Sort, Wish } from "./address.ts"

/** One line of the table. */
export interface Row {
  readonly path: string
  readonly status: Status
  /** 0 for a service of the outermost governor, and for all where they are not shown as a tree. */
  readonly depth: number
  /** Undefined: there is nothing inside that could be folded. */
  readonly isFolded: boolean | undefined
}

type Look = Pick<Wish, "search" | "states" | "sort" | "isDown">

/** A search, a filter or an order makes a flat list of the tree. */
export const isTree = ({ search, sort, states }: Look): boolean =>
  search.trim() === "" && states.size === 0 && sort === "tree"

export const rowsOf = (view: View, look: Look, folded: ReadonlySet<string>): ReadonlyArray<Row> =>
  isTree(look) ? treeRows(view, folded) : flatRows(view, look)

const treeRows = ({ services }: View, folded: ReadonlySet<string>): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  let hidden: string | undefined
  let before: Row | undefined
  for (const [path, status] of services) {
    if (hidden !== undefined && path.startsWith(hidden)) continue
    hidden = undefined
    const depth = depthOf(path)
    const row: Row = { path, status, depth, isFolded: undefined }
    // Each service is followed by those inside it.
    if (before !== undefined && depth > before.depth) rows[rows.length - 1] = { ...before, isFolded: false }
    rows.push(row)
    before = row
    if (folded.has(path)) {
      hidden = `${path}/`
      rows[rows.length - 1] = { ...row, isFolded: true }
    }
  }
  return rows
}

const depthOf = (path: string): number => {
  let depth = 0
  for (let i = path.indexOf("/"); i >= 0; i = path.indexOf("/", i + 1)) depth++
  return depth
}

const flatRows = ({ services }: View, { isDown, search, sort, states }: Look): ReadonlyArray<Row> => {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "")
  const rows: Array<Row> = []
  for (const [path, status] of services) {
    if (states.size > 0 && !states.has(status._tag)) continue
    if (words.length > 0 && !isFound(path.toLowerCase(), words)) continue
    rows.push({ path, status, depth: 0, isFolded: undefined })
  }
  const compare = sort === "tree" ? undefined : orders[sort]
  if (compare !== undefined) rows.sort(isDown ? (a, b) => compare(b, a) : compare)
  return sort === "tree" && isDown ? rows.toReversed() : rows
}

const isFound = (path: string, words: ReadonlyArray<string>): boolean => words.every((word) => path.includes(word))

const worst: ReadonlyArray<Status["_tag"]> = [
  "Failed",
  "Backoff",
  "Waiting",
  "Starting",
  "Stopping",
  "Pending",
  "Stopped",
  "Standby",
  "Running"
]

const names = new Intl.Collator("en", { numeric: true })

/** The usual direction has in front what somebody looks for: the worst state, the most crashes, the latest change. */
const orders: { readonly [By in Exclude<Sort, "tree">]: (a: Row, b: Row) => number } = {
  name: (a, b) => names.compare(a.path, b.path),
  state: (a, b) => worst.indexOf(a.status._tag) - worst.indexOf(b.status._tag),
  since: (a, b) => b.status.since - a.status.since,
  runs: (a, b) => b.status.run - a.status.run,
  crashes: (a, b) => b.status.crashes - a.status.crashes,
  restarts: (a, b) => b.status.restarts - a.status.restarts
}

/** How many services are in each state. */
export const countsOf = ({ services }: View): Readonly<Record<Status["_tag"], number>> => {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<Status["_tag"], number>
  for (const { _tag } of services.values()) counts[_tag]++
  return counts
}

/** The rows that can be seen, and some more on both sides. */
export const shownOf = (
  scrolled: number,
  height: number,
  rowHeight: number,
  count: number
): { readonly first: number; readonly last: number } => {
  const spare = 6
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - spare)
  const last = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + spare)
  return { first: Math.min(first, last), last }
}
