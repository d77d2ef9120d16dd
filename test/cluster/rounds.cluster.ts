/** A few rounds of random faults. `npm run faults:cluster` plays more of them. */
import { expect, it } from "vitest"
import { playRounds } from "./rounds.ts"

it("a cluster keeps its promises in 20 rounds of random faults", { timeout: 600_000 }, async () => {
  const lines: Array<string> = []
  const log = (line: string) => void lines.push(line)
  const seed = 3 // other seeds are for `npm run faults:cluster`
  const outcome = await playRounds({ rounds: 20, seed, lease: 5000, log }).catch((error) => {
    throw new Error([`seed ${seed}`, ...lines].join("\n"), { cause: error })
  })
  console.log(`seed ${seed}`, outcome)
  expect(outcome.wrong, `seed ${seed}`).toEqual([])
  expect(outcome.stale.guarded, `seed ${seed}`).toBe(0)
  expect(outcome.guarded).toBeGreaterThan(0)
})
