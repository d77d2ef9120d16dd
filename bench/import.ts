/**
 * What it costs to import the package, beside the least that anybody imports who writes Effect. Each time comes from a
 * fresh process; rounds are interleaved, and the medians and their ratio are printed. Time follows the size of what is
 * loaded, in our modules and in those of effect.
 *
 *   npm run bench:import -- [--rounds 15]
 */
import { statSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { entries, evaluate, loaded, root } from "../test/entries.ts"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } })
const names = ["effect/Effect", ...entries]

const time = async (name: string) =>
  Number(
    await evaluate(`
      const began = performance.now()
      await import(${JSON.stringify(name)})
      console.log(performance.now() - began)`)
  )

const times = names.map((): Array<number> => [])
for (let i = 0; i < Number(values.rounds); i++) {
  for (const [n, name] of names.entries()) times[n]!.push(await time(name))
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

console.log(`node ${process.version}, ${values.rounds} rounds: median (min–max), ratio to the bare import`)
const rows = names.map(async (name, n) => {
  const [ms, files] = [times[n]!, await loaded(name)]
  return {
    import: name,
    ms: `${median(ms).toFixed(1)} (${Math.min(...ms).toFixed(1)}–${Math.max(...ms).toFixed(1)})`,
    ratio: (median(ms) / median(times[0]!)).toFixed(2),
    modules: files.length,
    "of effect": files.filter((file) => file.startsWith("node_modules/effect/")).length,
    kB: Math.round(files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0) / 1000)
  }
})
console.table(await Promise.all(rows))
