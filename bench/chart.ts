/** The results as a picture: for each of some figures, a bar for each peer. Text, for it has to be read on any background. */
import { peers, titleOf } from "./peers/index.ts"
import { type Results, type Series, valuesOf } from "./Results.ts"
import { median } from "./statistics.ts"
import { shown } from "./table.ts"

const panels: ReadonlyArray<readonly [workload: string, figure: string, title: string, unit: string]> = [
  ["idle", "start, µs each", "Start", "µs each"],
  ["idle", "heap, bytes each", "Heap", "bytes each"],
  ["idle", "stop, µs each", "Stop", "µs each"],
  ["backoff", "stop, µs each", "Stop during the restart delay", "µs each"],
  ["storm 1 threw", "restart, ns", "Restart after a throw", "ns"],
  ["sleepers stop", "stop, µs each", "Stop in loops of short sleeps", "µs each"]
]

const ours: ReadonlySet<string> = new Set(["governor", "facade"])
/** Others may be so long that ours could not be seen: a bar longer than these is cut. */
const compared: ReadonlySet<string> = new Set([...ours, "raw", "handWritten"])
/** Those that begin a group: ours and what is compared with it, then the others. */
const heads: ReadonlySet<string> = new Set(["facade", "effection"])

const width = 880
const margin = 28
const columns = 2
const panelWidth = (width - margin * (columns + 1)) / columns
const labels = 198
const values = 66
const row = 21
const gap = 7
const panelHeight = 48 + Object.keys(peers).length * row + heads.size * gap
const top = 80

const style = `
    .back { fill: #ffffff; stroke: #d0d7de }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a }
    .title { font-size: 19px; font-weight: 600; fill: #1f2328 }
    .panel { font-size: 14px; font-weight: 600; fill: #1f2328 }
    .ours { fill: #0b5cad; font-weight: 600 }
    rect.bar { fill: #afb8c1 }
    rect.bar.ours { fill: #0969da }
    .cut { stroke: #ffffff; stroke-width: 3 }
    @media (prefers-color-scheme: dark) {
      .back { fill: #0d1117; stroke: #30363d }
      text { fill: #9198a1 }
      .title, .panel { fill: #f0f6fc }
      .ours { fill: #79b8ff }
      rect.bar { fill: #4b535d }
      rect.bar.ours { fill: #4493f8 }
      .cut { stroke: #0d1117 }
    }
  `

export const chart = (results: Results): string => {
  const drawn = panels.flatMap(([workload, figure, title, unit]) => {
    const series = results.series.filter((each) => each.workload === workload).toSorted((a, b) => b.count - a.count)[0]
    return series === undefined ? [] : [{ series, figure, title, unit }]
  })
  const height = top + Math.ceil(drawn.length / columns) * panelHeight + 12
  const body = drawn.map(({ figure, series, title, unit }, i) => {
    const x = margin + (i % columns) * (panelWidth + margin)
    const y = top + Math.floor(i / columns) * panelHeight
    return [heading(title, unit, series, x, y + 14), ...panel(series, figure, x, y + 32)].join("\n")
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
  <title>What a service costs, with effect-governor and with its peers</title>
  <style>${style}</style>
  <rect class="back" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
  ${text(margin, 36, "What a service costs", "title")}
  ${text(margin, 58, below(results))}
${body.join("\n")}
</svg>
`
}

const below = ({ date, machine, rounds, versions }: Results) =>
  `Less is better. ${rounds === 1 ? "One round" : `Medians of ${rounds} rounds`}, ${date}, ` +
  `Node ${versions["node"]}, ${machine}`

const heading = (title: string, unit: string, { count }: Series, x: number, y: number) => {
  const number = count > 100 ? `, ${count.toLocaleString("en")} services` : ""
  return `  <text x="${x}" y="${y}"><tspan class="panel">${title}</tspan><tspan dx="7">${unit}${number}</tspan></text>`
}

const panel = (series: Series, figure: string, x: number, y: number): ReadonlyArray<string> => {
  const bars = Object.keys(series.rounds).flatMap((peer) => {
    const measured = valuesOf(series, peer, figure)
    return measured.length === 0 ? [] : [{ peer, value: median(measured) }]
  })
  const most = Math.max(...bars.map(({ value }) => value))
  const longest = Math.max(...bars.filter(({ peer }) => compared.has(peer)).map(({ value }) => value))
  const limit = longest > 0 ? Math.min(most, 1.3 * longest) : most
  let at = y
  return bars.map(({ peer, value }) => {
    if (heads.has(peer)) at += gap
    const drawn = bar(peer, value, limit, x, at)
    at += row
    return drawn
  })
}

const bar = (peer: string, value: number, limit: number, x: number, y: number) => {
  const own = ours.has(peer) ? "ours" : ""
  const [from, room] = [x + labels, panelWidth - labels - values]
  const length = Math.round(Math.max(1, room * Math.min(value, limit) / limit))
  return [
    `  ${text(x, y + 13, titleOf(peer), own)}`,
    `  <rect class="bar ${own}" x="${from}" y="${y + 3}" width="${length}" height="13" rx="2"/>`,
    ...(value > limit ? [`  <path class="cut" d="M${from + length - 14} ${y + 18} l6 -17 m5 0 l-6 17"/>`] : []),
    `  ${text(from + length + 6, y + 13, shown(value), own)}`
  ].join("\n")
}

const text = (x: number, y: number, content: string, style = "") =>
  `<text${style === "" ? "" : ` class="${style}"`} x="${x}" y="${y}">${escape(content)}</text>`

const escape = (content: string) => content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
