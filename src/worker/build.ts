/**
 * Builds the side of a thread: one file that loads nothing else, and no Effect. What runs an effect is built with the rest of the
 * package, whose `ServiceRun` it gives.
 */
import { join } from "node:path"
import { build } from "vite"

const folder = import.meta.dirname

await build({
  root: folder,
  configFile: false,
  logLevel: "warn",
  plugins: [{
    name: "effect",
    enforce: "pre",
    resolveId: (id) => id === "./effect.ts" ? { id: "./effect.js", external: true } : null
  }],
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
