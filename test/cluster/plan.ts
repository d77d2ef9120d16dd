/** What happens to three nodes and their database in one round of faults. Pure. */
import { type Random, randomFrom } from "../faults/random.ts"

/**
 * - `Kill`: SIGKILL, and the node comes again
 * - `Leave`: SIGTERM, and the node comes again
 * - `Freeze`: SIGSTOP, and SIGCONT so many leases later
 * - `Block`: the event loop is blocked
 * - `Cut`: no byte reaches the database, for so many leases
 * - `Restart`: the database restarts, in order or as after a crash
 */
export type Fault =
  | { readonly _tag: "Kill" | "Leave" | "Block"; readonly node: number }
  | { readonly _tag: "Freeze" | "Cut"; readonly node: number; readonly leases: number }
  | { readonly _tag: "Restart"; readonly how: "fast" | "immediate" }

/** A fault, and how many milliseconds after the one before it comes. */
export interface Step {
  readonly after: number
  readonly fault: Fault
}

/** How many nodes there are. */
export const nodes = 3

const tags = ["Kill", "Leave", "Freeze", "Freeze", "Block", "Cut", "Cut", "Restart"] as const

/** One fault, or two of different nodes: then at least one node and its database are left. */
export const roundOf = (seed: number, round: number): ReadonlyArray<Step> => {
  const random = randomFrom(seed * 7919 + round)
  const node = random.between(0, nodes - 1)
  const first = { after: random.between(0, 1000), fault: faultOf(random, node) }
  if (random.chance(0.5)) return [first]
  const other = (node + random.between(1, nodes - 1)) % nodes
  const second = { after: random.between(0, 3000), fault: faultOf(random, other) }
  return first.fault._tag === "Restart" && second.fault._tag === "Restart" ? [first] : [first, second]
}

const faultOf = (random: Random, node: number): Fault => {
  const _tag = random.pick(tags)
  switch (_tag) {
    case "Restart":
      return { _tag, how: random.pick(["fast", "immediate"] as const) }
    case "Freeze":
    case "Cut":
      return { _tag, node, leases: random.between(3, 18) / 10 }
    default:
      return { _tag, node }
  }
}

/** In short, for the log: `Freeze of node 1 for 1.2 leases`. */
export const faultInWords = (fault: Fault): string => {
  if (fault._tag === "Restart") return `Restart of the database, ${fault.how}`
  const during = "leases" in fault ? ` for ${fault.leases} leases` : ""
  return `${fault._tag} of node ${fault.node}${during}`
}
