import { expect, it } from "vitest"
import { endInWords } from "../../src/internal/input/processInWords.ts"
import { type Ended, hasEndedWell } from "../../src/process/verdict.ts"

const code = (code: number): Ended => ({ code, signal: null })
const by = (signal: NodeJS.Signals): Ended => ({ code: null, signal })

it.each<[ended: Ended, asked: NodeJS.Signals | undefined, isGood: boolean, words: string]>([
  [code(0), undefined, true, "with code 0"],
  [code(1), undefined, false, "with code 1"],
  [code(143), undefined, false, "with code 143"],
  [by("SIGTERM"), undefined, false, "by SIGTERM"],
  [code(0), "SIGTERM", true, "with code 0"],
  [by("SIGTERM"), "SIGTERM", true, "by SIGTERM"],
  [code(143), "SIGTERM", true, "with code 143"],
  [code(130), "SIGINT", true, "with code 130"],
  [code(1), "SIGTERM", false, "with code 1"],
  [code(143), "SIGINT", false, "with code 143"],
  [by("SIGKILL"), "SIGTERM", false, "by SIGKILL"],
  [{ code: null, signal: null }, "SIGTERM", false, "with code unknown"]
])("%j, asked by %s: %s, %s", (ended, asked, isGood, words) => {
  expect([hasEndedWell(ended, asked), endInWords(ended)]).toEqual([isGood, words])
})
