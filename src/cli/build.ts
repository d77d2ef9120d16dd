/**
 * Builds the command: one file with all that it needs of Effect inside. Node loads one file in a third of the time that it takes
 * for the modules of `effect/cli` and all that these import.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname

/** Parts of the file are Effect's: its license has to be there too. */
const notice = `/*!\nParts of this file are of Effect (https://effect.website):\n\n${
  readFileSync(join(folder, "../../node_modules/effect/LICENSE"), "utf8").trim()
}\n*/`

await build({
  root: folder,
  configFile: false,
  logLevel: "warn",
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: "es2023",
    outDir: join(folder, "../../dist/cli"),
    emptyOutDir: true,
    minify: false,
    rolldownOptions: {
      input: { main: join(folder, "main.ts") },
      external: [/^node:/],
      output: { format: "es", comments: { annotation: true, jsdoc: false, legal: true }, postBanner: notice }
    }
  }
})
