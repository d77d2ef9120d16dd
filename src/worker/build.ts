/**
 * Builds the side of a thread: one file that loads nothing else, and no Effect.
 */
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname

await build({
  root: folder,
  configFile: false,
  logLevel: "warn",
  build: {
    lib: { entry: { index: join(folder, "index.ts") }, formats: ["es"] },
    target: "es2023",
    outDir: join(folder, "../../dist/worker"),
    emptyOutDir: false, // the declarations are there
    minify: false,
    sourcemap: true,
    rolldownOptions: { external: [/^node:/], output: { comments: { annotation: true, jsdoc: false, legal: true } } }
  }
})
