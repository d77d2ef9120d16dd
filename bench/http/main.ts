/**
 * What it costs to look at a governor over HTTP, beside what one would use without it.
 *
 *   npm run bench:http                           all, in bench/results/
 *   npm run bench:http -- --before ../other      also beside another build of this package, for those who do not look
 *   npm run bench:http -- --workload metrics     printed only
 *
 * `--render` makes the page of what was measured once more.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { machine, versionsOf } from "../machine.ts"
import { type Results, type Series, textOf } from "../Results.ts"
import { tell } from "../tell.ts"
import { measureUnseen, measureWorkload } from "./measure.ts"
import { headingOf, page, seriesTable, verdictTable } from "./page.ts"
import { judge } from "./targets.ts"
import { workloads } from "./workloads.ts"

const folder = join(import.meta.dirname, "..", "results")
const raw = join(folder, "http.json")

const write = (measured: Results) => {
  const text = textOf(measured)
  mkdirSync(folder, { recursive: true })
  writeFileSync(raw, text)
  writeFileSync(join(folder, "http.md"), page(JSON.parse(text)))
  console.log(`written to ${folder}`)
}

const print = (series: Series) => {
  tell("")
  console.log(`${headingOf(series)}\n${seriesTable(series)}`)
}

const { values: { before, render, rounds, workload } } = parseArgs({
  options: {
    before: { type: "string" },
    rounds: { type: "string", default: "3" },
    workload: { type: "string" },
    render: { type: "boolean", default: false }
  }
})

const measureAll = async (): Promise<ReadonlyArray<Series>> => {
  const all: Array<Series> = []
  for (const name of Object.keys(workloads).filter((name) => name.startsWith(workload ?? ""))) {
    const series = await measureWorkload(name, Number(rounds), false, tell)
    print(series)
    all.push(series)
  }
  if (!"unseen".startsWith(workload ?? "")) return all
  const unseen = await measureUnseen(before, Math.max(7, Number(rounds)), tell)
  unseen.forEach(print)
  return [...all, ...unseen]
}

const main = async () => {
  const began = performance.now()
  console.log(`${machine()}, node ${process.version}, rounds: ${rounds}; median (least–most)\n`)
  const series = await measureAll()
  console.log(`Targets\n${verdictTable(judge({ series }))}\n${Math.round((performance.now() - began) / 1000)} s`)
  if (workload !== undefined) return
  const all = { node: process.versions.node, ...versionsOf("effect", "@godaddy/terminus", "lightship", "prom-client") }
  write({
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: all,
    rounds: Number(rounds),
    series
  })
}

try {
  if (render) write(JSON.parse(readFileSync(raw, "utf8")))
  else await main()
} catch (error) {
  tell("")
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
