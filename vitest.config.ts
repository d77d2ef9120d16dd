import { globSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

/** What users may import; the rest goes into as few files as they share: each file takes half a millisecond to load. */
const entries = globSync([
  "src/*.ts",
  "src/{cluster,cluster/promise,http,node,process,promise,testing}/index.ts"
])
  .filter((
    file
  ) => !/src\/index/.test(file))

/** What all doors share is one file: the data and the engine, without what only some have: the streams, the layers, and the sight. */
const shared =
  /\/src\/((?!Governor\.ts)[A-Z]\w+\.ts|internal\/(?!telling\/streams|sight|view|bridge\/(lazily|wire)|lifecycle\/(specs|visit)))/

/** The index stays as it is: what is in a bundled one, those who bundle it again could not tell apart any more. */
const index = (): string =>
  readFileSync("src/index.ts", "utf8").replaceAll(/^export type .*\n/gm, "").replaceAll(".ts\"", ".js\"")

/** The declarations that the given ones refer to, and these themselves. */
const reached = (files: ReadonlyArray<string>, into = new Set<string>()): ReadonlySet<string> => {
  for (const file of files.filter((file) => !into.has(file))) {
    into.add(file)
    const references = readFileSync(file, "utf8").matchAll(/(?:from |import\()"(\.[^"]*)\.ts"/g)
    reached(Array.from(references, ([, path]) => `${join(file, "..", path!)}.d.ts`), into)
  }
  return into
}

/** Removes the declarations that users cannot reach: they name what `stripInternal` took out of the others. */
const prune = () => {
  const all = [...entries, "src/index.ts", "src/worker/index.ts"] // those two are built apart
  const kept = reached(all.map((file) => file.replace(/^src(.*)\.ts$/, "dist$1.d.ts")))
  for (const file of globSync("dist/**/*.d.ts")) {
    if (!kept.has(file)) { for (const end of ["", ".map"]) rmSync(file + end) }
  }
}

export default defineConfig({
  plugins: [{
    name: "declarations",
    apply: "build",
    closeBundle: prune
  }, {
    name: "index",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "index.js", source: index() })
    }
  }],
  build: {
    lib: {
      entry: Object.fromEntries(
        [...entries, "src/worker/effect.ts"].map((file) => [file.slice("src/".length, -".ts".length), file])
      ),
      formats: ["es"]
    },
    target: "es2023",
    minify: false,
    sourcemap: true,
    emptyOutDir: false, // the declarations are there
    rolldownOptions: {
      external: [/^effect\//, /^@effect\//, /^node:/, "#page"],
      output: {
        chunkFileNames: "internal/[name].js",
        comments: { annotation: true, jsdoc: false, legal: true }, // the declarations have the others
        codeSplitting: { groups: [{ name: "core", test: shared }] }
      }
    }
  },
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts", "examples/{17,23}-*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    // The child processes of the tests start in half the time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compiled") },
    // Child processes on a noisy two-core machine: a hang must fail, slowness must not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The doors are tested in processes of their own.
    coverage: {
      include: ["src/**/*.ts"],
      // The builds are run by npm. A browser runs these parts of the page, and `npm run test:page` tries them there.
      exclude: ["src/*/build.ts", "src/page/{doing,following,tokens,window}.ts"],
      autoAttachSubprocess: true,
      reporter: ["text"],
      thresholds: { lines: 95 }
    }
  }
})
