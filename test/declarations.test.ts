/** The declarations users compile against, as they were built. */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./entries.ts"

const withoutComments = (text: string) => text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "")
/** Of Effect's own `Data.TaggedError`: a bound for a type parameter, which lets nothing through. */
const bound = "A extends Record<string, any> = {}"

it.each(globSync("dist/**/*.d.ts", { cwd: root }))("%s lets no any through", (file) => {
  const text = withoutComments(readFileSync(join(root, file), "utf8")).replaceAll(bound, "")
  expect(text.match(/^.*\bany\b.*$/gm) ?? []).toEqual([])
})
