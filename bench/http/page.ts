/** The results as a page of tables. */
import { figuresOf, type Results, type Series, valuesOf } from "../Results.ts"
import { shown, spreadOf, table } from "../table.ts"
import { judge, type Verdict } from "./targets.ts"
import { titleOf, workloads } from "./workloads.ts"

export const headingOf = ({ workload }: Pick<Series, "workload">): string => {
  const title = workloads[workload]?.title ?? `nobody looks: ${workload}`
  return `${title[0]!.toUpperCase()}${title.slice(1)}`
}

/** A row for each figure: there are few peers and many figures. */
export const seriesTable = (series: Series): string => {
  const peers = Object.keys(series.rounds).filter((peer) => series.rounds[peer]!.length > 0)
  return table(
    ["", ...peers.map(titleOf)],
    figuresOf(series).map((figure) => [figure].concat(peers.map((peer) => spreadOf(valuesOf(series, peer, figure)))))
  )
}

export const verdictTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["", "what", "to", "at most", "measured", "met"],
    verdicts.map(({ against, isMet, measured: { max, median, min }, most, ours, what }) => [
      ours,
      what,
      against ?? "no other",
      shown(most),
      `${shown(median)} (${shown(min)}–${shown(max)})`,
      isMet ? "yes" : "**no**"
    ])
  )

const notes = ({ leftOut }: Series) =>
  Object.entries(leftOut).map(([peer, why]) => `Without ${titleOf(peer)}: ${why}.\n`)

export const page = (results: Results): string => {
  const verdicts = judge(results)
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  return [
    "# What it costs to look\n",
    `Measured by \`npm run bench:http\` on ${results.date}: ${results.machine}; ${versions.join(", ")}.\n`,
    `${
      results.rounds === 1 ? "One round" : `Medians of ${results.rounds} rounds (least–most)`
    }, and of more for those who do not look: each of a process of its own, and in each round one peer after another. The ` +
    "clients are another process on the same machine, and what they take does not count as CPU. A stretch is one turn of " +
    "the event loop. The services of supervisord do not run.\n",
    "## Targets\n",
    `${verdicts.filter(({ isMet }) => isMet).length} of ${verdicts.length} are met. A target to another is a ratio.\n`,
    verdictTable(verdicts),
    ...results.series.flatMap((series) => [`## ${headingOf(series)}\n`, seriesTable(series), ...notes(series)])
  ].join("\n")
}
