/** What has to hold of what is measured of the page, and whether it does. */
import { type Results, valuesOf } from "../Results.ts"
import { type Spread, spread } from "../statistics.ts"

/** The median has to be at the most, or at least, so much. */
type Target = readonly [workload: string, figure: string, how: "at most" | "at least", limit: number]

const targets: ReadonlyArray<Target> = [
  ["open 1,000", "first paint after the answer, ms", "at most", 300],
  ["open 1,000", "rows after the answer with all services, ms", "at most", 300],
  ["open 5,000", "a search is answered, ms", "at most", 1000],
  ["storm 1,000", "frames a second", "at least", 30]
]

export interface Verdict {
  readonly what: string
  readonly must: string
  readonly measured: Spread
  readonly isMet: boolean
}

/** Of all that was measured. */
export const judge = ({ series }: Pick<Results, "series">): ReadonlyArray<Verdict> =>
  targets.flatMap(([workload, figure, how, limit]) => {
    const found = series.find((one) => one.workload === workload)
    const values = found === undefined ? [] : valuesOf(found, "page", figure)
    if (values.length === 0) return []
    const measured = spread(values)
    const isMet = how === "at most" ? measured.median <= limit : measured.median >= limit
    return [{ what: `${workload}: ${figure}`, must: `${how} ${limit.toLocaleString("en")}`, measured, isMet }]
  })
