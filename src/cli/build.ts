/**
 * Builds the command: one file with all that it needs of Effect inside. Node loads one file in a third of the time that it takes
 * for the modules of `effect/cli` and all that these import.
 */
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname

/** What the file has of others, and under which terms. */
const notice =
  `/*! Parts of this file are of Effect (https://effect.website): MIT License, Copyright (c) 2023 Effectful Technologies Inc. */`

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
