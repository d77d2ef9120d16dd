/**
 * What it costs to import the package, beside the least that anybody imports who writes Effect, and beside the peers. Each
 * time comes from a fresh process. It follows the size of what is loaded, in our modules and in those of effect.
 */
import { execFileSync } from "node:child_process"
import { statSync } from "node:fs"
import { join } from "node:path"
import { entries, evaluate, loaded, root } from "../test/entries.ts"
import type { Series } from "./Results.ts"
import type { Figures } from "./workloads/Workload.ts"

const names = ["effect/Effect", ...entries, "effection", "nact"]

const time = async (name: string) =>
  Number(
    await evaluate(`
      const began = performance.now()
      await import(${JSON.stringify(name)})
      console.log(performance.now() - began)`)
  )

export const measureImports = async (rounds: number, tell: (what: string) => void): Promise<Series> => {
  tell("import: npm run build")
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: root,
    shell: process.platform === "win32",
    stdio: "inherit"
  })
  const sizes = await Promise.all(names.map(async (name) => {
    const files = await loaded(name)
    const bytes = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0)
    return { modules: files.length, kB: bytes / 1000 }
  }))
  const figures: Record<string, Array<Figures>> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [n, name] of names.entries()) {
      tell(`import, round ${round + 1} of ${rounds}: ${name}`)
      figures[name]!.push({ "import, ms": await time(name), ...sizes[n]! })
    }
  }
  return { workload: "import", count: 1, rounds: figures, leftOut: {} }
}
