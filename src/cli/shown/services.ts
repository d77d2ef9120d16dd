/**
 * The services as the rows of a table, or as a tree. Pure. What is said of a service is what the model says.
 */
import type { ClusterStatus } from "../../ClusterStatus.ts"
import { bytesInWords } from "../../internal/input/processInWords.ts"
import { becauseOf, isWellBecause, type Known } from "../../operations/because.ts"
import { healthOf } from "../../operations/health.ts"
import { unreachableInWords } from "../../operations/inCluster.ts"
import { inLine, named } from "../../operations/inWords.ts"
import { sentenceOf } from "../../operations/sentences.ts"
import type { Node } from "../../operations/Tree.ts"
import type { Status } from "../../operations/View.ts"
import { type Column, span, type Style } from "./text.ts"
import { age, stepOf } from "./times.ts"

/** A service as it is shown. */
export interface Row {
  readonly path: string
  /** The name in the tree: how deep, and how it hangs there. */
  readonly branch: string
  readonly status: Status
  /** Of a service of a cluster: the node that began the latest run, and how often a run has begun on any node. */
  readonly node?: string
  readonly epoch?: number
  readonly since: string
  readonly why: string
  readonly style: Style | undefined
  /** How long what is shown stays as it is if nothing happens, in milliseconds. */
  readonly staysFor: number
}

export const rowOf = (known: Known, node: Node, branch = "", ageOf = age): Row => {
  const { path, spec, status } = node
  const { now } = known.view
  const because = becauseOf(known, node)
  const isWell = isWellBecause(node, because)
  return {
    path,
    branch,
    status,
    since: ageOf(now - status.since),
    why: because._tag === "Works" && because.lastCrash === undefined
      ? ""
      : withoutName(path, sentenceOf(path, because, now)),
    style: isWell
      ? healthOf(status, spec?.readiness ?? "manual") === "NotCounted" ? "dim" : undefined
      : styles[status._tag],
    staysFor: because._tag === "Works" && because.lastCrash === undefined || !counting.has(because._tag)
      ? stepOf(now - status.since)
      : 1000
  }
}

/** What they say has times that are counted down or up. */
const counting: ReadonlySet<string> = new Set(["Works", "InBackoff", "NotReady", "Ends", "ShutsDown"])

export const styles: { readonly [Tag in Status["_tag"]]: Style } = {
  Pending: "dim",
  Waiting: "warn",
  Standby: "dim",
  Starting: "warn",
  Running: "good",
  Backoff: "bad",
  Stopping: "warn",
  Stopped: "warn",
  Failed: "bad"
}

/** The column beside has the name already. */
export const withoutName = (path: string, sentence: string): string => {
  const name = named(path)
  return sentence.startsWith(name) ? sentence.slice(name.length).replace(/^:? /, "") : sentence
}

/** Which row is in front, if the worst is shown first. */
const ranks: { readonly [Tag in Status["_tag"]]: number } = {
  Failed: 0,
  Backoff: 1,
  Starting: 2,
  Waiting: 3,
  Stopping: 4,
  Stopped: 5,
  Pending: 6,
  Standby: 7,
  Running: 8
}

/** The worst first, and among equals as they were added. */
export const worstFirst = (nodes: Iterable<Node>): ReadonlyArray<Node> =>
  Array.from(nodes, (node) => ({ node, rank: rankOf(node) })).toSorted((a, b) => a.rank - b.rank).map(({ node }) =>
    node
  )

/** What is well comes behind what is not. */
const rankOf = ({ spec, status }: Node): number =>
  ranks[status._tag] + (healthOf(status, spec?.readiness ?? "manual") === "NotReady" ? 0 : 10)

/** The row of a service of a cluster. */
export const placed = (row: Row, seen: ClusterStatus, now: number): Row => {
  const { epoch, node, unreachableSince } = seen
  const place = { ...row, epoch, ...(node !== undefined && { node }) }
  if (unreachableSince === undefined) return place
  return { ...place, why: unreachableInWords(seen, now), style: "bad", staysFor: 1000 }
}

/**
 * When there is not enough room, the columns leave in this order: run, restarts, crashes, memory, process, epoch,
 * since, why, node. Only a cluster has nodes and epochs, and only processes and threads have a number and a memory.
 */
export const columns: ReadonlyArray<Column<Row>> = [
  { title: "SERVICE", cell: ({ branch, path }) => span(branch === "" ? inLine(path) : branch), atLeast: 12 },
  { title: "STATE", cell: ({ status, style }) => span(status._tag, style) },
  { title: "NODE", cell: ({ node = "" }) => span(inLine(node)), leaves: 8, atLeast: 12 },
  { title: "EPOCH", cell: ({ epoch }) => span(epoch === undefined ? "" : String(epoch)), isNumber: true, leaves: 5 },
  { title: "RUN", cell: ({ status }) => span(String(status.run)), isNumber: true, leaves: 0 },
  { title: "RESTARTS", cell: ({ status }) => span(restartsOf(status)), isNumber: true, leaves: 1 },
  { title: "CRASHES", cell: ({ status }) => span(String(status.crashes)), isNumber: true, leaves: 2 },
  { title: "PROCESS", cell: ({ status }) => span(processOf(status)), isNumber: true, leaves: 4 },
  { title: "MEMORY", cell: ({ status }) => span(memoryOf(status)), isNumber: true, leaves: 3 },
  { title: "SINCE", cell: ({ since }) => span(since), isNumber: true, leaves: 6 },
  { title: "WHY", cell: ({ why }) => span(why), leaves: 7, atLeast: 16 }
]

/** By the policy, and by hand. */
const restartsOf = ({ restarts, restartsByHand }: Status): string =>
  restartsByHand === undefined ? String(restarts) : `${restarts}+${restartsByHand}`

/** The number of a process or a thread that is there. */
const processOf = ({ process = {} }: Status): string => {
  const { code, pid, signal, thread } = process
  if (code !== undefined || signal !== undefined) return ""
  return pid === undefined ? thread === undefined ? "" : `thread ${thread}` : String(pid)
}

const memoryOf = (status: Status): string => {
  const { memory } = status.process ?? {}
  return memory === undefined || processOf(status) === "" ? "" : bytesInWords(memory)
}

/** The services in the order of the tree, each with its branch: `├─ reader`. */
export const branches = (top: ReadonlyArray<Node>): ReadonlyArray<readonly [Node, string]> => {
  const all: Array<readonly [Node, string]> = []
  // A loop, because a tree may be deeper than a stack.
  const left: Array<readonly [node: Node, before: string, own: string]> = top.toReversed().map((node) => [node, "", ""])
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [node, before, own] = next
    all.push([node, `${before.slice(-60)}${own}${nameOf(node)}`])
    const below = own === "" ? before : before + (own === "└─ " ? "   " : "│  ")
    for (let i = node.inside.length - 1; i >= 0; i--) {
      left.push([node.inside[i]!, below, i === node.inside.length - 1 ? "└─ " : "├─ "])
    }
  }
  return all
}

const nameOf = ({ path }: Node): string => inLine(path.slice(path.lastIndexOf("/") + 1))
