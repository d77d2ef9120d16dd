/**
 * What `top` knows and shows. Pure.
 */
import { type Known, known } from "../../operations/because.ts"
import { matches } from "../../operations/globs.ts"
import { type Cluster, statusIn } from "../../operations/inCluster.ts"
import type { Plan } from "../../operations/plan.ts"
import type { Node } from "../../operations/Tree.ts"
import type { View } from "../../operations/View.ts"
import { problems } from "../../operations/why.ts"
import { branches, worstFirst } from "../shown/services.ts"
import type { Key } from "./keys.ts"

/** Whether what is shown is how it is now. Times are by the clock of the governor. */
export type Link =
  | { readonly _tag: "Live" }
  | { readonly _tag: "Lost"; readonly since: number; readonly why: string }
  | { readonly _tag: "Ended"; readonly since: number }
  | { readonly _tag: "File"; readonly file: string }

export type Act = "start" | "stop" | "restart"

type Mode =
  | { readonly _tag: "List" }
  /** The filter is typed. */
  | { readonly _tag: "Filter" }
  | { readonly _tag: "Why"; readonly path: string; readonly first: number }
  | { readonly _tag: "Help" }
  /** Somebody is asked whether they want it. Without a plan the answer of the governor is on its way. */
  | { readonly _tag: "Confirm"; readonly act: Act; readonly path: string; readonly run: number; readonly plan?: Plan }

export const orders = ["worst", "name", "crashes", "latest", "added"] as const

export interface State {
  readonly all: Known
  /** What the governor knows of its cluster, if it is in one. */
  readonly cluster: Cluster | undefined
  /** The services that the filter lets through, in their order. */
  readonly items: ReadonlyArray<Item>
  /** How many characters the longest of their names has. */
  readonly longest: number
  /** Whether all is well: no time that goes by changes that. */
  readonly isWell: boolean
  /** By the clock of the governor. */
  readonly now: number
  readonly link: Link
  readonly size: { readonly width: number; readonly height: number }
  readonly mode: Mode
  readonly filter: string
  readonly order: (typeof orders)[number]
  readonly isTree: boolean
  /** The path of the service that the keys are for; undefined: the first one. */
  readonly chosen: string | undefined
  /** The first row that is shown. */
  readonly first: number
  /** The number of the event after which it was as is shown; undefined: now. */
  readonly at: number | undefined
  /** How the latest command went. */
  readonly note: string | undefined
  readonly mayAct: boolean
}

export type Message =
  | { readonly _tag: "Key"; readonly key: Key }
  | { readonly _tag: "Resized"; readonly size: State["size"] }
  | { readonly _tag: "Seen"; readonly view: View }
  | { readonly _tag: "Clustered"; readonly cluster: Cluster | undefined }
  | { readonly _tag: "Clock"; readonly now: number }
  | { readonly _tag: "Linked"; readonly link: Link }
  | { readonly _tag: "Planned"; readonly path: string; readonly plan: Plan }
  | { readonly _tag: "Noted"; readonly note: string }

/** What is to be done, beside what the state says. */
export type Effect =
  | { readonly _tag: "Quit" }
  | { readonly _tag: "Suspend" }
  | { readonly _tag: "Redraw" }
  | { readonly _tag: "Plan"; readonly act: Act; readonly path: string }
  | { readonly _tag: "Command"; readonly act: Act; readonly path: string; readonly run: number }
  /** So many events back or on in time; `Infinity`: to now. */
  | { readonly _tag: "Step"; readonly by: number }

export const initial = (view: View, rest: Pick<State, "link" | "size" | "mayAct">): State =>
  arranged({
    all: known(view),
    cluster: undefined,
    items: [],
    longest: 0,
    isWell: false,
    now: view.now,
    mode: { _tag: "List" },
    filter: "",
    order: "worst",
    isTree: false,
    chosen: undefined,
    first: 0,
    at: undefined,
    note: undefined,
    ...rest
  })

/** A service, and how it hangs in the tree. */
export type Item = readonly [node: Node, branch: string]

/** After something has happened. */
export const seen = (state: State, view: View): State => {
  const all = known(view)
  return arranged({ ...state, all, now: view.now, isWell: problems(view, all).length === 0 })
}

/** After the services, the filter or the order have changed. */
export const arranged = (state: State): State => {
  const items = itemsOf(state)
  const longest = items.reduce((most, [{ path }, branch]) => Math.max(most, (branch || path).length), 0)
  return { ...state, items, longest }
}

/** What was, and what a file has, is known of this governor only. */
export const clusterNow = ({ at, cluster, link }: State): Cluster | undefined =>
  at === undefined && link._tag !== "File" ? cluster : undefined

const itemsOf = (state: State): ReadonlyArray<Item> => {
  const { all, filter, isTree, order } = state
  const cluster = clusterNow(state)
  const inCluster = (node: Node): Node => {
    const status = statusIn(cluster, node.status)
    return status === node.status ? node : { ...node, status }
  }
  const items: ReadonlyArray<Item> = isTree
    ? branches(all.tree.top).map(([node, branch]): Item => [inCluster(node), branch])
    : ordered(Array.from(all.tree.nodes.values(), inCluster), order).map((node): Item => [node, ""])
  if (filter === "") return items
  const isWanted = wantedBy(filter)
  return items.filter(([node]) => isWanted(node))
}

const ordered = (nodes: ReadonlyArray<Node>, order: State["order"]): ReadonlyArray<Node> => {
  switch (order) {
    case "worst":
      return worstFirst(nodes)
    case "name":
      return nodes.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    case "crashes":
      return nodes.toSorted((a, b) => b.status.crashes - a.status.crashes)
    case "latest":
      return nodes.toSorted((a, b) => b.status.since - a.status.since)
    case "added":
      return nodes
  }
}

/** A pattern, or a part of a path or of the name of a state. */
const wantedBy = (filter: string): (node: Node) => boolean => {
  if (filter.includes("*")) {
    const isIt = matches([filter])
    return ({ path }) => isIt(path)
  }
  const part = filter.toLowerCase()
  return ({ path, status }) => path.toLowerCase().includes(part) || status._tag.toLowerCase().startsWith(part)
}

/** The place of the chosen service in the list. */
export const indexIn = (items: ReadonlyArray<Item>, chosen: string | undefined): number =>
  chosen === undefined ? 0 : Math.max(0, items.findIndex(([{ path }]) => path === chosen))

/** Whether the worst problem has two lines of its own. */
export const isRoomy = ({ height }: State["size"]): boolean => height >= 10

/** How many services fit between the lines above and below. */
export const roomOf = (size: State["size"]): number => Math.max(1, size.height - (isRoomy(size) ? 5 : 4))
