/** The results as a page of tables. */
import { comparedWith, titleOf } from "./peers/index.ts"
import { figuresOf, notDone, ratiosOf, type Results, type Series, valuesOf } from "./Results.ts"
import { median, spread } from "./statistics.ts"
import { judge, type Verdict } from "./targets.ts"
import { workloads } from "./workloads/index.ts"
import { isNamed } from "./workloads/Workload.ts"

/** With as many digits as mean something. */
export const shown = (value: number) => {
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export const spreadOf = (values: ReadonlyArray<number>) => {
  if (values.length === 0) return "–"
  const { max, median, min } = spread(values)
  return min === max ? shown(median) : `${shown(median)} (${shown(min)}–${shown(max)})`
}

const ratioOf = (series: Series, peer: string, figure: string) => {
  const other = comparedWith(series.workload, peer)
  const values = other === undefined ? [] : ratiosOf(valuesOf(series, peer, figure), valuesOf(series, other, figure))
  return values.length === 0 ? "" : ` **${median(values).toFixed(2)}**`
}

/** With the reason in the place of the first figure where there are none. */
export const seriesTable = (series: Series): string => {
  const figures = figuresOf(series)
  const columns = figures.length === 0 ? ["–"] : figures
  return table(
    ["", ...columns],
    Object.keys(series.rounds).map((peer) => {
      const why = notDone(series, peer)
      const cells = columns.map((figure, column) =>
        column === 0 && why !== undefined
          ? why
          : spreadOf(valuesOf(series, peer, figure)) + ratioOf(series, peer, figure)
      )
      return [titleOf(peer)].concat(cells)
    })
  )
}

export const headingOf = ({ count, workload }: Series) => {
  const title = workloads[workload]?.title ?? "import, in a fresh process"
  return `${title[0]!.toUpperCase()}${title.slice(1)}${isNamed(count) ? "" : `, ${count.toLocaleString("en")}`}`
}

const notes = ({ leftOut, rounds }: Series) =>
  Object.entries(leftOut).flatMap(([peer, why]) => peer in rounds ? [] : [`Without ${titleOf(peer)}: ${why}.\n`])

export const verdictTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["", "what", "to", "at most", "measured", "met"],
    verdicts.map(({ against, isMet, measured, must, ours, what }) => [
      ours,
      what,
      against,
      must.toFixed(2),
      typeof measured === "string"
        ? measured
        : `${measured.median.toFixed(2)} (${measured.min.toFixed(2)}–${measured.max.toFixed(2)})`,
      isMet ? "yes" : "**no**"
    ])
  )

export const page = (results: Results): string => {
  const verdicts = judge(results.series)
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  return [
    "# What it costs\n",
    `Measured by \`npm run bench\` on ${results.date}: ${results.machine}; ${versions.join(", ")}.\n`,
    method(results.rounds),
    "## Targets\n",
    `${verdicts.filter(({ isMet }) => isMet).length} of ${verdicts.length} are met.\n`,
    verdictTable(verdicts),
    ...results.series.flatMap((series) => [`## ${headingOf(series)}\n`, seriesTable(series), ...notes(series)])
  ].join("\n")
}

const method = (rounds: number) =>
  `${
    rounds === 1 ? "One round" : `Medians of ${rounds} rounds (least–most)`
  }: each figure of a process of its own, and in ` +
  "each round one after another. Bold is the ratio to the peer it is measured against, effect-governor to Effect with " +
  "forkIn, effect-governor/promise to the promise loop by hand, and where there is none, to effect-governor; its import to " +
  "that of effect/Effect: the median of those of each round. Where nothing else is said, logging is off, and nobody " +
  "listens. Every count is verified: services begun, runs seen, services ended, none begun after the stop.\n"

/** In Markdown, with columns as wide as what is in them. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("")
}
