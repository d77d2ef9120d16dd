/**
 * How quick a cluster is: three nodes on a PostgreSQL that this program starts.
 *
 *   npm run bench:cluster                       all, in bench/results/cluster.md
 *   npm run bench:cluster -- --only leave       printed only
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { startDatabase } from "../../examples/cluster/database.ts"
import { machine, versionsOf } from "../machine.ts"
import { spread } from "../statistics.ts"
import { type Figure, scenarios } from "./scenarios.ts"

const { values: { only = "", rounds } } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "5" } }
})

const shown = (value: number): string => value < 10 ? value.toFixed(2) : String(Math.round(value))

const lineOf = ({ target, unit, values, what }: Figure): string => {
  const { max, median, min } = spread(values)
  const isMet = target === undefined ? "" : median <= target ? "yes" : "**no**"
  return `| ${what} | ${shown(median)} (${shown(min)}–${shown(max)}) ${unit} | ${target ?? ""} | ${isMet} |`
}

const measure = async (): Promise<ReadonlyArray<string>> => {
  const database = await startDatabase()
  try {
    await delay(16_000) // a service waits before it moves while the database is younger than the lease
    const lines: Array<string> = []
    for (const [name, scenario] of Object.entries(scenarios).filter(([name]) => name.startsWith(only))) {
      console.log(`${name} …`)
      const figures = await scenario(database.url, Number(rounds))
      lines.push(...figures.map(lineOf))
      console.log(figures.map(lineOf).join("\n"))
    }
    return lines
  } finally {
    await database.stop()
  }
}

const pageOf = (lines: ReadonlyArray<string>): string => {
  const versions = Object.entries(versionsOf("effect", "@effect/sql-pg", "@effect/platform-node"))
  const of = versions.map(([name, version]) => `${name} ${version}`).join(", ")
  const date = new Date().toISOString().slice(0, 10)
  return `# How quick a cluster is

Measured by \`npm run bench:cluster\` on ${date}: ${machine()}; node ${process.versions.node}, ${of}.

Medians of ${rounds} rounds (least–most): three nodes and their PostgreSQL on this machine, 100 services.

| what | measured | at most | met |
| --- | --- | --- | --- |
${lines.join("\n")}
`
}

const lines = await measure()
if (only === "") {
  const folder = join(import.meta.dirname, "..", "results")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "cluster.md"), pageOf(lines))
}
