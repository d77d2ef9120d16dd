/** What was measured, as it is written down. */
import type { Figures } from "./workloads/Workload.ts"

/** One workload with one number of services: of each peer its figures, a round each; those of one round belong together. */
export interface Series {
  readonly workload: string
  readonly count: number
  readonly rounds: Readonly<Record<string, ReadonlyArray<Figures>>>
  /** Peers that were not measured, and why. One that was not done in time has no rounds, though it is among them. */
  readonly leftOut: Readonly<Record<string, string>>
}

export interface Results {
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly series: ReadonlyArray<Series>
}

/** As text, a line for each series, with no more digits than were measured. */
export const textOf = ({ series, ...head }: Results): string => {
  const lines = series.map((each) =>
    JSON.stringify(each, (_, value) => typeof value === "number" ? Number(value.toPrecision(5)) : value)
  )
  return `${JSON.stringify(head).slice(0, -1)},"series":[\n${lines.join(",\n")}\n]}\n`
}

/** Why a peer that was to be measured has no figures; undefined if it has some. */
export const notDone = ({ leftOut, rounds }: Series, peer: string): string | undefined =>
  rounds[peer]?.length === 0 ? leftOut[peer] : undefined

/** One figure of one peer, of each round. */
export const valuesOf = (series: Series, peer: string, figure: string): ReadonlyArray<number> =>
  (series.rounds[peer] ?? []).flatMap((figures) => figures[figure] ?? [])

/** What one took of what the other took, in each round. */
export const ratiosOf = (ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): ReadonlyArray<number> =>
  ours.slice(0, theirs.length).map((value, round) => value / theirs[round]!)

/** The figures of a series, in the order in which they are measured. */
export const figuresOf = ({ rounds }: Series): ReadonlyArray<string> =>
  Array.from(new Set(Object.values(rounds).flatMap((peer) => peer.flatMap((figures) => Object.keys(figures)))))
