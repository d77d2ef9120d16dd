/** Loaded into child processes of tests while Stryker asks what covers what: writes each mutant of `src/node/` down as it is met. */
import { appendFileSync } from "node:fs"

const file = process.env["MUTATION_COVERED"]

if (file !== undefined) {
  const met = new Proxy<Record<string, number>>({}, {
    set(counts, id: string, count: number) {
      if (!(id in counts) && new Error().stack?.includes("/src/node/") === true) appendFileSync(file, `${id}\n`)
      counts[id] = count
      return true
    }
  })
  Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: met, perTest: {} } } })
}
