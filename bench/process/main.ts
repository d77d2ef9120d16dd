/**
 * How quick processes and threads are, beside the process managers that one would use without this package.
 *
 *   npm run bench:process                        all, in bench/results/
 *   npm run bench:process -- --quick             within a minute and a half, printed only
 *   npm run bench:process -- --only crash        printed only
 *
 * `--render` makes the page of what was measured once more. pm2 is installed into a folder of its own. supervisord and runit are
 * used if they are there, and else installed by apt-get if this process may.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { machine, versionsOf } from "../machine.ts"
import { type Results, type Series, textOf } from "../Results.ts"
import { tell } from "../tell.ts"
import { measures } from "./measure.ts"
import { headingOf, page, seriesTable, verdictTable } from "./page.ts"
import { supervisors } from "./supervisors/index.ts"
import { judge } from "./targets.ts"

const { values: { only, quick, render, rounds = quick ? "1" : "3" } } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    render: { type: "boolean", default: false }
  }
})

const results = join(import.meta.dirname, "..", "results")
const raw = join(results, "process.json")

const write = (measured: Results): void => {
  const text = textOf(measured)
  mkdirSync(results, { recursive: true })
  writeFileSync(raw, text)
  writeFileSync(join(results, "process.md"), page(JSON.parse(text)))
  console.log(`written to ${results}`)
}

/** Those that cannot be measured, and why. */
const missing = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const all: Record<string, string> = {}
  for (const [name, supervisor] of Object.entries(supervisors)) {
    const why = await supervisor.missing(folder)
    if (why !== undefined) all[name] = why
  }
  return all
}

const versions = (leftOut: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const others = Object.entries(supervisors).filter(([name]) =>
    !["governor", "byHand", ...Object.keys(leftOut)].includes(name)
  )
  return {
    node: process.versions.node,
    ...versionsOf("effect"),
    ...Object.fromEntries(others.map(([, { title, version }]) => [title, version()]))
  }
}

const measureAll = async (folder: string): Promise<Results> => {
  const names = Object.keys(measures).filter((name) => name.startsWith(only ?? ""))
  const leftOut = names.some((name) => ["crash", "starts"].includes(name)) ? await missing(folder) : {}
  const series: Array<Series> = []
  for (const name of names) {
    const one = await measures[name]!({ rounds: Number(rounds), isQuick: quick, leftOut }, tell)
    tell("")
    console.log(`${headingOf(one)}\n${seriesTable(one)}`)
    series.push(one)
  }
  const date = new Date().toISOString().slice(0, 10)
  return { date, machine: machine(), versions: versions(leftOut), rounds: Number(rounds), series }
}

const main = async (): Promise<void> => {
  const began = performance.now()
  console.log(`${machine()}, node ${process.version}, rounds: ${rounds}; median (least–most)\n`)
  const folder = mkdtempSync(join(tmpdir(), "bench-process-"))
  try {
    const measured = await measureAll(folder)
    console.log(`Targets\n${verdictTable(judge(measured))}\n${Math.round((performance.now() - began) / 1000)} s`)
    if (only === undefined && !quick) write(measured)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  if (render) write(JSON.parse(readFileSync(raw, "utf8")))
  else await main()
} catch (error) {
  tell("")
  console.error(error)
  process.exitCode = 1
}
