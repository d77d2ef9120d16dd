/**
 * Stryker knows one process only. This carries the mutant that is to be active into the child processes of a test, and what
 * they covered of `src/node/` out of them.
 */
import { readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect } from "vitest"

interface Stryker {
  activeMutant?: string
  currentTestId?: string
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> }
}

const stryker = (globalThis as { __stryker__?: Stryker }).__stryker__
const covered = join(tmpdir(), `governor-mutation-${process.pid}`)
const hasChildren = expect.getState().testPath?.includes("/test/node/") === true

if (stryker !== undefined && hasChildren) {
  beforeEach(() => {
    if (stryker.activeMutant !== undefined) {
      process.env["__STRYKER_ACTIVE_MUTANT__"] = stryker.activeMutant
      return
    }
    process.env["MUTATION_COVERED"] = covered
    process.env["NODE_OPTIONS"] = `--import=${new URL("covered.ts", import.meta.url).href}`
  })

  afterEach(() => {
    delete process.env["__STRYKER_ACTIVE_MUTANT__"]
    delete process.env["NODE_OPTIONS"]
    if (stryker.currentTestId === undefined) return
    const coverage = stryker.mutantCoverage ??= { static: {}, perTest: {} }
    const test = coverage.perTest[stryker.currentTestId] ??= {}
    for (const id of lines()) test[id] = (test[id] ?? 0) + 1
    rmSync(covered, { force: true })
  })
}

const lines = (): ReadonlyArray<string> => {
  try {
    return readFileSync(covered, "utf8").split("\n").filter((line) => line !== "")
  } catch {
    return [] // no child came by a mutant
  }
}
