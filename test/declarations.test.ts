/** The declarations users compile against, as they were built. */
import { execFile } from "node:child_process"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { root } from "./entries.ts"

const execute = promisify(execFile)
const read = (file: string) => readFileSync(join(root, file), "utf8")
const withoutComments = (text: string) => text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "")
/** Of Effect's own `Data.TaggedError`: a bound for a type parameter, which lets nothing through. */
const bound = "A extends Record<string, any> = {}"

const files = globSync("dist/**/*.d.ts", { cwd: root }).toSorted()
/** What users may import, and what they get under one name. */
const doors = files.filter((file) => /^dist\/(\w+|(\w+\/)+index)\.d\.ts$/.test(file))
const entries = doors.flatMap((file) =>
  [file].concat(Array.from(
    read(file).matchAll(/^export (?:type )?\* as \w+ from "(.+)\.ts"/gm),
    ([, path]) => `${join(file, "..", path!)}.d.ts`
  ))
)
/** What the entries are made of, with the names that each of these files exports. */
const parts = files.filter((file) => !entries.includes(file)).map((file) => ({
  file,
  names: Array.from(
    read(file).matchAll(/^export (?:declare )?(?:abstract )?(?:const|class|function|interface|type) (\w+)/gm),
    ([, name]) => name!
  )
}))

it.each(files)("%s lets no any through", (file) => {
  const text = withoutComments(read(file)).replaceAll(bound, "")
  expect(text.match(/^.*\bany\b.*$/gm) ?? []).toEqual([])
})

it.each(files)("%s has nothing that is internal", (file) => {
  expect(read(file)).not.toContain("@internal")
})

it.each(parts)(
  "$file exports only what another declaration needs: the rest has @internal in src",
  ({ file, names }) => {
    const others = files.filter((other) => other !== file).map((other) => withoutComments(read(other))).join("\n")
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(others))).toEqual([])
  }
)

describe("the declarations", () => {
  // Beside `dist`, where the imports of Effect are found.
  const folder = mkdtempSync(join(root, "node_modules/.declarations-"))
  const compilerOptions = { strict: true, skipLibCheck: false, noEmit: true, module: "nodenext", target: "esnext" }
  const tsc = async (...args: ReadonlyArray<string>) => {
    const file = join(root, "node_modules/.bin/tsc")
    return (await execute(file, ["-p", folder, ...args], { cwd: root }).catch((error) => error)).stdout as string
  }

  beforeAll(() =>
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { ...compilerOptions, types: ["node"] },
        files: entries.map((file) => join(root, file))
      })
    )
  )
  afterAll(() => rmSync(folder, { recursive: true }))

  it("are those of the entries and of what the entries refer to, and no others", async () => {
    const reached = (await tsc("--listFilesOnly")).split("\n").map((file) => relative(root, file))
    expect(files).toEqual(reached.filter((file) => file.startsWith("dist/")).toSorted())
  })

  it("are whole: no name in them was stripped elsewhere", async () => {
    expect(await tsc()).toBe("")
  })
})
