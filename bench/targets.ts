/** What has to hold, as ratios in one round, and whether it does. */
import { pairs, peers } from "./peers/index.ts"
import { ratiosOf, type Series, valuesOf } from "./Results.ts"
import { type Spread, spread } from "./statistics.ts"

type Ours = keyof typeof pairs

/** Of ours to its peer, with as many services as were measured. */
const ratios: ReadonlyArray<readonly [ours: Ours, workload: string, figure: string, must: number]> = [
  ["governor", "idle", "start, µs each", 0.6],
  ["governor", "idle", "stop, µs each", 0.8],
  ["governor", "idle", "heap, bytes each", 0.7],
  ["governor", "backoff", "stop, µs each", 0.8],
  ["governor", "storm 1 returned", "restart, ns", 0.5],
  ["governor", "storm 100 returned", "restart, ns", 0.5],
  ["governor", "storm 1 threw", "restart, ns", 0.8],
  ["governor", "storm 100 threw", "restart, ns", 0.8],
  ["governor", "crash", "crash to next run p50, µs", 1],
  ["governor", "sleepers stop", "stop, µs each", 0.1],
  ["facade", "idle", "start, µs each", 2],
  ["facade", "idle", "stop, µs each", 1],
  ["facade", "idle", "heap, bytes each", 1.5],
  ["facade", "storm 1 threw", "restart, ns", 1.5],
  ["facade", "storm 100 threw", "restart, ns", 1.5]
]

/** For each service, of the largest number measured to a tenth of it. */
const growth: ReadonlyArray<readonly [workload: string, figures: ReadonlyArray<string>]> = [
  ["idle", ["start, µs each", "stop, µs each", "heap, bytes each"]],
  ["backoff", ["stop, µs each"]],
  ["chain", ["start, µs each", "stop, µs each", "heap, bytes each"]],
  ["fan", ["start, µs each", "stop, µs each", "heap, bytes each"]]
]
const mayGrow = 1.3

export interface Verdict {
  readonly ours: string
  readonly what: string
  readonly against: string
  readonly must: number
  readonly measured: Spread
  readonly isMet: boolean
}

/** Of all that was measured. */
export const judge = (all: ReadonlyArray<Series>): ReadonlyArray<Verdict> => [
  ...ratios.flatMap((target) => judgeRatio(all, ...target)),
  ...(Object.keys(pairs) as ReadonlyArray<Ours>).flatMap((ours) =>
    growth.flatMap(([workload, figures]) => figures.flatMap((figure) => judgeGrowth(all, ours, workload, figure)))
  )
]

const judgeRatio = (all: ReadonlyArray<Series>, ours: Ours, workload: string, figure: string, must: number) => {
  const series = largest(all, workload)
  if (series === undefined) return []
  const values = ratiosOf(valuesOf(series, ours, figure), valuesOf(series, pairs[ours], figure))
  return verdict(ours, `${workload}: ${figure}${numberOf(series)}`, peers[pairs[ours]]!.title, must, values)
}

const judgeGrowth = (all: ReadonlyArray<Series>, ours: Ours, workload: string, figure: string) => {
  const many = largest(all, workload)
  const few = all.find((series) => series.workload === workload && 10 * series.count === many?.count)
  if (many === undefined || few === undefined) return []
  const values = ratiosOf(valuesOf(many, ours, figure), valuesOf(few, ours, figure))
  return verdict(ours, `${workload}: ${figure}${numberOf(many)}`, `a tenth as many`, mayGrow, values)
}

const verdict = (
  ours: Ours,
  what: string,
  against: string,
  must: number,
  values: ReadonlyArray<number>
): ReadonlyArray<Verdict> => {
  if (values.length === 0) return []
  const measured = spread(values)
  return [{ ours: peers[ours]!.title, what, against, must, measured, isMet: measured.median <= must }]
}

const largest = (all: ReadonlyArray<Series>, workload: string) =>
  all.filter((series) => series.workload === workload).toSorted((a, b) => b.count - a.count)[0]

const numberOf = ({ count }: Series) => count > 100 ? `, of ${count.toLocaleString("en")}` : ""
