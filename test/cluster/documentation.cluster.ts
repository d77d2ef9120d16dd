/** The examples that need a database, with a real one: those of the doc comments, and those of the pages. */
import { execFile } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { start } from "../child.ts"

const root = join(import.meta.dirname, "../..")
const folder = join(root, ".documentation/cluster")
const execute = promisify(execFile)
const env = () => ({ DATABASE_URL: inject("database") })

const examplesIn = (pattern: string, block: RegExp) =>
  globSync(pattern, { cwd: root }).flatMap((file) =>
    Array.from(readFileSync(join(root, file), "utf8").matchAll(block), ([, code], i) => ({
      name: `${file} ${i + 1}`,
      code: code!.replaceAll(/^ \* ?/gm, "")
    }))
  ).filter(({ code }) => code.includes("DATABASE_URL"))

const comments = examplesIn("src/**/*.ts", /^ \* ```ts\n([^]*?)^ \* ```$/gm)
const pages = examplesIn("{README.md,docs/*.md}", /^```ts\n([^]*?)^```$/gm)

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  for (const { code, name } of [...comments, ...pages]) writeFileSync(fileOf(name), code)
})
afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (name: string) => join(folder, `${name.replaceAll(/\W+/g, "-")}.ts`)

it.each(comments)("$name runs, and ends by itself", async ({ name }) => {
  const { stderr } = await execute(process.execPath, [fileOf(name)], { env: { ...process.env, ...env() } })
  expect(stderr).not.toMatch(/Error/)
})

it.each(pages)("$name runs, and ends well when it is asked to", async ({ name }) => {
  const child = start(fileOf(name), [], env())
  await child.printed(/ready in/)
  child.kill("SIGTERM")
  expect(await child.exit).toMatchObject({ code: 0 })
})

it("there are some", () => expect([comments.length > 2, pages.length > 0]).toEqual([true, true]))
