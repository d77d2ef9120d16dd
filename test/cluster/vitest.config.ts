/** The tests with a real PostgreSQL, which `npm test` does not run. */
import { join } from "node:path"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/cluster/*.cluster.ts"],
    globalSetup: "test/cluster/setup.ts",
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/compiled") }, // nodes start in half the time
    maxWorkers: 2, // nodes wait most of the time
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000, interval: 20 } }
  }
})
