/** The examples of the doc comments and of the README are type-checked and run, as they stand there. */
import { execFile } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const folder = join(root, ".documentation")
const execute = promisify(execFile)

/** The text behind each `@example`, up to the next tag. */
const ofDocs = (text: string) =>
  [...text.matchAll(/^ \* @example\n((?: \*(?! @).*\n)+)/gm)].map(([, block]) => block!.replaceAll(/^ \* ?/gm, ""))
const ofMarkdown = (text: string) => [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block]) => block!)

const examples = [
  ...globSync("src/**/*.ts", { cwd: root }).flatMap((file) =>
    ofDocs(readFileSync(join(root, file), "utf8")).map((code, i) => ({ name: `${file} ${i + 1}`, code }))
  ),
  ...ofMarkdown(readFileSync(join(root, "README.md"), "utf8")).map((code, i) => ({ name: `README.md ${i + 1}`, code }))
].map(({ code, name }) => ({ name, code, file: join(folder, `${name.replaceAll(/\W+/g, "-")}.ts`) }))

/** Asks the example to leave, should it still be up; those that do not listen to signals would die of it. */
const leave = `setTimeout(() => process.kill(process.pid, "SIGTERM"), 1000).unref()\n`

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "leave.ts"), leave)
  for (const { code, file } of examples) writeFileSync(file, code)
  const config = { extends: "../tsconfig.json", include: ["*.ts"] }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the examples", () => {
  it("are there", () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it("are type-checked", async () => {
    const { stdout } = await execute(join(root, "node_modules/.bin/tsc"), ["-p", folder]).catch((error) => error)
    expect(stdout).toBe("")
  })

  it.each(examples)("$name runs", async ({ file }) => {
    await execute(process.execPath, ["--import", join(folder, "leave.ts"), file])
  })
})
