/**
 * `docs/libraries.md` shows the recipes that `npm run try:libraries` tries, in the versions that it installs. Nothing is
 * installed or run here.
 */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const folder = join(import.meta.dirname, "libraries")
const read = (file: string) => readFileSync(join(folder, file), "utf8")

const page = read("../../docs/libraries.md")
const blocks = [...page.matchAll(/^```typescript\n([^]*?)^```$/gm)].map(([, code]) => code!)
const recipes = globSync("recipes/*.ts", { cwd: folder }).map((file) => ({ file, code: read(file) }))

/** What only the trials use, or what comes with a library of the page. */
const unnamed = /^@types\/|^@opentelemetry\/api$|^socket\.io-client$/

describe("docs/libraries.md", () => {
  it.each(recipes)("shows $file as it is tried", ({ code }) => {
    expect(blocks).toContain(code)
  })

  it("shows nothing else as tried", () => {
    expect(blocks.length).toBe(recipes.length)
    expect(blocks.length).toBeGreaterThan(30)
  })

  it("names each library with the version that is tried", () => {
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(read("package.json"))
    const rows = page.split("\n").filter((line) => line.startsWith("|"))
    const missing = Object.entries(dependencies).filter(([name, version]) =>
      !unnamed.test(name) && !rows.some((row) => row.includes(name) && row.includes(version))
    )
    expect(missing).toEqual([])
  })
})
