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

const tell = (recipe: string, { situation, took, wrong }: Outcome) =>
  console.log(
    `${recipe.padEnd(24)} ${situation.padEnd(12)} ${`${took} ms`.padStart(9)}  ${wrong === "" ? "right" : wrong}`
  )

const tryAll = async (): Promise<number> => {
  console.log(`installing in ${folder}`)
  await install(folder)
  const said = await compile(folder)
  if (said !== "") throw new Error(`the recipes do not compile:\n${said}`)
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data)
  const trials = await trialsOf()
  const recipes = globSync("recipes/*.ts", { cwd: folder }).filter((file) =>
    readFileSync(join(folder, file), "utf8").includes("effect-governor")
  ).map((file) => basename(file, ".ts"))
  const untried = recipes.filter((recipe) => !trials.some(([name]) => name === recipe))
  let wrong = untried.length
  if (wrong > 0) console.log(`nothing tries ${untried.join(", ")}`)
  for (const [recipe, trial] of trials) {
    if (positionals.length > 0 && !positionals.includes(recipe)) continue
    const reason = trial.server && missing(trial.server)
    if (reason !== undefined) {
      console.log(`${recipe.padEnd(24)} SKIPPED: ${reason}`)
      continue
    }
    const outcomes = await tryRecipe(recipe, trial, folder, trial.server && await serverOf(trial.server))
    outcomes.forEach((outcome) => tell(recipe, outcome))
    wrong += outcomes.filter((outcome) => outcome.wrong !== "").length
  }
  return wrong
}

try {
  const wrong = await tryAll()
  console.log(wrong === 0 ? "all is right" : `${wrong} wrong`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await Promise.all(Array.from(servers.values(), (server) => server.dispose()))
  if (values.in === undefined) rmSync(folder, { recursive: true, force: true })
}
