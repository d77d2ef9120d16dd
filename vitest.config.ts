import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts", "examples/*-effect.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    // Child processes on a noisy two-core machine: a hang must fail, slowness must not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The doors are tested in processes of their own.
    coverage: { include: ["src/**"], autoAttachSubprocess: true, reporter: ["text"], thresholds: { lines: 95 } }
  }
})
