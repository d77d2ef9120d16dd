/**
 * Tries the recipes of docs/libraries.md with the real libraries and servers: `npm run try:libraries [-- recipes]`.
 *
 * Each recipe is a program of its own. The program gets SIGTERM while it works, after its server has died, and after its
 * server came back. It must leave with exit code 0, in time, and with its work done. `--in <folder>` keeps what was
 * installed for the next time.
 */
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { compile, install } from "./install.ts"
import { makeServer, missing, type Server } from "./servers.ts"
import type { ServerName, Trial } from "./Trial.ts"
import { type Outcome, tryRecipe } from "./tryRecipe.ts"

const { positionals, values } = parseArgs({ allowPositionals: true, options: { in: { type: "string" } } })

const folder = values.in === undefined
  ? realpathSync(mkdtempSync(join(tmpdir(), "governor-libraries-")))
  : (mkdirSync(values.in, { recursive: true }), realpathSync(values.in))
const data = join(folder, "servers")
const servers = new Map<ServerName, Server>()

const serverOf = async (name: ServerName): Promise<Server> => {
  const server = servers.get(name) ?? await makeServer(name, data)
  servers.set(name, server)
  return server
}

const trialsOf = async (): Promise<ReadonlyArray<readonly [string, Trial]>> => {
  const files = globSync("trials/*.ts", { cwd: folder }).map((file) => pathToFileURL(join(folder, file)).href)
  const modules = await Promise.all(files.map((file): Promise<{ trials: Record<string, Trial> }> => import(file)))
  return modules.flatMap(({ trials }) => Object.entries(trials)).toSorted(([a], [b]) => a.localeCompare(b))
}

/** Files that export no services only help the others. */
const recipesOf = (): ReadonlyArray<string> =>
  globSync("recipes/*.ts", { cwd: folder })
    .filter((file) => readFileSync(join(folder, file), "utf8").includes("effect-governor"))
    .map((file) => basename(file, ".ts"))

const tryOne = async (recipe: string, trial: Trial): Promise<ReadonlyArray<Outcome>> => {
  const reason = trial.server && missing(trial.server)
  if (reason !== undefined) return [{ situation: "SKIPPED", took: 0, wrong: "", skipped: reason }]
  return tryRecipe(recipe, trial, folder, trial.server && await serverOf(trial.server))
}

const tell = (recipe: string, { situation, skipped, took, wrong }: Outcome) => {
  const time = skipped === undefined ? `${took} ms` : ""
  console.log(`${recipe.padEnd(20)} ${situation.padEnd(13)} ${time.padStart(8)}  ${skipped ?? (wrong || "right")}`)
}

const tryAll = async (): Promise<number> => {
  console.log(`installing in ${folder}`)
  await install(folder)
  const said = await compile(folder)
  if (said !== "") throw new Error(`the recipes do not compile:\n${said}`)
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data)
  const trials = new Map(await trialsOf())
  const recipes = positionals.length > 0 ? positionals : recipesOf().toSorted()
  const outcomes: Array<Outcome> = []
  for (const recipe of recipes) {
    const trial = trials.get(recipe)
    if (trial === undefined) throw new Error(`no trial is named "${recipe}"`)
    const those = await tryOne(recipe, trial)
    those.forEach((outcome) => tell(recipe, outcome))
    outcomes.push(...those)
  }
  const wrong = outcomes.filter((outcome) => outcome.wrong !== "").length
  const skipped = outcomes.filter((outcome) => outcome.skipped !== undefined).length
  console.log(`${recipes.length} recipes, ${outcomes.length} situations, ${wrong} wrong, ${skipped} recipes skipped`)
  return wrong
}

process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143))
if (values.in === undefined) process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
const wrong = await tryAll()
await Promise.all(Array.from(servers.values(), (server) => server.dispose()))
process.exit(wrong === 0 ? 0 : 1) // clients of a trial that failed may be open
