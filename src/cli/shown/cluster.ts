/**
 * The services of a cluster as the rows of a table. Pure.
 */
import type { ClusterStatus } from "../../ClusterStatus.ts"
import { type Cluster, healthIn, statusOf, unreachableInWords } from "../../operations/inCluster.ts"
import { inShort } from "../../operations/inShort.ts"
import { inLine } from "../../operations/inWords.ts"
import { styles } from "./services.ts"
import { type Column, type Line, line, span, type Style, table } from "./text.ts"
import { age } from "./times.ts"

interface Row {
  readonly seen: ClusterStatus
  readonly now: number
}

const columns: ReadonlyArray<Column<Row>> = [
  { title: "SERVICE", cell: ({ seen }) => span(inLine(seen.name)), atLeast: 12 },
  { title: "STATE", cell: ({ seen }) => span(seen.state, styleOf(seen)) },
  { title: "NODE", cell: ({ seen }) => span(inLine(seen.node ?? "")), atLeast: 12 },
  { title: "EPOCH", cell: ({ seen }) => span(String(seen.epoch)), isNumber: true, leaves: 0 },
  { title: "SINCE", cell: ({ now, seen }) => span(age(now - seen.since)), isNumber: true, leaves: 1 },
  { title: "WHY", cell: ({ now, seen }) => span(whyOf(seen, now)), leaves: 2, atLeast: 16 }
]

const isWell = (seen: ClusterStatus): boolean => healthIn(seen) === "Ready"

const looks = { Ready: undefined, NotCounted: "dim" } as const

const styleOf = (seen: ClusterStatus): Style | undefined => {
  const health = healthIn(seen)
  if (health !== "NotReady") return looks[health]
  return seen.unreachableSince === undefined ? styles[seen.state] : "bad"
}

const whyOf = (seen: ClusterStatus, now: number): string =>
  unreachableInWords(seen, now) || inShort(statusOf(seen), now)

/** How many are up of those that somebody wants up, and a line each: those first that are not up. */
export const clusterLines = ({ node, services }: Cluster, now: number, width: number): ReadonlyArray<Line> => {
  const all = Array.from(services.values())
  const up = all.filter(isWell)
  const wanted = all.filter((one) => healthIn(one) !== "NotCounted")
  const { head, lines } = table(columns, worstFirst(all).map((seen) => ({ seen, now })), width)
  const news = `${up.length} of ${wanted.length} up in the cluster, as ${inLine(node)} knows it`
  return [line(news, "bold"), head, ...lines]
}

const ranks = { NotReady: 0, NotCounted: 1, Ready: 2 } as const

const worstFirst = (all: ReadonlyArray<ClusterStatus>): ReadonlyArray<ClusterStatus> =>
  all.toSorted((a, b) => ranks[healthIn(a)] - ranks[healthIn(b)])
