/** A folder with the packed package, the libraries in the versions of `package.json` here, and all that runs there. */
import { execFile } from "node:child_process"
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const execute = promisify(execFile)
const root = join(import.meta.dirname, "../..")
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"))

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  module: "nodenext",
  target: "es2023",
  lib: ["es2023", "dom", "esnext.disposable"],
  types: ["node"]
}

export const install = async (folder: string): Promise<void> => {
  chmodSync(folder, 0o755) // the user of a server has to come through
  const { dependencies, ...rest } = json(join(import.meta.dirname, "package.json"))
  const { devDependencies } = json(join(root, "package.json"))
  const ours = ["effect", "@effect/platform-node", "@types/node"].map((name) => [name, devDependencies[name]])
  const manifest = JSON.stringify({ ...rest, dependencies: { ...dependencies, ...Object.fromEntries(ours) } })
  const file = join(folder, "package.json")
  if (!existsSync(file) || readFileSync(file, "utf8") !== manifest) {
    writeFileSync(file, manifest)
    await execute("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder })
  }
  await unpack(folder)
  for (const part of ["recipes", "trials", "Trial.ts", "program.ts", "program-effect.ts"]) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(join(import.meta.dirname, part), join(folder, part), { recursive: true })
  }
}

/** Puts the package there as it is packed. It must not be a link, or it would find another Effect. */
const unpack = async (folder: string): Promise<void> => {
  const { stdout } = await execute("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root })
  const target = join(folder, "node_modules/effect-governor")
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target)
  await execute("tar", ["-xzf", join(folder, stdout.trim()), "-C", target, "--strip-components=1"])
}

/** What the compiler says about the recipes, with the types that the libraries have. */
export const compile = async (folder: string): Promise<string> => {
  const config = { compilerOptions, include: ["recipes", "trials", "*.ts"] }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
  const { stdout } = await execute(join(root, "node_modules/.bin/tsc"), ["-p", folder]).catch((error) => error)
  return stdout
}
