/** The results as a page of tables. */
import { figuresOf, type Results, type Series, valuesOf } from "../Results.ts"
import { shown, spreadOf, table } from "../table.ts"
import { workloads } from "./measure.ts"
import { judge, type Verdict } from "./targets.ts"

export const headingOf = ({ workload }: Pick<Series, "workload">): string => {
  const { title } = workloads[workload]!
  return `${title[0]!.toUpperCase()}${title.slice(1)}`
}

export const seriesTable = (series: Series): string =>
  table(["", "measured"], figuresOf(series).map((figure) => [figure, spreadOf(valuesOf(series, "page", figure))]))

export const verdictTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["what", "has to be", "measured", "met"],
    verdicts.map(({ isMet, measured: { max, median, min }, must, what }) => [
      what,
      must,
      `${shown(median)} (${shown(min)}–${shown(max)})`,
      isMet ? "yes" : "**no**"
    ])
  )

export const page = (results: Results): string => {
  const verdicts = judge(results)
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  return [
    "# What the page does\n",
    `Measured by \`npm run bench:page\` on ${results.date}: ${results.machine}; ${versions.join(", ")}.\n`,
    `${results.rounds === 1 ? "One round" : `Medians of ${results.rounds} rounds (least–most)`}, each with a browser ` +
    "and a governor of their own, on one machine. The browser has no graphics card and paints with the processor. Times " +
    "of what is opened count from the moment at which somebody asks for the page, unless something else is said.\n",
    "## Targets\n",
    `${verdicts.filter(({ isMet }) => isMet).length} of ${verdicts.length} are met.\n`,
    verdictTable(verdicts),
    ...results.series.flatMap((series) => [`## ${headingOf(series)}\n`, seriesTable(series)])
  ].join("\n")
}
