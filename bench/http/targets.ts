/** What has to hold of what is measured over HTTP, and whether it does. */
import { ratiosOf, type Results, type Series, valuesOf } from "../Results.ts"
import { type Spread, spread } from "../statistics.ts"
import { titleOf } from "./workloads.ts"

/** At the most so much; with a peer, at the most so much of what the peer has in the same round. */
type Target = readonly [workload: string, peer: string, figure: string, most: number, against?: string]

const unseen = (workload: string, ...figures: ReadonlyArray<string>): ReadonlyArray<Target> =>
  figures.map((figure) => [workload, "now", figure, 1.02, "before"])

const targets: ReadonlyArray<Target> = [
  ...unseen("idle", "start, µs each", "stop, µs each", "heap, bytes each"),
  ...unseen("storm 1 returned", "restart, ns"),
  ...unseen("storm 100 threw", "restart, ns"),
  ["mounted", "governor", "event, ns", 300],
  ["mounted", "governor", "2,000 events kept, kB", 1000],
  ["mounted", "governor", "2,000 events of crashes kept, kB", 1000],
  ...["live", "ready"].flatMap((probe): ReadonlyArray<Target> => [
    ["probes", "governor", `${probe}, CPU µs`, 50],
    ["probes", "governor", `${probe}, CPU µs`, 1, "terminus"],
    ["probes", "governor", `${probe}, CPU µs`, 1, "lightship"],
    ["probes", "governor", `${probe} in a storm p99, ms`, 10],
    ["probes", "governor", `${probe} in a storm p99, ms`, 1, "terminus"],
    ["probes", "governor", `${probe} in a storm p99, ms`, 1, "lightship"]
  ]),
  ["services 10,000", "governor", "all, ms", 20],
  ["services 10,000", "governor", "all: longest stretch, ms", 5],
  ["services 10,000", "governor", "unchanged, ms", 0.3],
  ["services 1,000", "governor", "all, ms", 1, "supervisord"],
  ["streams", "governor", "the last has it p99, ms", 100],
  ["streams", "governor", "heap and buffers, kB a client", 20],
  ["streams", "governor", "shutdown longer, ms", 50],
  ["streams", "governor", "listens longer, ms", 50],
  ["deaf", "governor", "waiting at the most, kB", 256],
  ["deaf", "governor", "memory later, MB", 3],
  ["metrics", "governor", "all, ms", 60],
  ["metrics", "governor", "longest stretch, ms", 10],
  ["metrics", "governor", "first: longest stretch, CPU ms", 10],
  ["metrics", "governor", "all, CPU ms", 0.5, "promClient"]
]

export interface Verdict {
  readonly ours: string
  readonly what: string
  /** Undefined: no other. */
  readonly against: string | undefined
  readonly most: number
  readonly measured: Spread
  readonly isMet: boolean
}

/** Of all that was measured. */
export const judge = ({ series }: Pick<Results, "series">): ReadonlyArray<Verdict> =>
  targets.flatMap(([workload, peer, figure, most, against]) => {
    const found = series.find((one) => one.workload === workload)
    const values = found === undefined ? [] : measured(found, peer, figure, against)
    if (values.length === 0) return []
    const spreading = spread(values)
    return [{
      ours: titleOf(peer),
      what: `${workload}: ${figure}`,
      against: against && titleOf(against),
      most,
      measured: spreading,
      isMet: spreading.median <= most
    }]
  })

const measured = (series: Series, peer: string, figure: string, against: string | undefined) => {
  const ours = valuesOf(series, peer, figure)
  return against === undefined ? ours : ratiosOf(ours, valuesOf(series, against, figure))
}
