/**
 * What this package costs, beside what one would use without it.
 *
 *   npm run bench                        all, in bench/results/
 *   npm run bench -- --quick             within a minute, printed only
 *   npm run bench -- --pair governor --workload idle --rounds 3 --count 100000
 *
 * `--workload` takes the beginning of a name, `--pair` one of ours beside its peer, `--peer` and `--count` may be said more
 * than once. `--write` writes what else is only printed, `--render` makes the pages of what was measured once more.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { chart } from "./chart.ts"
import { measureImports } from "./imports.ts"
import { machine, versions } from "./machine.ts"
import { erlangVersion, measureStep, missing } from "./measure.ts"
import { type Options, type Plan, planOf } from "./plan.ts"
import { type Results, type Series, textOf } from "./Results.ts"
import { headingOf, page, seriesTable, verdictTable } from "./table.ts"
import { judge } from "./targets.ts"
import { tell } from "./tell.ts"

const folder = join(import.meta.dirname, "results")
const raw = join(folder, "results.json")

const write = (measured: Results) => {
  const text = textOf(measured)
  const results: Results = JSON.parse(text) // what can be made of the text again
  mkdirSync(folder, { recursive: true })
  writeFileSync(raw, text)
  writeFileSync(join(folder, "results.md"), page(results))
  writeFileSync(join(folder, "chart.svg"), chart(results))
  console.log(`written to ${folder}`)
}

const print = (series: Series) => {
  tell("")
  console.log(`${headingOf(series)}\n${seriesTable(series)}`)
}

const measurePlan = async (plan: Plan): Promise<ReadonlyArray<Series>> => {
  const all: Array<Series> = []
  for (const step of plan.steps) {
    const series = await measureStep(step, plan, tell)
    series.forEach(print)
    all.push(...series)
  }
  if (plan.imports) {
    const series = await measureImports(plan.rounds === 1 ? 1 : 3 * plan.rounds, tell)
    print(series)
    all.push(series)
  }
  return all
}

const main = async (options: Options, writes: boolean) => {
  const notThere = missing()
  const plan = planOf(options, notThere)
  const began = performance.now()
  for (const [peer, why] of Object.entries(notThere)) console.log(`without ${peer}: ${why}`)
  console.log(`${machine()}, node ${process.version}, rounds: ${plan.rounds}; median (least–most) ratio\n`)
  const series = await measurePlan(plan)
  const verdicts = judge(series)
  if (verdicts.length > 0) console.log(`Targets\n${verdictTable(verdicts)}`)
  console.log(`${Math.round((performance.now() - began) / 1000)} s`)
  if (writes) {
    const date = new Date().toISOString().slice(0, 10)
    const all = { ...versions(), ...erlangVersion() }
    write({ date, machine: machine(), versions: all, rounds: plan.rounds, series })
  }
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    count: { type: "string", multiple: true },
    workload: { type: "string" },
    pair: { type: "string" },
    peer: { type: "string", multiple: true },
    write: { type: "boolean", default: false },
    render: { type: "boolean", default: false }
  }
})

const whole = (option: string, value: string) => {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option} is a whole number, not "${value}"`)
  return number
}

const optionsOf = ({ count, pair, peer, quick, rounds, workload }: typeof values): Options => ({
  quick,
  ...(rounds !== undefined && { rounds: whole("rounds", rounds) }),
  ...(count !== undefined && { count: count.map((each) => whole("count", each)) }),
  ...(workload !== undefined && { workload }),
  ...(pair !== undefined && { pair }),
  ...(peer !== undefined && { peer })
})

const { count, pair, peer, quick, render, workload } = values
const isAll = !quick && [count, pair, peer, workload].every((narrowed) => narrowed === undefined)

try {
  if (render) write(JSON.parse(readFileSync(raw, "utf8")))
  else await main(optionsOf(values), isAll || values.write)
} catch (error) {
  tell("")
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
