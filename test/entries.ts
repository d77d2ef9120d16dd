/** What the package offers to import, and what a fresh process loads for it: the built files, by the package's own name. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

export const root = join(import.meta.dirname, "..")
const execute = promisify(execFile)

/** `effect-governor`, `effect-governor/promise` … */
export const entries: ReadonlyArray<string> = Object.entries(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports
).flatMap(([path, file]) =>
  file === null || path === "./package.json" || path === "./*" ? [] : [`effect-governor${path.slice(1)}`]
)

/** Runs a module in a process of its own. */
export const evaluate = async (code: string, cwd = root): Promise<string> => {
  const args = ["--input-type=module", "--eval", code]
  return (await execute(process.execPath, args, { cwd })).stdout
}

/** The files loaded for an import, relative to the package. */
export const loaded = async (name: string): Promise<ReadonlyArray<string>> => {
  const output = await evaluate(`
    import { registerHooks } from "node:module"
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    await import(${JSON.stringify(name)})
    console.log(JSON.stringify(urls))`)
  const urls: ReadonlyArray<string> = JSON.parse(output)
  const home = `${pathToFileURL(root).href}/`
  return urls.filter((url) => !url.startsWith("node:")).map((url) => url.replace(home, ""))
}
