/** What has to hold of what is measured of processes and threads, and whether it does. */
import { ratiosOf, type Results, type Series, valuesOf } from "../Results.ts"
import { median, type Spread, spread } from "../statistics.ts"
import { rivals } from "./supervisors/index.ts"

/** The median has to be at the most, or at least, so much: of the quickest supervisor that does not pause, if it is compared. */
interface Target {
  readonly workload: string
  readonly ours: string
  readonly figure: string
  readonly how: "at most" | "at least"
  readonly limit: number
  readonly isCompared?: boolean
}

const targets: ReadonlyArray<Target> = [
  {
    workload: "crash",
    ours: "governor",
    figure: "up for over a second, ms",
    how: "at most",
    limit: 1,
    isCompared: true
  },
  { workload: "crash", ours: "governor", figure: "just begun, ms", how: "at most", limit: 1, isCompared: true },
  {
    workload: "blocked",
    ours: "governor",
    figure: "beyond the heartbeatTimeout, in starts",
    how: "at most",
    limit: 1.5
  },
  { workload: "lines", ours: "facade", figure: "lines a second", how: "at least", limit: 200_000 },
  { workload: "lines", ours: "effect", figure: "lines a second", how: "at least", limit: 200_000 },
  { workload: "slow", ours: "facade", figure: "RSS grows, MB", how: "at most", limit: 10 },
  { workload: "idle", ours: "governor", figure: "heartbeats, % of a core", how: "at most", limit: 0.1 }
]

export interface Verdict {
  readonly ours: string
  readonly what: string
  /** The one that is compared with, by its name among the supervisors; undefined: no other. */
  readonly against: string | undefined
  readonly must: string
  readonly measured: Spread
  readonly isMet: boolean
}

/** Of all that was measured. */
export const judge = ({ series }: Pick<Results, "series">): ReadonlyArray<Verdict> =>
  targets.flatMap(({ figure, how, isCompared = false, limit, ours, workload }) => {
    const found = series.find((one) => one.workload === workload)
    const against = found !== undefined && isCompared ? quickest(found, figure) : undefined
    if (found === undefined || (isCompared && against === undefined)) return []
    const own = valuesOf(found, ours, figure)
    const values = against === undefined ? own : ratiosOf(own, valuesOf(found, against, figure))
    if (values.length === 0) return []
    const measured = spread(values)
    const isMet = how === "at most" ? measured.median <= limit : measured.median >= limit
    const must = `${how} ${limit.toLocaleString("en")}`
    return [{ ours, what: `${workload}: ${figure}`, against, must, measured, isMet }]
  })

/** Of those that do not pause and were measured. */
const quickest = (series: Series, figure: string): string | undefined => {
  const medianOf = (peer: string) => median(valuesOf(series, peer, figure))
  return rivals.filter((peer) => valuesOf(series, peer, figure).length > 0)
    .toSorted((one, other) => medianOf(one) - medianOf(other))[0]
}
