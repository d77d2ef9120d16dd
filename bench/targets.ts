/** What has to hold, as ratios in one round, and whether it does. */
import { comparedWith, pairs, titleOf } from "./peers/index.ts"
import { notDone, ratiosOf, type Series, valuesOf } from "./Results.ts"
import { type Spread, spread } from "./statistics.ts"
import { isNamed } from "./workloads/Workload.ts"

/**
 * What ours may take of what the peer takes that it is compared with: of that many services, else of the largest number that
 * was measured, unless another target names this number.
 */
type Target = readonly [ours: string, workload: string, figure: string, must: number, count?: number]

const ratios: ReadonlyArray<Target> = [
  ["governor", "idle", "start, µs each", 0.6],
  ["governor", "idle", "start, µs each", 1, 1000],
  ["governor", "idle", "stop, µs each", 0.7],
  ["governor", "idle", "stop, µs each", 1.1, 10_000],
  ["governor", "idle", "heap, bytes each", 0.38],
  ["governor", "onInterrupt", "heap, bytes each", 0.5],
  ["governor", "finalizer", "stop, µs each", 1],
  ["governor", "finalizer", "stop, µs each", 1, 10_000],
  ["governor", "finalizer", "heap, bytes each", 0.46],
  ["governor", "backoff", "stop, µs each", 0.8],
  ["governor", "storm 1 returned", "restart, ns", 0.34],
  ["governor", "storm 100 returned", "restart, ns", 0.45],
  ["governor", "storm 1 threw", "restart, ns", 0.63],
  ["governor", "storm 100 threw", "restart, ns", 0.7],
  ["governor", "log none", "restart, ns", 0.4],
  ["governor", "log throwing", "restart, ns", 0.4],
  ["governor", "log console", "restart, ns", 1],
  ["governor", "log json", "restart, ns", 1],
  ["governor", "crash", "crash to next run p50, µs", 1],
  ["governor", "sleepers stop", "stop, µs each", 0.1],
  ["facade", "idle", "start, µs each", 2.3],
  ["facade", "idle", "stop, µs each", 1.2],
  ["facade", "idle", "heap, bytes each", 1.75],
  ["facade", "storm 1 returned", "restart, ns", 1.8],
  ["facade", "storm 1 threw", "restart, ns", 1.5],
  ["facade", "storm 100 threw", "restart, ns", 1.5],
  ["facade", "crash", "crash to next run p50, µs", 1.8],
  ["facade", "events", "event with one listener, ns", 3.3],
  ["facade", "events", "event with ten listeners, ns", 2.3],
  ["facade", "status", "status, ms", 4],
  ["effect-governor/promise", "import", "import, ms", 1.17]
]

/** What ours may take, whatever others take. */
type Limit = readonly [ours: string, workload: string, figure: string, must: number]

const limits: ReadonlyArray<Limit> = [
  ["governor", "probes", "share of a core, %", 2],
  ["governor", "probes", "share of a core with promises, %", 2]
]

/** How a figure may grow from some services to `times` as many, up to the largest number that was measured. */
interface Growth {
  readonly workload: string
  readonly figures: ReadonlyArray<string>
  readonly times: keyof typeof fewer
  readonly must: number
}

const fewer = { 2: "half as many", 10: "a tenth as many" } as const
const each = ["start, µs each", "stop, µs each", "heap, bytes each"]

const growth: ReadonlyArray<Growth> = [
  { workload: "idle", figures: each, times: 10, must: 1.3 },
  { workload: "backoff", figures: ["stop, µs each"], times: 10, must: 1.3 },
  { workload: "chain", figures: each, times: 10, must: 1.3 },
  { workload: "fan", figures: each, times: 10, must: 1.3 },
  {
    workload: "waits",
    figures: ["chain, µs each", "all for the first, µs each", "the last for all, µs each"],
    times: 10,
    must: 1.5
  },
  { workload: "nested", figures: ["stop, ms"], times: 2, must: 2.5 }
]

export interface Verdict {
  readonly ours: string
  readonly what: string
  readonly against: string
  readonly must: number
  /** Or why there is no figure. */
  readonly measured: Spread | string
  readonly isMet: boolean
}

/** Of all that was measured. */
export const judge = (all: ReadonlyArray<Series>): ReadonlyArray<Verdict> => [
  ...ratios.flatMap((target) => judgeRatio(all, target)),
  ...limits.flatMap((limit) => judgeLimit(all, limit)),
  ...Object.keys(pairs).flatMap((ours) =>
    growth.flatMap((growth) => growth.figures.flatMap((figure) => judgeGrowth(all, ours, growth, figure)))
  )
]

const judgeRatio = (all: ReadonlyArray<Series>, target: Target) => {
  const [ours, workload, figure, must] = target
  const series = seriesOf(all, target)
  const theirs = comparedWith(workload, ours)
  if (series === undefined || theirs === undefined) return []
  const values = ratiosOf(valuesOf(series, ours, figure), valuesOf(series, theirs, figure))
  return verdict(series, ours, figure, titleOf(theirs), must, values)
}

const judgeLimit = (all: ReadonlyArray<Series>, [ours, workload, figure, must]: Limit) => {
  const series = largest(all, workload)
  return series === undefined ? [] : verdict(series, ours, figure, "no other", must, valuesOf(series, ours, figure))
}

const seriesOf = (all: ReadonlyArray<Series>, [ours, workload, figure, , count]: Target) => {
  if (count !== undefined) return all.find((series) => series.workload === workload && series.count === count)
  const series = largest(all, workload)
  const hasItsOwn = ratios.some((other) =>
    other[0] === ours && other[1] === workload && other[2] === figure && other[4] === series?.count
  )
  return hasItsOwn ? undefined : series
}

const judgeGrowth = (all: ReadonlyArray<Series>, ours: string, { must, times, workload }: Growth, figure: string) => {
  const many = largest(all, workload)
  const few = all.find((series) => series.workload === workload && times * series.count === many?.count)
  if (many === undefined || few === undefined) return []
  const values = ratiosOf(valuesOf(many, ours, figure), valuesOf(few, ours, figure))
  return verdict(many, ours, figure, fewer[times], must, values)
}

/** None of a figure that was not to be measured. One that could not be had, as the process did not end, is not met. */
const verdict = (
  series: Series,
  ours: string,
  figure: string,
  against: string,
  must: number,
  values: ReadonlyArray<number>
): ReadonlyArray<Verdict> => {
  const measured = values.length === 0 ? notDone(series, ours) : spread(values)
  if (measured === undefined) return []
  const number = isNamed(series.count) ? "" : `, of ${series.count.toLocaleString("en")}`
  return [{
    ours: titleOf(ours),
    what: `${series.workload}: ${figure}${number}`,
    against,
    must,
    measured,
    isMet: typeof measured !== "string" && measured.median > 0 && measured.median <= must
  }]
}

const largest = (all: ReadonlyArray<Series>, workload: string) =>
  all.filter((series) => series.workload === workload).toSorted((a, b) => b.count - a.count)[0]
