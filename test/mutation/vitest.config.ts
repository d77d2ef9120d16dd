/**
 * What `npm run mutation` runs for each mutant: the tests whose process is their own, and those of the doors of Node with
 * their child processes. What reads `dist`, packs or runs examples sees no mutants.
 */
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The first test that fails is the last that runs: what takes long comes last, what looks at one thing only comes first. */
const order = [
  /\/(GovernorOption|GovernorError|RestartPolicy|ServiceStatus|outcome|log|strategy|Watchdog)\.test/,
  /\/test\/(?!internal|promise|model|node)/,
  /\/internal\//,
  /\/promise\//,
  /\/model\//,
  /\/node\//
]

class QuickFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const place = ({ moduleId }: TestSpecification) => order.findIndex((path) => path.test(moduleId))
    return files.toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      "test/examples/**",
      "test/{declarations,documentation,many,package,packed}.test.ts",
      ...(process.env["MUTATION_CHILDREN"] === "no" ? ["test/node/**"] : [])
    ],
    env: { MODEL_RUNS: "200", MODEL_SEED: "1" },
    setupFiles: ["test/mutation/setup.ts"],
    sequence: { sequencer: QuickFirst },
    isolate: false, // one process for all files of a mutant: Effect is loaded once
    testTimeout: 3000 // what waits for ever is a mutant found
  }
})
