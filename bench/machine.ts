/** On what it was measured. */
import { readFileSync } from "node:fs"
import { cpus, release, totalmem, type } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")

const versionOf = (folder: string): string =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).version

export const machine = (): string => {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${first?.model.trim() ?? process.arch}, ${cpus().length} cores, ${memory} GB, ${type()} ${
    release().split("-")[0]
  }`
}

/** Of packages. */
export const versionsOf = (...names: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, versionOf(join("node_modules", name))]))

export const versions = (): Record<string, string> => ({
  node: process.versions.node,
  ...versionsOf("effect", "effection", "nact"),
  "effect-governor": versionOf(".")
})
