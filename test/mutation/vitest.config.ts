/**
 * What `npm run mutation` runs for each mutant: the tests whose process is their own, and those of the doors of Node with
 * their child processes. What reads `dist`, packs or runs examples sees no mutants; the soak and the faults take too long.
 */
import { defineConfig, type TestUserConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The first test that fails is the last that runs: what takes long comes last, what looks at one thing only comes first. */
const order = [
  /\/(GovernorOption|GovernorError|RestartPolicy|ServiceStatus|outcome|log|standing|strategy|Watchdog)\.test/,
  /\/test\/(?!internal|promise)/,
  /\/internal\//,
  /\/promise\//
]

class QuickFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const place = ({ moduleId }: TestSpecification) => order.findIndex((path) => path.test(moduleId))
    return files.toSorted((one, other) => place(one) - place(other))
  }
}

const hasChildren = process.env["MUTATION_CHILDREN"] !== "no"
const others = "test/{examples/*,faults/*,model/*,node/*,bench,declarations,documentation,many,package,packed}.test.ts"
const project = (groupOrder: number, name: string, test: TestUserConfig) =>
  ({ extends: true, test: { name, sequence: { groupOrder }, ...test } }) as const

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    setupFiles: ["test/mutation/setup.ts"],
    sequence: { sequencer: QuickFirst },
    testTimeout: 3000, // what waits for ever is a mutant found
    projects: [
      // One process for all files of a mutant: Effect is loaded once.
      project(1, "most", { include: ["test/**/*.test.ts"], exclude: [others], isolate: false }),
      project(2, "model", { include: ["test/model/*.test.ts"], env: { MODEL_RUNS: "200", MODEL_SEED: "1" } }),
      project(3, "node", { include: hasChildren ? ["test/node/*.test.ts"] : [], testTimeout: 15_000 })
    ]
  }
})
