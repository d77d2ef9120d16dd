/** The tests of the page, which `npm test` does not run: they need a browser. */
import { join } from "node:path"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/page/*.browser.ts"],
    globalSetup: "test/page/setup.ts",
    fileParallelism: false, // the browser has a core for itself, and the governors the other
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000, interval: 20 } }
  }
})
