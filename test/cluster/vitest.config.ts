/** The tests with a real PostgreSQL, which `npm test` does not run. */
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import type { TestSequencer, TestSpecification } from "vitest/node"

const longest = ["faults.cluster.ts", "rounds.cluster.ts", "promise.cluster.ts"]

/** The files that take longest come first, so that both workers end at about the same time. */
class LongestFirst implements TestSequencer {
  sort(files: Array<TestSpecification>): Array<TestSpecification> {
    const isOne = (name: string) => ({ moduleId }: TestSpecification) => moduleId.endsWith(name)
    const first = longest.flatMap((name) => files.filter(isOne(name)))
    return [...first, ...files.filter((file) => !first.includes(file))]
  }
  shard(files: Array<TestSpecification>): Array<TestSpecification> {
    return files
  }
}

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/cluster/*.cluster.ts"],
    globalSetup: "test/cluster/setup.ts",
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/compiled") }, // nodes start in half the time
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2, // nodes wait most of the time
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000, interval: 20 } }
  }
})
