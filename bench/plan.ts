/** What is measured: which workloads, of which peers, how often. A pure decision. */
import { pairs, peers as allPeers } from "./peers/index.ts"
import { workloads } from "./workloads/index.ts"
import { isNamed } from "./workloads/Workload.ts"

/** As given on the command line. */
export interface Options {
  readonly quick?: boolean
  readonly rounds?: number
  /** How many services, where a workload is not of one or a hundred. */
  readonly count?: ReadonlyArray<number>
  /** How the names of the workloads begin. */
  readonly workload?: string
  /** One of ours, beside the peer it is compared with. */
  readonly pair?: string
  readonly peer?: ReadonlyArray<string>
}

export interface Step {
  readonly workload: string
  readonly counts: ReadonlyArray<number>
  readonly peers: ReadonlyArray<string>
  readonly leftOut: Readonly<Record<string, string>>
}

export interface Plan {
  readonly rounds: number
  /** How long to look, where figures come from looking for a while. */
  readonly millis: number
  readonly steps: ReadonlyArray<Step>
  /** Whether the times of imports belong to it. */
  readonly imports: boolean
}

/** `missing` are peers that this machine has not, and why. */
export const planOf = (options: Options, missing: Readonly<Record<string, string>> = {}): Plan => {
  const { quick = false, workload = "" } = options
  const peers = chosenPeers(options)
  const names = Object.keys(workloads).filter((name) => name.startsWith(workload))
  const imports = "import".startsWith(workload) && (workload !== "" || peers === undefined)
  if (names.length === 0 && !imports) {
    throw new Error(`no workload "${workload}", but ${Object.keys(workloads).join(", ")}, import`)
  }
  return {
    rounds: options.rounds ?? (quick ? 1 : 5),
    millis: quick ? 120 : 1000,
    steps: names.map((name) => stepOf(name, options, peers, missing)).filter(({ peers }) => peers.length > 0),
    imports
  }
}

const chosenPeers = ({ pair, peer = [] }: Options): ReadonlyArray<string> | undefined => {
  if (pair !== undefined && !(pair in pairs)) throw new Error(`no pair "${pair}", but ${Object.keys(pairs).join(", ")}`)
  const chosen = pair === undefined ? peer : [pairs[pair]!, pair, ...peer]
  const unknown = chosen.find((name) => !(name in allPeers))
  if (unknown !== undefined) throw new Error(`no peer "${unknown}", but ${Object.keys(allPeers).join(", ")}`)
  return chosen.length === 0 ? undefined : chosen
}

const stepOf = (
  name: string,
  options: Options,
  chosen: ReadonlyArray<string> | undefined,
  missing: Readonly<Record<string, string>>
): Step => {
  const workload = workloads[name]!
  const able = workload.peers ?? Object.keys(allPeers)
  const wanted = chosen === undefined ? able : able.filter((peer) => chosen.includes(peer))
  const leftOut = Object.fromEntries(wanted.flatMap((peer) => {
    const reason = missing[peer] ?? reasonOf(peer, name)
    return reason === undefined ? [] : [[peer, reason]]
  }))
  return {
    workload: name,
    counts: countsOf(name, options, chosen !== undefined),
    peers: wanted.filter((peer) => !(peer in leftOut)),
    leftOut
  }
}

const reasonOf = (peer: string, workload: string) =>
  Object.entries(allPeers[peer]!.leavesOut ?? {}).find(([beginning]) => workload.startsWith(beginning))?.[1]

/** Who works on the figures of some peers wants the largest number alone. */
const countsOf = (name: string, { count, quick = false }: Options, largest: boolean) => {
  const workload = workloads[name]!
  const counts = quick ? workload.quick : workload.counts
  if (counts.every(isNamed)) return counts
  return count ?? (largest ? counts.slice(-1) : counts)
}
