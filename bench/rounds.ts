/** Measures peers side by side. */
import type { Series } from "./Results.ts"
import type { Figures } from "./workloads/Workload.ts"

/** In each round all peers, one after another; in every other round in the opposite order. */
export const inRounds = async (
  workload: string,
  peers: Readonly<Record<string, () => Promise<Figures>>>,
  rounds: number,
  tell: (what: string) => void
): Promise<Series> => {
  const figures: Record<string, Array<Figures>> = Object.fromEntries(Object.keys(peers).map((peer) => [peer, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? Object.entries(peers) : Object.entries(peers).toReversed()
    for (const [peer, measured] of order) {
      tell(`${workload}, round ${round + 1} of ${rounds}: ${peer}`)
      figures[peer]!.push(await measured())
    }
  }
  return { workload, count: 1, rounds: figures, leftOut: {} }
}
