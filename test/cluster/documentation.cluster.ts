/** The examples of the doc comments that need a database, with the real one. */
import { execFile } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, inject, it } from "vitest"

const root = join(import.meta.dirname, "../..")
const folder = join(root, ".documentation/cluster")
const execute = promisify(execFile)

const examples = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => {
  const blocks = readFileSync(join(root, file), "utf8").matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm)
  return Array.from(blocks, ([, block]) => block!.replaceAll(/^ \* ?/gm, "")).flatMap((code, i) =>
    code.includes("DATABASE_URL") ? [{ name: `${file} ${i + 1}`, code }] : []
  )
})

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  for (const { code, name } of examples) writeFileSync(fileOf(name), code)
})
afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (name: string) => join(folder, `${name.replaceAll(/\W+/g, "-")}.ts`)

it.each(examples)("$name runs, and ends by itself", async ({ name }) => {
  const { stderr } = await execute(process.execPath, [fileOf(name)], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: inject("database") }
  })
  expect(stderr).not.toMatch(/Error/)
})

it("there are some", () => expect(examples.length).toBeGreaterThan(2))
