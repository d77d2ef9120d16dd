/**
 * How fast the page is, in Chromium.
 *
 *   npm run bench:page                          all, in bench/results/
 *   npm run bench:page -- --workload storm      printed only
 *
 * `--render` makes the page of what was measured once more.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { provided } from "../../test/page/provided.ts"
import { machine, versionsOf } from "../machine.ts"
import { type Results, type Series, textOf } from "../Results.ts"
import { tell } from "../tell.ts"
import type { Figures } from "../workloads/Workload.ts"
import { measure, workloads } from "./measure.ts"
import { headingOf, page, seriesTable, verdictTable } from "./page.ts"
import { judge } from "./targets.ts"

const folder = join(import.meta.dirname, "..", "results")
const raw = join(folder, "page.json")

const write = (measured: Results) => {
  const text = textOf(measured)
  mkdirSync(folder, { recursive: true })
  writeFileSync(raw, text)
  writeFileSync(join(folder, "page.md"), page(JSON.parse(text)))
  console.log(`written to ${folder}`)
}

const { values: { render, rounds, workload } } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    workload: { type: "string" },
    render: { type: "boolean", default: false }
  }
})

const measureAll = async (executablePath: string): Promise<ReadonlyArray<Series>> => {
  const figures: Record<string, Array<Figures>> = {}
  const all = Object.entries(workloads).filter(([name]) => name.startsWith(workload ?? ""))
  for (let round = 1; round <= Number(rounds); round++) {
    for (const [name, one] of all) {
      tell(`${name}, round ${round} of ${rounds}`)
      ;(figures[name] ??= []).push(await measure(executablePath, one))
    }
  }
  tell("")
  return all.map(([name, { services }]) => ({
    workload: name,
    count: services,
    rounds: { page: figures[name]! },
    leftOut: {}
  }))
}

const main = async (executablePath: string) => {
  console.log(`${machine()}, node ${process.version}, rounds: ${rounds}; median (least–most)\n`)
  const series = await measureAll(executablePath)
  for (const one of series) console.log(`${headingOf(one)}\n${seriesTable(one)}`)
  console.log(`Targets\n${verdictTable(judge({ series }))}`)
  if (workload !== undefined) return
  const [, chromium = "unknown"] = /([\d.]+)/.exec(
    execFileSync(executablePath, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  ) ??
    []
  write({
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: { node: process.versions.node, Chromium: chromium, ...versionsOf("preact") },
    rounds: Number(rounds),
    series
  })
}

if (render) write(JSON.parse(readFileSync(raw, "utf8")))
else {
  const path = provided()
  if (path === undefined) process.exitCode = 1
  else await main(path)
}
